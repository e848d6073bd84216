package app

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// clock tells the database's time, so that nodes whose own clocks differ agree
// on when a lease ends. Between looks at the database it runs by the machine's
// monotonic clock: setting the machine's time does not move it.
type clock struct {
	read    func(context.Context) (time.Time, error) // the database's time
	machine func() time.Time
	log     *slog.Logger
	mark    atomic.Pointer[mark]
}

// mark is one moment on both clocks.
type mark struct {
	machine  time.Time // with its monotonic reading
	database time.Time
}

const (
	clockEvery   = 10 * time.Second
	clockTimeout = 5 * time.Second
	clockLooks   = 3 // of which the quickest is the best
)

// newClock shows the machine's time until it is first synchronised.
func newClock(machine func() time.Time, log *slog.Logger) *clock {
	c := &clock{machine: machine, log: log}
	now := machine()
	c.mark.Store(&mark{machine: now, database: now.Round(0)})
	return c
}

// Now is the database's time, in UTC.
func (c *clock) Now() time.Time {
	m := c.mark.Load()
	return m.database.Add(c.machine().Sub(m.machine)).UTC()
}

// Until wakes up when the clock shows t.
func (c *clock) Until(t time.Time) (<-chan time.Time, func() bool) {
	timer := time.NewTimer(t.Sub(c.Now()))
	return timer.C, timer.Stop
}

// sync looks at the database's clock. A difference that may come from the way
// there and back is left alone, so that the clock does not tremble.
func (c *clock) sync(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, clockTimeout)
	defer cancel()
	var best mark
	var shortest time.Duration
	for i := range clockLooks {
		asked := c.machine()
		told, err := c.read(ctx)
		if err != nil {
			return err
		}
		if took := c.machine().Sub(asked); i == 0 || took < shortest {
			shortest = took
			best = mark{machine: asked.Add(took / 2), database: told.Round(0)}
		}
	}
	old := c.mark.Load()
	drift := best.database.Sub(old.database.Add(best.machine.Sub(old.machine)))
	if drift.Abs() <= shortest/2+time.Millisecond {
		return nil
	}
	c.mark.Store(&best)
	if drift.Abs() > time.Second {
		c.log.Warn("the database's clock differs from this machine's; the database's counts", "difference", drift)
	}
	return nil
}

// run keeps the clock right until ctx ends.
func (c *clock) run(ctx context.Context) {
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := c.sync(ctx); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
			c.log.Warn("the database's clock could not be read; going on by this machine's", "error", err)
		}
	}
}
