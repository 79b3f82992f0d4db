package main

import (
	"context"
	"os"

	sncgate "github.com/sncgate/sncgate/clients/go"
	pb "github.com/sncgate/sncgate/clients/go/sncgatev1"
)

// session signs in, goes on with the refresh token as another client, and signs out.
func session(ctx context.Context, c *sncgate.Client, username, password string) (any, error) {
	signedIn, login, err := c.Login(ctx, &pb.LoginRequest{Username: username, Password: password}, nil)
	if err != nil {
		return nil, err
	}
	who, err := signedIn.WhoAmI(ctx)
	if err != nil {
		return nil, err
	}
	kept := 0
	keep := func(*pb.Tokens) { kept++ }
	other, err := sncgate.Connect(os.Args[1], sncgate.WithSession(login.GetTokens().GetRefreshToken(), keep))
	if err != nil {
		return nil, err
	}
	defer other.Close()
	resumed, err := other.WhoAmI(ctx)
	if err != nil {
		return nil, err
	}
	ended, err := other.Logout(ctx, false)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"who": who.GetUsername(), "password_change_required": login.GetPasswordChangeRequired(),
		"resumed": resumed.GetUsername(), "kept": float64(kept), "ended": float64(ended),
		"after": refusal(ctx, other), "first": refusal(ctx, signedIn),
	}, nil
}

func refusal(ctx context.Context, c *sncgate.Client) string {
	_, err := c.WhoAmI(ctx)
	return sncgate.ReasonName(sncgate.ReasonOf(err))
}
