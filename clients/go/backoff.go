package sncgate

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second
	// A peer that asks for more is not waited for: the caller decides.
	mostAsked = time.Minute
)

// backoff says how long to wait before the next attempt: exponential, with full jitter, a bounded number of times.
type backoff struct {
	retries int
	used    int
}

// reset begins again: something went well.
func (b *backoff) reset() { b.used = 0 }

// next is false where no attempt is left. The pause is at least what the peer asked for.
func (b *backoff) next(asked time.Duration) (time.Duration, bool) {
	if b.used >= b.retries || asked > mostAsked {
		return 0, false
	}
	pause := min(firstPause<<min(b.used, 16), longestPause)
	b.used++
	return asked + time.Duration(rand.Int64N(int64(pause)+1)), true
}

// wait is false where there is no next attempt, or no time for one.
func (b *backoff) wait(ctx context.Context, asked time.Duration) bool {
	pause, ok := b.next(asked)
	if !ok {
		return false
	}
	if end, bounded := ctx.Deadline(); bounded && time.Now().Add(pause).After(end) {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
