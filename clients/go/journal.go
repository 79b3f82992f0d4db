package sncgate

import (
	"context"
	"iter"

	"google.golang.org/protobuf/proto"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// Journal reads the comments and work notes of a record, newest first.
func (c *Client) Journal(ctx context.Context, request *pb.ListJournalRequest) iter.Seq2[*pb.JournalEntry, error] {
	request = proto.CloneOf(request)
	request.Instance = c.instance(request.GetInstance())
	return flat(pages(ctx, c, request, &request.PageToken, c.journal().ListJournal),
		(*pb.ListJournalResponse).GetEntries)
}

// AddComment adds a comment, which the record's caller sees.
func (c *Client) AddComment(ctx context.Context, table, sysID, text string) (*pb.JournalEntry, error) {
	request := &pb.AddCommentRequest{
		Instance: c.settings.instance, Table: table, SysId: sysID, Text: text, RequestId: requestID(""),
	}
	answer, err := call(ctx, c, true, request, c.journal().AddComment)
	return part(answer.GetEntry(), err)
}

// AddWorkNote adds a work note, which only those who work on the record see.
func (c *Client) AddWorkNote(ctx context.Context, table, sysID, text string) (*pb.JournalEntry, error) {
	request := &pb.AddWorkNoteRequest{
		Instance: c.settings.instance, Table: table, SysId: sysID, Text: text, RequestId: requestID(""),
	}
	answer, err := call(ctx, c, true, request, c.journal().AddWorkNote)
	return part(answer.GetEntry(), err)
}

func (c *Client) journal() pb.JournalServiceClient { return pb.NewJournalServiceClient(c.connection) }
