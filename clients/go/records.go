package sncgate

import (
	"context"

	"google.golang.org/protobuf/proto"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// Get reads one record, all columns, values as stored.
func (c *Client) Get(ctx context.Context, table, sysID string) (*pb.Record, error) {
	return c.GetRecord(ctx, &pb.GetRecordRequest{Table: table, SysId: sysID})
}

// GetRecord reads one record.
func (c *Client) GetRecord(ctx context.Context, request *pb.GetRecordRequest) (*pb.Record, error) {
	request = proto.CloneOf(request)
	request.Instance = c.instance(request.GetInstance())
	answer, err := call(ctx, c, true, request, c.Records().GetRecord)
	return part(answer.GetRecord(), err)
}

// Create creates a record, and returns it as it is after the instance's rules ran.
func (c *Client) Create(ctx context.Context, table string, fields map[string]string) (*pb.Record, error) {
	return c.CreateRecord(ctx, &pb.CreateRecordRequest{Table: table, Fields: fields})
}

// CreateRecord creates a record. A request without a RequestId gets one, so that it can be sent again safely.
func (c *Client) CreateRecord(ctx context.Context, request *pb.CreateRecordRequest) (*pb.Record, error) {
	request = proto.CloneOf(request)
	request.Instance, request.RequestId = c.instance(request.GetInstance()), requestID(request.GetRequestId())
	answer, err := call(ctx, c, true, request, c.Records().CreateRecord)
	return part(answer.GetRecord(), err)
}

// Update changes these fields of a record, and returns it as it is after the instance's rules ran.
func (c *Client) Update(ctx context.Context, table, sysID string, fields map[string]string) (*pb.Record, error) {
	return c.UpdateRecord(ctx, &pb.UpdateRecordRequest{Table: table, SysId: sysID, Fields: fields})
}

// UpdateRecord changes fields of a record. A request without a RequestId gets one.
func (c *Client) UpdateRecord(ctx context.Context, request *pb.UpdateRecordRequest) (*pb.Record, error) {
	request = proto.CloneOf(request)
	request.Instance, request.RequestId = c.instance(request.GetInstance()), requestID(request.GetRequestId())
	answer, err := call(ctx, c, true, request, c.Records().UpdateRecord)
	return part(answer.GetRecord(), err)
}

// Delete deletes a record.
func (c *Client) Delete(ctx context.Context, table, sysID string) error {
	return c.DeleteRecord(ctx, &pb.DeleteRecordRequest{Table: table, SysId: sysID})
}

// DeleteRecord deletes a record. A request without a RequestId gets one.
func (c *Client) DeleteRecord(ctx context.Context, request *pb.DeleteRecordRequest) error {
	request = proto.CloneOf(request)
	request.Instance, request.RequestId = c.instance(request.GetInstance()), requestID(request.GetRequestId())
	_, err := call(ctx, c, true, request, c.Records().DeleteRecord)
	return err
}

// Count counts the records of a query.
func (c *Client) Count(ctx context.Context, table string, query *pb.Query) (int64, error) {
	answer, err := c.Aggregate(ctx, &pb.AggregateRecordsRequest{Table: table, Query: query, Count: true})
	if err != nil || len(answer.GetGroups()) == 0 {
		return 0, err
	}
	return answer.GetGroups()[0].GetCount(), nil
}

// Aggregate counts, sums, averages and so on, grouped or not.
func (c *Client) Aggregate(
	ctx context.Context, request *pb.AggregateRecordsRequest,
) (*pb.AggregateRecordsResponse, error) {
	request = proto.CloneOf(request)
	request.Instance = c.instance(request.GetInstance())
	return call(ctx, c, true, request, c.Records().AggregateRecords)
}
