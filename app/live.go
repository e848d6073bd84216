package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"carillon/models"
	"carillon/store"
	"carillon/stream"
)

// live is the streams that subscribers follow.
type live struct {
	attempts *stream.Hub[models.Attempt]
	events   *stream.Hub[models.Event]
	updates  *stream.Board[models.Delivery]
	remote   *remoteUpdates
	run      background
}

func newLive(s *store.Store, log *slog.Logger) *live {
	l := &live{
		attempts: stream.NewHub(stream.Config[models.Attempt]{
			Head: s.AttemptsHead,
			Read: func(ctx context.Context, after, upTo int64, limit int) ([]models.Attempt, error) {
				return s.AttemptsBetween(ctx, after, upTo, models.AttemptFilter{IncludeTests: true}, limit)
			},
			Seq: func(a *models.Attempt) int64 { return a.Seq },
			Key: func(a *models.Attempt) string { return a.TenantID.String() },
			Log: log,
		}),
		events: stream.NewHub(stream.Config[models.Event]{
			Head: s.EventsHead,
			Read: func(ctx context.Context, after, upTo int64, limit int) ([]models.Event, error) {
				return s.EventsBetween(ctx, after, upTo, models.EventFilter{IncludeTests: true}, limit)
			},
			Seq: func(e *models.Event) int64 { return e.Seq },
			Key: func(e *models.Event) string { return e.TenantID.String() },
			Log: log,
		}),
		updates: stream.NewBoard[models.Delivery](0),
	}
	l.remote = newRemoteUpdates(s, l.updates, log)
	l.run.ctx, l.run.cancel = context.WithCancel(context.Background())
	return l
}

// start runs the streams until stop; failed hears of one that ends by itself.
func (l *live) start(failed func(error)) {
	for name, run := range map[string]func(context.Context) error{"attempts": l.attempts.Run, "events": l.events.Run} {
		l.run.run(func(ctx context.Context) {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				failed(fmt.Errorf("stream %s: %w", name, err))
			}
		})
	}
	l.run.run(l.remote.run)
	l.run.run(l.look)
}

// lookPeriod is how long a notice that was lost can go unnoticed: one that its
// node did not send before it died, and that no later one made up for.
const lookPeriod = 5 * time.Second

// look lets the streams that somebody follows look for themselves.
func (l *live) look(ctx context.Context) {
	tick := time.NewTicker(lookPeriod)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.attempts.Hint(0)
			l.events.Hint(0)
		}
	}
}

func (l *live) committed(c models.Commit) {
	l.attempts.Feed(c.Attempts)
	l.events.Feed(c.Events)
	l.updates.Post(c.Updates)
	l.remote.committed(c.Attempts)
}

func (l *live) noticed(n models.Notice) {
	if n.AttemptsTo > 0 || n.Interrupted {
		l.attempts.Hint(n.AttemptsTo)
	}
	if n.EventsUpTo > 0 || n.Interrupted {
		l.events.Hint(n.EventsUpTo)
	}
	l.remote.noticed(n)
}

// stop ends every subscription and waits for them. It may be called twice.
func (l *live) stop() {
	l.run.stop()
	l.updates.Close()
}
