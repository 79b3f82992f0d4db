package sncgate

import (
	"context"
	"errors"
	"net"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

func failed(t *testing.T, code codes.Code, reason string, wait time.Duration) *Error {
	t.Helper()
	whole := status.New(code, "It failed.")
	if reason != "" {
		info := &errdetails.ErrorInfo{
			Reason: reason, Domain: "sncgate", Metadata: map[string]string{"resume_token": "abc"},
		}
		whole, _ = whole.WithDetails(info)
	}
	if wait > 0 {
		whole, _ = whole.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(wait)})
	}
	return asError(whole.Err())
}

func TestDetailsAreRead(t *testing.T) {
	err := failed(t, codes.ResourceExhausted, "INSTANCE_RATE_LIMITED", 7*time.Second)
	if err.Reason != pb.ErrorReason_ERROR_REASON_INSTANCE_RATE_LIMITED || ReasonOf(errors.Join(err)) != err.Reason {
		t.Errorf("reason: %v", err.Reason)
	}
	if err.RetryAfter != 7*time.Second || err.ResumeToken != "abc" || err.resumable("def").ResumeToken != "def" {
		t.Errorf("%+v", err)
	}
	if err.Error() != "sncgate: It failed. (INSTANCE_RATE_LIMITED)" {
		t.Error(err)
	}
	if found, ok := status.FromError(err); !ok || found.Code() != codes.ResourceExhausted {
		t.Error("the status is not found")
	}
	if !errors.Is(asError(context.DeadlineExceeded), context.DeadlineExceeded) {
		t.Error("a deadline is none")
	}
}

func TestSaysWhatMayGoWellLater(t *testing.T) {
	cases := []struct {
		code     codes.Code
		reason   string
		wait     time.Duration
		expected bool
	}{
		{codes.Unavailable, "INSTANCE_UNAVAILABLE", 0, true},
		{codes.Unavailable, "INSTANCE_HIBERNATING", 0, false},
		{codes.ResourceExhausted, "INSTANCE_BUSY", time.Second, true},
		{codes.ResourceExhausted, "INSTANCE_BUSY", 0, false},
		{codes.Internal, "INTERNAL", 0, false},
		{codes.Internal, "", 0, true},
		{codes.NotFound, "RECORD_UNKNOWN", 0, false},
	}
	for _, one := range cases {
		if actual := failed(t, one.code, one.reason, one.wait).Retryable(); actual != one.expected {
			t.Errorf("%+v: %v", one, actual)
		}
	}
}

func TestPausesGrowToABoundAndEnd(t *testing.T) {
	pauses := backoff{retries: 8}
	for attempt := range 8 {
		pause, ok := pauses.next(0)
		if !ok || pause > min(firstPause<<attempt, longestPause) {
			t.Errorf("attempt %d: %v %v", attempt, pause, ok)
		}
	}
	if _, ok := pauses.next(0); ok {
		t.Error("it does not end")
	}
	pauses.reset()
	if pause, ok := pauses.next(3 * time.Second); !ok || pause < 3*time.Second {
		t.Error("shorter than asked")
	}
	if _, ok := pauses.next(time.Hour); ok {
		t.Error("waits for ever")
	}
}

func TestURLs(t *testing.T) {
	for url, expected := range map[string]string{
		"http://127.0.0.1:8080":   "dns:///127.0.0.1:8080",
		"http://[::1]":            "dns:///[::1]:80",
		"https://gateway.example": "dns:///gateway.example:443",
		"127.0.0.1:8080":          "", "ftp://x": "", "http://": "",
	} {
		actual, _, err := endpoint(url, settings{})
		if actual != expected || (err == nil) != (expected != "") {
			t.Errorf("%s: %q %v", url, actual, err)
		}
	}
	if _, _, err := endpoint("https://x", settings{ca: []byte("no PEM")}); err == nil {
		t.Error("takes any CA")
	}
}

// flaky breaks each stream after two pages, and refuses the first creation.
type flaky struct {
	pb.UnimplementedRecordServiceServer
	tokens, ids []string
}

func (f *flaky) StreamRecords(
	request *pb.StreamRecordsRequest, stream grpc.ServerStreamingServer[pb.StreamRecordsResponse],
) error {
	f.tokens = append(f.tokens, request.GetResumeToken())
	begin, _ := strconv.Atoi(request.GetResumeToken())
	for page := begin; page < min(begin+2, 5); page++ {
		records := []*pb.Record{{SysId: strconv.Itoa(page)}}
		if err := stream.Send(&pb.StreamRecordsResponse{Records: records, ResumeToken: strconv.Itoa(page + 1)}); err != nil {
			return err
		}
	}
	if begin+2 < 5 {
		return status.Error(codes.Unavailable, "cut")
	}
	return nil
}

func (f *flaky) CreateRecord(_ context.Context, request *pb.CreateRecordRequest) (*pb.CreateRecordResponse, error) {
	f.ids = append(f.ids, request.GetRequestId())
	if len(f.ids) == 1 {
		return nil, status.Error(codes.Unavailable, "once")
	}
	return &pb.CreateRecordResponse{Record: &pb.Record{SysId: "made"}}, nil
}

func serve(t *testing.T, options ...Option) (*flaky, *Client) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, service := grpc.NewServer(), &flaky{}
	pb.RegisterRecordServiceServer(server, service)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	client, err := Connect("http://"+listener.Addr().String(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return service, client
}

func TestAStreamThatBreaksIsResumed(t *testing.T) {
	service, client := serve(t)
	var ids []string
	for record, err := range client.Stream(t.Context(), &pb.StreamRecordsRequest{Table: "incident"}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, record.GetSysId())
	}
	if !slices.Equal(ids, []string{"0", "1", "2", "3", "4"}) || !slices.Equal(service.tokens, []string{"", "2", "4"}) {
		t.Errorf("%v %v", ids, service.tokens)
	}
}

func TestWithoutRetriesTheErrorHasTheToken(t *testing.T) {
	_, client := serve(t, WithRetries(0))
	var last error
	for _, err := range client.Stream(t.Context(), &pb.StreamRecordsRequest{Table: "incident"}) {
		last = err
	}
	var failure *Error
	if !errors.As(last, &failure) || failure.ResumeToken != "2" {
		t.Errorf("%v", last)
	}
}

func TestACreateIsRepeatedWithItsRequestID(t *testing.T) {
	service, client := serve(t)
	record, err := client.Create(t.Context(), "incident", map[string]string{"a": "b"})
	if err != nil || record.GetSysId() != "made" {
		t.Fatal(record, err)
	}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if service.ids[0] != service.ids[1] || !uuid.MatchString(service.ids[0]) {
		t.Error(service.ids)
	}
}
