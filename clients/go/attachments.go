package sncgate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"iter"
	"os"
	"path/filepath"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

const chunkBytes = 256 << 10

// ListAttachments lists the attachments of a record, of a table, or of all, in sys_id order.
func (c *Client) ListAttachments(
	ctx context.Context, request *pb.ListAttachmentsRequest,
) iter.Seq2[*pb.Attachment, error] {
	request = proto.CloneOf(request)
	request.Instance = c.instance(request.GetInstance())
	return flat(pages(ctx, c, request, &request.PageToken, c.Attachments().ListAttachments),
		(*pb.ListAttachmentsResponse).GetAttachments)
}

// GetAttachment says what is known of an attachment.
func (c *Client) GetAttachment(ctx context.Context, sysID string) (*pb.Attachment, error) {
	request := &pb.GetAttachmentRequest{Instance: c.settings.instance, SysId: sysID}
	answer, err := call(ctx, c, true, request, c.Attachments().GetAttachment)
	return part(answer.GetAttachment(), err)
}

// DeleteAttachment deletes an attachment.
func (c *Client) DeleteAttachment(ctx context.Context, request *pb.DeleteAttachmentRequest) error {
	request = proto.CloneOf(request)
	request.Instance = c.instance(request.GetInstance())
	_, err := call(ctx, c, request.GetAllowMissing(), request, c.Attachments().DeleteAttachment)
	return err
}

// UploadFile attaches a file to a record, under its own name.
func (c *Client) UploadFile(ctx context.Context, table, sysID, path string) (*pb.Attachment, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	header := &pb.UploadHeader{Table: table, RecordSysId: sysID, FileName: filepath.Base(path)}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		header.SizeBytes = proto.Int64(info.Size())
	}
	return c.Upload(ctx, header, file)
}

// Upload attaches content to a record. It is never sent again: the reader can be read only once. A stream that
// breaks leaves no attachment behind.
func (c *Client) Upload(ctx context.Context, header *pb.UploadHeader, content io.Reader) (*pb.Attachment, error) {
	if err := c.Prepare(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := bounded(c.Context(ctx))
	defer cancel()
	stream, err := c.Attachments().UploadAttachment(ctx)
	if err != nil {
		return nil, asError(err)
	}
	header = proto.CloneOf(header)
	header.Instance = c.instance(header.GetInstance())
	sum := sha256.New()
	err = stream.Send(&pb.UploadAttachmentRequest{Part: &pb.UploadAttachmentRequest_Header{Header: header}})
	for chunk := make([]byte, chunkBytes); err == nil; {
		var read int
		read, err = io.ReadFull(content, chunk)
		if read > 0 {
			sum.Write(chunk[:read])
			sent := stream.Send(&pb.UploadAttachmentRequest{Part: &pb.UploadAttachmentRequest_Chunk{Chunk: chunk[:read]}})
			if sent != nil {
				err = io.EOF // the answer says why
			}
		}
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err // the reader's own; the deferred cancel drops the upload
	}
	answer, err := stream.CloseAndRecv()
	if err != nil {
		return nil, asError(err)
	}
	return part(answer.GetAttachment(), mismatch(answer.GetAttachment(), sum))
}

// Download writes the content of an attachment. A connection that breaks is resumed at the first byte that is
// missing; size and hash are verified at the end.
func (c *Client) Download(ctx context.Context, sysID string, to io.Writer) (*pb.Attachment, error) {
	return c.DownloadFrom(ctx, sysID, 0, to)
}

// DownloadFrom is Download from a first byte on, to go on with a part that is there already; the hash of a part
// cannot be verified.
func (c *Client) DownloadFrom(
	ctx context.Context, sysID string, offset int64, to io.Writer,
) (*pb.Attachment, error) {
	var known *pb.Attachment
	var refused error
	sum, isPart := sha256.New(), offset > 0
	open := func(ctx context.Context) (grpc.ServerStreamingClient[pb.DownloadAttachmentResponse], error) {
		request := &pb.DownloadAttachmentRequest{Instance: c.settings.instance, SysId: sysID, Offset: offset}
		return c.Attachments().DownloadAttachment(ctx, request)
	}
	take := func(message *pb.DownloadAttachmentResponse) bool {
		if attachment := message.GetAttachment(); attachment != nil {
			if known != nil && known.GetSha256() != attachment.GetSha256() {
				refused = local(codes.Aborted, "attachment %s changed while it was read", sysID)
			}
			known = attachment
		}
		if refused == nil {
			var written int
			written, refused = to.Write(message.GetChunk())
			sum.Write(message.GetChunk()[:written])
			offset += int64(written)
		}
		return refused == nil
	}
	if failed := resuming(ctx, c, open, take); failed != nil {
		return nil, failed
	}
	if refused != nil {
		return nil, refused
	}
	if known.GetSizeBytes() != offset {
		return nil, local(codes.DataLoss, "%d bytes came, and %d were announced", offset, known.GetSizeBytes())
	}
	if isPart {
		return known, nil
	}
	return part(known, mismatch(known, sum))
}

// DownloadFile writes the content of an attachment to a file, which appears only when it is whole.
func (c *Client) DownloadFile(ctx context.Context, sysID, path string) (*pb.Attachment, error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".download-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(file.Name()) // fails where it was renamed
	attachment, err := c.Download(ctx, sysID, file)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	return attachment, os.Rename(file.Name(), path)
}

// mismatch compares what the instance has with what was sent or came, where it has computed a hash.
func mismatch(attachment *pb.Attachment, sum hash.Hash) error {
	actual, expected := hex.EncodeToString(sum.Sum(nil)), attachment.GetSha256()
	if expected == "" || expected == actual {
		return nil
	}
	failed := local(codes.DataLoss, "the content has the hash %s, and the instance's has %s", actual, expected)
	failed.Reason = pb.ErrorReason_ERROR_REASON_CONTENT_MISMATCH
	return failed
}
