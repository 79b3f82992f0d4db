package sncgate

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// List reads all records of a query page by page, in any order. Pages are cut by offset: rows that come or go
// meanwhile may move over a page's edge; [Client.Stream] has no such gap.
func (c *Client) List(ctx context.Context, request *pb.ListRecordsRequest) iter.Seq2[*pb.Record, error] {
	return each(c.ListPages(ctx, request))
}

// ListPages is List by the page, with the total and the token of the next page.
func (c *Client) ListPages(
	ctx context.Context, request *pb.ListRecordsRequest,
) iter.Seq2[*pb.ListRecordsResponse, error] {
	request = proto.CloneOf(request)
	request.Instance = c.instance(request.GetInstance())
	return pages(ctx, c, request, &request.PageToken, c.Records().ListRecords)
}

// Stream reads all records of a query in sys_id order, each exactly once whatever is inserted or deleted meanwhile,
// in bounded memory. A connection that breaks is resumed after the last page; the stream fails when that does not
// help, and the [Error] has the token to go on from later.
func (c *Client) Stream(ctx context.Context, request *pb.StreamRecordsRequest) iter.Seq2[*pb.Record, error] {
	return each(c.StreamPages(ctx, request))
}

// StreamPages is Stream by the page, each with the token that goes on after it.
func (c *Client) StreamPages(
	ctx context.Context, request *pb.StreamRecordsRequest,
) iter.Seq2[*pb.StreamRecordsResponse, error] {
	return func(yield func(*pb.StreamRecordsResponse, error) bool) {
		request := proto.CloneOf(request)
		request.Instance = c.instance(request.GetInstance())
		take := func(page *pb.StreamRecordsResponse) bool {
			request.ResumeToken = page.GetResumeToken()
			return yield(page, nil)
		}
		open := func(ctx context.Context) (grpc.ServerStreamingClient[pb.StreamRecordsResponse], error) {
			return c.Records().StreamRecords(ctx, request)
		}
		if failed := resuming(ctx, c, open, take); failed != nil {
			yield(nil, failed.resumable(request.GetResumeToken()))
		}
	}
}

// resuming takes all messages of a stream, which `open` opens where the last message left it. It returns why the
// stream failed, or nil where it ended or `take` wants no more.
func resuming[M any](
	ctx context.Context, c *Client,
	open func(context.Context) (grpc.ServerStreamingClient[M], error), take func(*M) bool,
) *Error {
	attempts, recovered := backoff{retries: c.settings.retries}, false
	for {
		if err := c.Prepare(ctx); err != nil {
			return asError(err)
		}
		used := c.session.used()
		moved, failed := attempt(ctx, c, used, open, take)
		if failed == nil {
			return nil
		}
		if moved {
			attempts.reset()
			recovered = false
		}
		if !recovered {
			again, why := c.recover(ctx, failed, used)
			if why != nil {
				return why
			}
			if again {
				recovered = true
				continue
			}
		}
		// An attempt whose time is over is no failure as long as it moves on.
		goesOn := failed.Retryable() || moved && failed.Code == codes.DeadlineExceeded
		if ctx.Err() != nil || !goesOn || !attempts.wait(ctx, failed.RetryAfter) {
			return failed
		}
	}
}

func attempt[M any](
	ctx context.Context, c *Client, token string,
	open func(context.Context) (grpc.ServerStreamingClient[M], error), take func(*M) bool,
) (moved bool, failed *Error) {
	ctx, cancel := bounded(c.context(ctx, token))
	defer cancel()
	stream, err := open(ctx)
	if err != nil {
		return false, asError(err)
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return moved, nil
		}
		if err != nil {
			return moved, asError(err)
		}
		moved = true
		if !take(message) {
			return moved, nil
		}
	}
}

// pages calls a listing method until there is no next page. `token` is where the request keeps its page token.
func pages[Q, A any, P interface {
	*A
	GetNextPageToken() string
}](
	ctx context.Context, c *Client, request Q, token *string,
	send func(context.Context, Q, ...grpc.CallOption) (P, error),
) iter.Seq2[P, error] {
	first := *token
	return func(yield func(P, error) bool) {
		for *token = first; ; {
			page, err := call(ctx, c, true, request, send)
			if err != nil {
				yield(nil, err)
				return
			}
			*token = page.GetNextPageToken()
			if !yield(page, nil) || *token == "" {
				return
			}
		}
	}
}

// each flattens pages of records.
func each[P interface{ GetRecords() []*pb.Record }](pages iter.Seq2[P, error]) iter.Seq2[*pb.Record, error] {
	return flat(pages, P.GetRecords)
}

func flat[P, T any](pages iter.Seq2[P, error], of func(P) []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range pages {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, one := range of(page) {
				if !yield(one, nil) {
					return
				}
			}
		}
	}
}
