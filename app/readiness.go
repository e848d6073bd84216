package app

import (
	"context"
	"errors"
	"time"
)

const (
	// readyTime bounds how long /readyz waits for the database.
	readyTime = 3 * time.Second
	// readyFresh is how long an answer of the database holds for all who ask.
	readyFresh = time.Second
)

// readiness asks the database once for all who want to know at about the same
// time, so that any number of probes costs it one question a second.
type readiness struct {
	ask func(context.Context) error
	now func() time.Time

	turn   chan struct{} // its holder reads and writes what is below
	asked  time.Time     // when the answer came; zero for never
	answer error
}

func newReadiness(now func() time.Time, ask func(context.Context) error) *readiness {
	return &readiness{ask: ask, now: now, turn: make(chan struct{}, 1)}
}

// check is nil while the database is fit. Who leaves early spoils no answer
// for those who wait behind.
func (r *readiness) check(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return errors.New("the database does not answer")
	}
	defer func() { <-r.turn }()
	if !r.asked.IsZero() && r.now().Sub(r.asked) < readyFresh {
		return r.answer
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyTime)
	defer cancel()
	r.answer = r.ask(ctx)
	r.asked = r.now()
	return r.answer
}

// ready is nil while the server should get requests.
func (a *App) ready(ctx context.Context) error {
	if a.draining.Load() {
		return errors.New("the server is stopping")
	}
	return a.readiness.check(ctx)
}

// askDatabase is nil while the database answers, takes writes and is migrated.
func (a *App) askDatabase(ctx context.Context) error {
	if err := a.store.Ping(ctx); err != nil {
		a.log.Warn("not ready: the database does not answer", "error", err)
		return errors.New("the database does not answer")
	}
	migrated, err := a.store.Migrated(ctx)
	if err != nil {
		a.log.Warn("not ready: the state of the migrations is not known", "error", err)
		return errors.New("the state of the database's migrations is not known")
	}
	if !migrated {
		return errors.New("the database is not migrated")
	}
	return nil
}
