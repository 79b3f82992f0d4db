package sncgate

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// Version is that of this client; the gateway's logs show it.
const Version = "0.1.0"

// A page of 10000 wide records is larger than gRPC's 4 MiB.
const maxMessageBytes = 256 << 20

// One attempt at a stream lasts no longer, and is then resumed: the gateway bounds every call.
const longestAttempt = time.Hour

// Client is a connection to a gateway. Any number of goroutines may share it.
type Client struct {
	connection *grpc.ClientConn
	settings   settings
	session    *session
}

type settings struct {
	instance         string
	session          *session
	ca               []byte
	certificate, key []byte
	metadata         []string
	deadline         time.Duration
	retries          int
	dial             []grpc.DialOption
}

// Option changes how [Connect] connects.
type Option func(*settings)

// WithInstance names the instance of requests that name none. Otherwise the gateway's default instance.
func WithInstance(name string) Option { return func(s *settings) { s.instance = name } }

// WithToken sends a bearer token with each call, as it is.
func WithToken(token string) Option {
	return func(s *settings) { s.session = &session{token: token} }
}

// WithSession goes on with a session of an earlier [Client.Login], and keeps it alive. keep, which may be nil, gets its
// next tokens whenever there are some: only the last refresh token is good.
func WithSession(refreshToken string, keep func(*pb.Tokens)) Option {
	return func(s *settings) { s.session = &session{refreshToken: refreshToken, keep: keep} }
}

// WithCA trusts the certificates of a PEM file's content, in place of the system's.
func WithCA(pem []byte) Option { return func(s *settings) { s.ca = pem } }

// WithClientCertificate shows the client's own certificate to a gateway that asks for one: the content of PEM files.
func WithClientCertificate(certificate, key []byte) Option {
	return func(s *settings) { s.certificate, s.key = certificate, key }
}

// WithMetadata sends one more header with each call.
func WithMetadata(key, value string) Option {
	return func(s *settings) { s.metadata = append(s.metadata, key, value) }
}

// WithDeadline bounds each call, its retries included, whose context has no deadline. 60 seconds unless set; streams
// are bounded by their context only.
func WithDeadline(deadline time.Duration) Option { return func(s *settings) { s.deadline = deadline } }

// WithRetries says how often a call is sent again, or a stream resumed without having moved on. 5 unless set; 0 is
// never.
func WithRetries(retries int) Option { return func(s *settings) { s.retries = retries } }

// WithDialOptions adds options of gRPC itself: interceptors, keep-alive and so on.
func WithDialOptions(options ...grpc.DialOption) Option {
	return func(s *settings) { s.dial = append(s.dial, options...) }
}

// Connect makes a client for the gateway at a URL, as "http://127.0.0.1:8080" or "https://gateway.example.com". It
// connects with the first call, so the gateway may start later.
func Connect(address string, options ...Option) (*Client, error) {
	settings := settings{deadline: time.Minute, retries: 5, session: &session{}}
	for _, option := range options {
		option(&settings)
	}
	target, security, err := endpoint(address, settings)
	if err != nil {
		return nil, err
	}
	dial := append([]grpc.DialOption{
		grpc.WithTransportCredentials(security),
		grpc.WithUserAgent("sncgate-go/" + Version),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes), grpc.MaxCallSendMsgSize(maxMessageBytes)),
		grpc.WithDisableServiceConfig(),
	}, settings.dial...)
	connection, err := grpc.NewClient(target, dial...)
	if err != nil {
		return nil, fmt.Errorf("sncgate: %q: %w", address, err)
	}
	return &Client{connection: connection, settings: settings, session: settings.session}, nil
}

func endpoint(address string, settings settings) (string, credentials.TransportCredentials, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return "", nil, fmt.Errorf("sncgate: %q is not a URL, as http://127.0.0.1:8080", address)
	}
	host := parsed.Host
	switch parsed.Scheme {
	case "http":
		if parsed.Port() == "" {
			host += ":80"
		}
		return "dns:///" + host, insecure.NewCredentials(), nil
	case "https":
		if parsed.Port() == "" {
			host += ":443"
		}
	default:
		return "", nil, fmt.Errorf("sncgate: %q begins with neither http:// nor https://", address)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if settings.ca != nil {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(settings.ca) {
			return "", nil, errors.New("sncgate: the CA is no certificate in PEM")
		}
	}
	if settings.certificate != nil {
		pair, err := tls.X509KeyPair(settings.certificate, settings.key)
		if err != nil {
			return "", nil, fmt.Errorf("sncgate: the client's certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return "dns:///" + host, credentials.NewTLS(config), nil
}

// Close ends the connection, and the calls that run on it.
func (c *Client) Close() error { return c.connection.Close() }

// ForInstance is the same connection, for another instance. Only one of the two is to be closed.
func (c *Client) ForInstance(name string) *Client {
	other := *c
	other.settings.instance = name
	return &other
}

// Connection is the way down: stubs of package sncgatev1 are made from it. It sends neither the token nor the
// metadata of this client; [Client.Context] has them.
func (c *Client) Connection() *grpc.ClientConn { return c.connection }

// Context adds this client's token and metadata to a context, for calls of the stubs; [Client.Prepare] comes before.
func (c *Client) Context(ctx context.Context) context.Context {
	return c.context(ctx, c.session.used())
}

func (c *Client) context(ctx context.Context, token string) context.Context {
	if token != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	}
	if len(c.settings.metadata) > 0 {
		ctx = metadata.AppendToOutgoingContext(ctx, c.settings.metadata...)
	}
	return ctx
}

// Records is the stub of RecordService.
func (c *Client) Records() pb.RecordServiceClient { return pb.NewRecordServiceClient(c.connection) }

// Attachments is the stub of AttachmentService.
func (c *Client) Attachments() pb.AttachmentServiceClient {
	return pb.NewAttachmentServiceClient(c.connection)
}

// A request's own instance, or else this client's.
func (c *Client) instance(named string) string {
	if named == "" {
		return c.settings.instance
	}
	return named
}

// call sends a call, and sends it again where that is safe and may help, all within one deadline.
func call[Q, A any](
	ctx context.Context, c *Client, safe bool, request Q,
	send func(context.Context, Q, ...grpc.CallOption) (A, error),
) (A, error) {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.settings.deadline)
		defer cancel()
	}
	var none A
	if err := c.Prepare(ctx); err != nil {
		return none, err
	}
	attempts, recovered := backoff{retries: c.settings.retries}, false
	for {
		used := c.session.used()
		answer, err := send(c.context(ctx, used), request)
		if err == nil {
			return answer, nil
		}
		failed := asError(err)
		// Refused at the door: it had no effect, whatever it is.
		if !recovered {
			again, why := c.recover(ctx, failed, used)
			if why != nil {
				return none, why
			}
			if again {
				recovered = true
				continue
			}
		}
		if !safe || !failed.Retryable() || !attempts.wait(ctx, failed.RetryAfter) {
			return none, failed
		}
	}
}

// bounded gives a stream the gateway's longest deadline where the caller has none: the gateway's own is short.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < longestAttempt {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, longestAttempt)
}

// part is a part of an answer that is always set.
func part[T any](value *T, err error) (*T, error) {
	if err == nil && value == nil {
		return nil, local(codes.Internal, "the gateway's answer is empty")
	}
	return value, err
}
