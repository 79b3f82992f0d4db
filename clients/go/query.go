package sncgate

import (
	"crypto/rand"
	"fmt"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// Encoded is a query in ServiceNow's own text, as "active=true^priority=1", that reads only these columns, or all
// where none are named.
func Encoded(text string, fields ...string) *pb.Query {
	return &pb.Query{Filter: &pb.Query_Encoded{Encoded: text}, Fields: fields}
}

// Where is a query in which all of the clauses must hold, as a tree: values need no escapes.
func Where(clauses ...*pb.Clause) *pb.Query {
	group := &pb.Group{Clauses: clauses}
	return &pb.Query{Filter: &pb.Query_Tree{Tree: &pb.Filter{Groups: []*pb.Group{group}}}}
}

// Condition compares a field with a value.
func Condition(field string, operator pb.Operator, value string) *pb.Clause {
	condition := &pb.Condition{Field: field, Operator: operator, Value: value}
	return &pb.Clause{AnyOf: []*pb.Term{{Term: &pb.Term_Condition{Condition: condition}}}}
}

// AnyOf holds where any of the clauses does.
func AnyOf(clauses ...*pb.Clause) *pb.Clause {
	any := &pb.Clause{}
	for _, clause := range clauses {
		any.AnyOf = append(any.AnyOf, clause.GetAnyOf()...)
	}
	return any
}

// requestID is the caller's own, or a new UUID, so that the call can be sent again safely.
func requestID(own string) string {
	if own != "" {
		return own
	}
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
