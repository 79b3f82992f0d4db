package sncgate

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

const (
	// A token that is about to expire is refreshed this long before.
	ahead           = 30 * time.Second
	refreshDeadline = 20 * time.Second
	// An answer that was lost is given again within the gateway's grace.
	refreshAttempts = 2
)

// session is the credential of a client and its copies: a token as it is, or a session that is kept alive.
type session struct {
	keep func(*pb.Tokens)

	mutex        sync.Mutex
	token        string
	refreshToken string
	expires      time.Time // of a session only
	running      *refresh
}

// refresh is one that is under way; all who need it wait for the same.
type refresh struct {
	done   chan struct{}
	failed *Error
}

// String hides the tokens.
func (s *session) String() string { return "sncgate.session" }

// GoString hides the tokens.
func (s *session) GoString() string { return s.String() }

func sessionOf(tokens *pb.Tokens, keep func(*pb.Tokens)) *session {
	made := &session{keep: keep}
	made.take(tokens)
	return made
}

func (s *session) take(tokens *pb.Tokens) {
	s.token, s.refreshToken = tokens.GetAccessToken(), tokens.GetRefreshToken()
	s.expires = tokens.GetAccessExpireTime().AsTime()
}

// used is the token that the next call carries.
func (s *session) used() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.token
}

// Login opens a session; the client that comes back uses it, and keeps it alive. Both share one connection, and only
// one of them is to be closed. keep, which may be nil, gets the session's next tokens whenever there are some: the
// last refresh token is the one that counts, and [WithSession] goes on with it.
func (c *Client) Login(
	ctx context.Context, request *pb.LoginRequest, keep func(*pb.Tokens),
) (*Client, *pb.LoginResponse, error) {
	anonymous := *c
	anonymous.session = &session{}
	answer, err := call(ctx, &anonymous, false, request, c.Auth().Login)
	if err != nil {
		return nil, nil, err
	}
	if answer.GetTokens() == nil {
		return nil, nil, local(codes.Internal, "the gateway's answer is empty")
	}
	other := *c
	other.session = sessionOf(answer.GetTokens(), keep)
	return &other, answer, nil
}

// WhoAmI says who this client is to the gateway.
func (c *Client) WhoAmI(ctx context.Context) (*pb.WhoAmIResponse, error) {
	return call(ctx, c, true, &pb.WhoAmIRequest{}, c.Auth().WhoAmI)
}

// Logout ends this client's session, or all of its user; how many.
func (c *Client) Logout(ctx context.Context, all bool) (int, error) {
	answer, err := call(ctx, c, true, &pb.LogoutRequest{AllSessions: all}, c.Auth().Logout)
	return int(answer.GetEnded()), err
}

// Auth is the stub of AuthService.
func (c *Client) Auth() pb.AuthServiceClient { return pb.NewAuthServiceClient(c.connection) }

// Prepare makes sure that the session's token is good for a while, before [Client.Context] and a stub. The client's
// own methods do it by themselves.
func (c *Client) Prepare(ctx context.Context) error {
	s := c.session
	s.mutex.Lock()
	used, now := s.token, time.Now()
	due := s.refreshToken != "" && !s.expires.After(now.Add(ahead))
	over := used == "" || !s.expires.After(now)
	s.mutex.Unlock()
	if !due {
		return nil
	}
	failed := c.refresh(ctx, used)
	// The token that is there does for now.
	if failed == nil || failed.Retryable() && !over {
		return nil
	}
	return failed
}

// recover refreshes where the gateway did not take the token; whether the call may be sent again.
func (c *Client) recover(ctx context.Context, refused *Error, used string) (bool, *Error) {
	expired := refused.Reason == pb.ErrorReason_ERROR_REASON_TOKEN_EXPIRED ||
		refused.Reason == pb.ErrorReason_ERROR_REASON_TOKEN_INVALID
	c.session.mutex.Lock()
	keeps := c.session.refreshToken != ""
	c.session.mutex.Unlock()
	if refused.Code != codes.Unauthenticated || !expired || !keeps {
		return false, nil
	}
	failed := c.refresh(ctx, used)
	return failed == nil, failed
}

// refresh gets the next tokens, unless somebody did since `used` was sent.
func (c *Client) refresh(ctx context.Context, used string) *Error {
	s := c.session
	s.mutex.Lock()
	if s.token != used {
		s.mutex.Unlock()
		return nil
	}
	if s.running == nil {
		s.running = &refresh{done: make(chan struct{})}
		// On its own: the refresh token is used up when it is sent, whoever waits for the answer.
		go c.fetch(s.running, s.refreshToken)
	}
	running := s.running
	s.mutex.Unlock()
	select {
	case <-running.done:
		return running.failed
	case <-ctx.Done():
		return asError(ctx.Err())
	}
}

func (c *Client) fetch(running *refresh, refreshToken string) {
	ctx, cancel := context.WithTimeout(context.Background(), refreshDeadline)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, c.settings.metadata...)
	tokens, failed := c.nextTokens(ctx, refreshToken)
	s := c.session
	if failed == nil && s.keep != nil {
		s.keep(tokens)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if failed == nil {
		s.take(tokens)
	}
	running.failed, s.running = failed, nil
	close(running.done)
}

func (c *Client) nextTokens(ctx context.Context, refreshToken string) (*pb.Tokens, *Error) {
	for attempt := 1; ; attempt++ {
		answer, err := c.Auth().Refresh(ctx, &pb.RefreshRequest{RefreshToken: refreshToken})
		if err == nil && answer.GetTokens() != nil {
			return answer.GetTokens(), nil
		}
		if err == nil {
			return nil, local(codes.Internal, "the gateway's answer is empty")
		}
		failed := asError(err)
		if attempt == refreshAttempts || !failed.Retryable() {
			return nil, failed
		}
	}
}
