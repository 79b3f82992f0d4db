package sncgate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// Error says why a call failed; [errors.As] finds it in what the methods return. Its text is for people: decide by
// Reason and Code.
type Error struct {
	// Code is the kind of failure.
	Code codes.Code
	// Reason is exactly what failed. Unspecified where the gateway itself did not answer, or is newer than this client.
	Reason pb.ErrorReason
	// Message is the gateway's words.
	Message string
	// Metadata is what error_reason.proto lists for the reason: the table, the unknown fields and so on.
	Metadata map[string]string
	// RetryAfter is how long the gateway asks to wait. 0: it does not say.
	RetryAfter time.Duration
	// Violations are the request's faulty fields.
	Violations []Violation
	// ResumeToken is where a stream goes on: send it in the next request. Empty: from the start.
	ResumeToken string

	told   bool // the gateway sent details
	status *status.Status
}

// Violation is a faulty field of a request.
type Violation struct{ Field, Description string }

func (e *Error) Error() string {
	text := e.Message
	if text == "" {
		text = e.Code.String()
	}
	if e.Reason != pb.ErrorReason_ERROR_REASON_UNSPECIFIED {
		text = fmt.Sprintf("%s (%s)", text, ReasonName(e.Reason))
	}
	return "sncgate: " + text
}

// GRPCStatus is the status as it came; [status.FromError] finds it too.
func (e *Error) GRPCStatus() *status.Status { return e.status }

// Is makes a deadline of this side equal to [context.DeadlineExceeded], and a cancelled call to [context.Canceled].
func (e *Error) Is(target error) bool {
	return target == context.DeadlineExceeded && e.Code == codes.DeadlineExceeded ||
		target == context.Canceled && e.Code == codes.Canceled
}

// Retryable says whether the same call may go well later. It says nothing of whether it is safe to send it again.
func (e *Error) Retryable() bool {
	switch e.Code {
	case codes.Unavailable:
		// It sleeps until a person wakes it.
		return e.Reason != pb.ErrorReason_ERROR_REASON_INSTANCE_HIBERNATING
	case codes.ResourceExhausted:
		// Without a time to wait, it is a limit that waiting does not change; a quota of a day takes until tomorrow.
		return e.RetryAfter > 0 && e.Reason != pb.ErrorReason_ERROR_REASON_ROW_QUOTA_EXCEEDED
	case codes.Unknown, codes.Internal:
		// The connection broke, and nobody sent a status: the gateway's own always tell a reason.
		return !e.told
	default:
		return false
	}
}

// ReasonOf is the reason of an error, wrapped or not; unspecified where it is none of the gateway's.
func ReasonOf(err error) pb.ErrorReason {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Reason
	}
	return pb.ErrorReason_ERROR_REASON_UNSPECIFIED
}

// ReasonName is a reason as docs/errors.md writes it: "TABLE_UNKNOWN".
func ReasonName(reason pb.ErrorReason) string {
	return strings.TrimPrefix(reason.String(), "ERROR_REASON_")
}

func local(code codes.Code, format string, values ...any) *Error {
	return fromStatus(status.New(code, fmt.Sprintf(format, values...)), true)
}

func asError(err error) *Error {
	var failed *Error
	if errors.As(err, &failed) {
		return failed
	}
	// What is no status is a failure of this side: a context, or a reader of the caller's.
	if found, ok := status.FromError(err); ok {
		return fromStatus(found, false)
	}
	return fromStatus(status.FromContextError(err), true)
}

func fromStatus(from *status.Status, told bool) *Error {
	failed := &Error{Code: from.Code(), Message: from.Message(), told: told, status: from}
	for _, detail := range from.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			failed.told = true
			failed.Reason = pb.ErrorReason(pb.ErrorReason_value["ERROR_REASON_"+detail.GetReason()])
			failed.Metadata = detail.GetMetadata()
			failed.ResumeToken = failed.Metadata["resume_token"]
		case *errdetails.RetryInfo:
			failed.RetryAfter = detail.GetRetryDelay().AsDuration()
		case *errdetails.BadRequest:
			for _, one := range detail.GetFieldViolations() {
				failed.Violations = append(failed.Violations, Violation{one.GetField(), one.GetDescription()})
			}
		}
	}
	return failed
}

// resumable keeps the token of the last page, where the gateway could not send one.
func (e *Error) resumable(token string) *Error {
	if token == "" || e.ResumeToken == token {
		return e
	}
	resumable := *e
	resumable.ResumeToken = token
	return &resumable
}
