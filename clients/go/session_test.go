package sncgate

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// door takes only the newest access token; each sign-in and refresh gives the next pair, which lives for a while.
type door struct {
	pb.UnimplementedRecordServiceServer
	pb.UnimplementedAuthServiceServer

	mutex            sync.Mutex
	count, refreshes int
	lost             int
	lifetime         time.Duration
	closed           string
}

func (d *door) tokens() *pb.Tokens {
	d.count++
	return &pb.Tokens{
		AccessToken: fmt.Sprint("access ", d.count), RefreshToken: fmt.Sprint("refresh ", d.count),
		AccessExpireTime: timestamppb.New(time.Now().Add(d.lifetime)),
	}
}

func (d *door) Login(context.Context, *pb.LoginRequest) (*pb.LoginResponse, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	return &pb.LoginResponse{Tokens: d.tokens()}, nil
}

func (d *door) Refresh(_ context.Context, request *pb.RefreshRequest) (*pb.RefreshResponse, error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.refreshes++
	if d.lost > 0 {
		d.lost--
		return nil, status.Error(codes.Unavailable, "cut")
	}
	if d.closed != "" || request.GetRefreshToken() != fmt.Sprint("refresh ", d.count) {
		return nil, refused("TOKEN_REVOKED")
	}
	return &pb.RefreshResponse{Tokens: d.tokens()}, nil
}

func (d *door) check(ctx context.Context) error {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	headers, _ := metadata.FromIncomingContext(ctx)
	if !slices.Equal(headers.Get("authorization"), []string{fmt.Sprint("Bearer access ", d.count)}) {
		return refused("TOKEN_EXPIRED")
	}
	return nil
}

func (d *door) CreateRecord(ctx context.Context, _ *pb.CreateRecordRequest) (*pb.CreateRecordResponse, error) {
	return &pb.CreateRecordResponse{Record: &pb.Record{SysId: "made"}}, d.check(ctx)
}

func (d *door) StreamRecords(
	_ *pb.StreamRecordsRequest, stream grpc.ServerStreamingServer[pb.StreamRecordsResponse],
) error {
	if err := d.check(stream.Context()); err != nil {
		return err
	}
	return stream.Send(&pb.StreamRecordsResponse{Records: []*pb.Record{{SysId: "1"}}, ResumeToken: "1"})
}

func refused(reason string) error {
	whole, _ := status.New(codes.Unauthenticated, "It failed.").
		WithDetails(&errdetails.ErrorInfo{Reason: reason, Domain: "sncgate"})
	return whole.Err()
}

// signedIn is a session at a door, and the refresh tokens that it was told of.
func signedIn(t *testing.T, lifetime time.Duration) (*door, *Client, func() []string, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, service := grpc.NewServer(), &door{lifetime: lifetime}
	pb.RegisterRecordServiceServer(server, service)
	pb.RegisterAuthServiceServer(server, service)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	url := "http://" + listener.Addr().String()
	anonymous, err := Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = anonymous.Close() })
	var mutex sync.Mutex
	var kept []string
	client, _, err := anonymous.Login(t.Context(), &pb.LoginRequest{Username: "alice"}, func(tokens *pb.Tokens) {
		mutex.Lock()
		defer mutex.Unlock()
		kept = append(kept, tokens.GetRefreshToken())
	})
	if err != nil {
		t.Fatal(err)
	}
	service.mutex.Lock()
	service.lifetime = 10 * time.Minute
	service.mutex.Unlock()
	told := func() []string { mutex.Lock(); defer mutex.Unlock(); return slices.Clone(kept) }
	return service, client, told, url
}

func makeMany(t *testing.T, client *Client) {
	t.Helper()
	var all sync.WaitGroup
	for range 50 {
		all.Add(1)
		go func() {
			defer all.Done()
			if _, err := client.Create(t.Context(), "incident", nil); err != nil {
				t.Error(err)
			}
		}()
	}
	all.Wait()
}

func TestATokenThatIsAboutToExpireIsRefreshedFirstAndOnce(t *testing.T) {
	service, client, kept, _ := signedIn(t, 10*time.Second)
	makeMany(t, client)
	if service.refreshes != 1 || !slices.Equal(kept(), []string{"refresh 2"}) {
		t.Error(service.refreshes, kept())
	}
}

func TestManyThatAreRefusedRefreshOnce(t *testing.T) {
	service, client, kept, _ := signedIn(t, time.Hour)
	client.session.token = "an old one"
	makeMany(t, client)
	if service.refreshes != 1 || !slices.Equal(kept(), []string{"refresh 2"}) {
		t.Error(service.refreshes, kept())
	}
}

func TestAStreamThatIsRefusedGoesOnWithTheNextToken(t *testing.T) {
	service, client, _, _ := signedIn(t, time.Hour)
	client.session.token = "an old one"
	for record, err := range client.Stream(t.Context(), &pb.StreamRecordsRequest{Table: "incident"}) {
		if err != nil || record.GetSysId() != "1" {
			t.Error(record, err)
		}
	}
	if service.refreshes != 1 {
		t.Error(service.refreshes)
	}
}

func TestAnAnswerThatIsLostIsAskedForAgain(t *testing.T) {
	service, client, _, _ := signedIn(t, time.Hour)
	service.lost, client.session.token = 1, "an old one"
	if _, err := client.Create(t.Context(), "incident", nil); err != nil || service.refreshes != 2 {
		t.Error(err, service.refreshes)
	}
}

func TestASessionThatEndedIsNotTriedAgainAndAgain(t *testing.T) {
	service, client, _, _ := signedIn(t, time.Hour)
	service.closed, client.session.token = "closed", "an old one"
	_, err := client.Create(t.Context(), "incident", nil)
	if ReasonOf(err) != pb.ErrorReason_ERROR_REASON_TOKEN_REVOKED || service.refreshes != 1 {
		t.Error(err, service.refreshes)
	}
}

func TestARefreshTokenIsEnough(t *testing.T) {
	_, _, _, url := signedIn(t, time.Hour)
	kept := ""
	client, err := Connect(url, WithSession("refresh 1", func(tokens *pb.Tokens) { kept = tokens.GetRefreshToken() }))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.Create(t.Context(), "incident", nil); err != nil || kept != "refresh 2" {
		t.Error(err, kept)
	}
}

func TestNothingPrintsAToken(t *testing.T) {
	_, client, _, _ := signedIn(t, time.Hour)
	if said := fmt.Sprintf("%v %+v %#v %v %#v", client, client, client, client.session, client.session); strings.Contains(said, "access 1") {
		t.Error(said)
	}
}
