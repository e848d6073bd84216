package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"carillon/models"
)

// Start says where a stream begins, and who hears how it goes.
type Start struct {
	// After is the id of the last item that is known; the stream begins behind it.
	// Empty: with the first one that there is, or that comes.
	After string
	// Lost is told why a stream broke, and how long it is waited before it is
	// opened again. May be nil.
	Lost func(err error, wait time.Duration)
	// Back is told that a stream which was lost is open again. May be nil.
	Back func()
	// Gone is told that the last item seen is not kept any more, so that the
	// stream goes on with what comes now. May be nil.
	Gone func(id string)
}

// FollowEvents hands every event that the filter takes to take, until ctx ends:
// then it returns nil. A stream that breaks is opened again where it was, with no
// gap and no repeat. An error of take, or one that another try cannot mend, ends it.
func (c *Client) FollowEvents(ctx context.Context, filter EventFilter, start Start, take func(*Event) error) error {
	f := &follower[Event, *Event]{c: c, feed: eventFeed(), filter: filter, start: start, take: take}
	f.all = EventFilter{TenantID: filter.TenantID, IncludeTests: true}
	return f.run(ctx)
}

// FollowAttempts is FollowEvents for attempts.
func (c *Client) FollowAttempts(ctx context.Context, filter AttemptFilter, bodies bool, start Start, take func(*Attempt) error) error {
	f := &follower[Attempt, *Attempt]{c: c, feed: attemptFeed(bodies), filter: filter, start: start, take: take}
	f.all = AttemptFilter{TenantID: filter.TenantID, IncludeTests: true}
	return f.run(ctx)
}

// follower keeps one stream open.
type follower[T any, P item[T]] struct {
	c      *Client
	feed   feed
	filter any
	all    any // the filter that takes whatever the key sees
	start  Start
	take   func(P) error

	opened  bool // at least once
	lost    bool // since the last one was open
	skip    bool // what is in the log already
	retries int  // in a row, without a word from the server
}

const maxBackoff = 15 * time.Second

func (f *follower[T, P]) run(ctx context.Context) error {
	for {
		err := f.session(ctx)
		var ended *takeError
		switch {
		case stopped(ctx):
			return nil
		case errors.As(err, &ended):
			return ended.err
		case f.start.After != "" && aboutAfter(err):
			if f.start.Gone != nil {
				f.start.Gone(f.start.After)
			}
			f.start.After, f.skip = "", true
			continue
		case !f.opened || final(err):
			return err
		}
		f.lost = true
		if !f.pause(ctx, err) {
			return nil
		}
	}
}

func stopped(ctx context.Context) bool { return ctx.Err() != nil }

// pause waits before the next try; false says that ctx has ended.
func (f *follower[T, P]) pause(ctx context.Context, err error) bool {
	wait := f.c.cfg.Backoff << min(f.retries, 10)
	wait = min(wait, maxBackoff)
	wait = wait/2 + rand.N(wait/2+1)
	f.retries++
	var refused *Refused
	if errors.As(err, &refused) {
		wait = max(wait, min(refused.RetryAfter, maxBackoff))
	}
	if f.start.Lost != nil {
		f.start.Lost(err, wait)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// session follows over one connection, until that breaks.
func (f *follower[T, P]) session(ctx context.Context) error {
	if f.start.After == "" {
		if err := f.begin(ctx); err != nil {
			return err
		}
	}
	s, err := f.c.open(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.subscribe(ctx, f.feed.live, map[string]any{"filter": f.filter, "after": f.start.After}); err != nil {
		return err
	}
	f.opened = true
	if f.lost && f.start.Back != nil {
		f.start.Back()
	}
	f.lost = false
	for {
		raw, err := s.next(ctx)
		if err != nil {
			return err
		}
		f.retries = 0
		if raw == nil {
			continue
		}
		v, err := readItem[T, P](raw)
		if err != nil {
			return err
		}
		if err := f.hand(v); err != nil {
			return err
		}
	}
}

// hand takes one item; it counts as seen once that is done.
func (f *follower[T, P]) hand(v P) error {
	if err := f.take(v); err != nil {
		return &takeError{err}
	}
	f.start.After = v.identity()
	return nil
}

// takeError is of the one who takes the items, not of the stream.
type takeError struct{ err error }

func (e *takeError) Error() string { return e.err.Error() }

// final says that another try would end the same way.
func final(err error) bool {
	var refused *Refused
	if !errors.As(err, &refused) {
		return false
	}
	switch refused.Code {
	case models.CodeRateLimited, models.CodeInternal:
		return false
	}
	return true
}

// aboutAfter says that the server does not know the item to go on behind.
func aboutAfter(err error) bool {
	var refused *Refused
	return errors.As(err, &refused) && refused.Code == models.CodeBadUserInput && refused.Field == "after"
}
