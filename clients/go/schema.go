package sncgate

import (
	"context"
	"iter"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// Tables lists the tables whose name or label holds a text, by name. An empty text lists all.
func (c *Client) Tables(ctx context.Context, contains string) iter.Seq2[*pb.TableSummary, error] {
	request := &pb.ListTablesRequest{Instance: c.settings.instance, Contains: contains}
	return flat(pages(ctx, c, request, &request.PageToken, pb.NewSchemaServiceClient(c.connection).ListTables),
		(*pb.ListTablesResponse).GetTables)
}

// Schema describes a table and its columns, inherited ones included.
func (c *Client) Schema(ctx context.Context, table string) (*pb.Table, error) {
	request := &pb.GetTableRequest{Instance: c.settings.instance, Table: table}
	answer, err := call(ctx, c, true, request, pb.NewSchemaServiceClient(c.connection).GetTable)
	return part(answer.GetTable(), err)
}

// Explain explains a query; with a table, against its columns. What is wrong with the query is in the answer.
func (c *Client) Explain(ctx context.Context, table string, query *pb.Query) (*pb.ExplainQueryResponse, error) {
	request := &pb.ExplainQueryRequest{Instance: c.settings.instance, Table: table, Query: query}
	return call(ctx, c, true, request, pb.NewQueryServiceClient(c.connection).ExplainQuery)
}

// Operators lists the operators of the query language.
func (c *Client) Operators(ctx context.Context) ([]*pb.OperatorInfo, error) {
	answer, err := call(ctx, c, true, &pb.ListOperatorsRequest{}, pb.NewQueryServiceClient(c.connection).ListOperators)
	return answer.GetOperators(), err
}

// Info says what the gateway is and how its instances do: this client's instance, or all of them.
func (c *Client) Info(ctx context.Context) (*pb.GetInfoResponse, error) {
	request := &pb.GetInfoRequest{Instance: c.settings.instance}
	return call(ctx, c, true, request, pb.NewSystemServiceClient(c.connection).GetInfo)
}
