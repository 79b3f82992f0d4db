package sncgate

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// CreateMany creates up to 1000 records, each with its own result, in the order of the request; [Client.Batch] takes
// any number. A request without a RequestId gets one.
func (c *Client) CreateMany(ctx context.Context, request *pb.CreateRecordsRequest) ([]*pb.OperationResult, error) {
	request = proto.CloneOf(request)
	request.Instance, request.RequestId = c.instance(request.GetInstance()), requestID(request.GetRequestId())
	answer, err := call(ctx, c, true, request, c.Records().CreateRecords)
	return answer.GetResults(), err
}

// UpdateMany sets the same fields in every record of a query, or with DryRun says which they are. Each message says
// how many match, and the results as they come. It is not sent again: a stream that broke has written some.
func (c *Client) UpdateMany(
	ctx context.Context, request *pb.UpdateRecordsRequest,
) iter.Seq2[*pb.UpdateRecordsResponse, error] {
	request = proto.CloneOf(request)
	request.Instance = c.instance(request.GetInstance())
	return once(ctx, c, func(ctx context.Context) (grpc.ServerStreamingClient[pb.UpdateRecordsResponse], error) {
		return c.Records().UpdateRecords(ctx, request)
	})
}

// DeleteMany deletes every record of a query, or with DryRun says which they are.
func (c *Client) DeleteMany(
	ctx context.Context, request *pb.DeleteRecordsRequest,
) iter.Seq2[*pb.DeleteRecordsResponse, error] {
	request = proto.CloneOf(request)
	request.Instance = c.instance(request.GetInstance())
	return once(ctx, c, func(ctx context.Context) (grpc.ServerStreamingClient[pb.DeleteRecordsResponse], error) {
		return c.Records().DeleteRecords(ctx, request)
	})
}

// Batch runs operations and gives one result for each, as it comes, in any order. Operations are taken as the
// gateway takes them; an operation's failure is in its result, the error is the stream's. The operations must end,
// or watch the context, also where the caller takes no more results.
func (c *Client) Batch(
	ctx context.Context, operations iter.Seq[*pb.Operation],
) iter.Seq2[*pb.OperationResult, error] {
	requests := func(yield func(*pb.ExecuteBatchRequest) bool) {
		for operation := range operations {
			request := &pb.ExecuteBatchRequest{
				Instance: c.settings.instance, Operations: []*pb.Operation{operation},
			}
			if !yield(request) {
				return
			}
		}
	}
	return flat(exchange(ctx, c, requests, pb.NewBatchServiceClient(c.connection).ExecuteBatch),
		(*pb.ExecuteBatchResponse).GetResults)
}

// Import puts rows into a staging table and gives one result for each, in their order.
func (c *Client) Import(
	ctx context.Context, table string, rows iter.Seq[map[string]string],
) iter.Seq2[*pb.ImportRowResult, error] {
	requests := func(yield func(*pb.ImportRowsRequest) bool) {
		// Without rows too: the table is then checked all the same.
		if !yield(&pb.ImportRowsRequest{Instance: c.settings.instance, Table: table}) {
			return
		}
		for row := range rows {
			if !yield(&pb.ImportRowsRequest{Rows: []*pb.ImportRow{{Fields: row}}}) {
				return
			}
		}
	}
	return flat(exchange(ctx, c, requests, pb.NewImportServiceClient(c.connection).ImportRows),
		(*pb.ImportRowsResponse).GetResults)
}

// once takes all messages of a stream that is not to be sent again.
func once[M any](
	ctx context.Context, c *Client, open func(context.Context) (grpc.ServerStreamingClient[M], error),
) iter.Seq2[*M, error] {
	return func(yield func(*M, error) bool) {
		take := func(message *M) bool { return yield(message, nil) }
		if err := c.Prepare(ctx); err != nil {
			yield(nil, err)
			return
		}
		if _, failed := attempt(ctx, c, c.session.used(), open, take); failed != nil {
			yield(nil, failed)
		}
	}
}

// exchange sends requests and takes answers at the same time.
func exchange[Q, A any](
	ctx context.Context, c *Client, requests iter.Seq[*Q],
	open func(context.Context, ...grpc.CallOption) (grpc.BidiStreamingClient[Q, A], error),
) iter.Seq2[*A, error] {
	return func(yield func(*A, error) bool) {
		if err := c.Prepare(ctx); err != nil {
			yield(nil, err)
			return
		}
		ctx, cancel := bounded(c.Context(ctx))
		defer cancel()
		stream, err := open(ctx)
		if err != nil {
			yield(nil, asError(err))
			return
		}
		go func() {
			for request := range requests {
				if stream.Send(request) != nil {
					return // the receiving side learns why
				}
			}
			_ = stream.CloseSend() // as above
		}()
		for {
			answer, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, asError(err))
				return
			}
			if !yield(answer, nil) {
				return
			}
		}
	}
}
