package app

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"carillon/testkit"
)

// TestAStormOfProbesAsksTheDatabaseOnce: however many ask, and whether they wait
// for the answer or not, the database hears of it once a second.
func TestAStormOfProbesAsksTheDatabaseOnce(t *testing.T) {
	t.Parallel()
	clock, asked, gate := testkit.NewClock(), atomic.Int64{}, make(chan struct{})
	var away atomic.Bool
	r := newReadiness(clock.Now, func(ctx context.Context) error {
		asked.Add(1)
		<-gate
		if away.Load() {
			return errors.New("away")
		}
		return ctx.Err()
	})
	impatient, leave := context.WithCancel(t.Context())
	var probes sync.WaitGroup
	for i := range 200 {
		probes.Go(func() {
			ctx := t.Context()
			if i%2 == 0 {
				ctx = impatient
			}
			if err := r.check(ctx); err != nil && ctx != impatient {
				t.Error(err)
			}
		})
	}
	leave()
	close(gate)
	probes.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("the database was asked %d times", n)
	}
	away.Store(true)
	clock.Advance(readyFresh / 2)
	if err := r.check(t.Context()); err != nil {
		t.Errorf("half a second later: %v", err)
	}
	clock.Advance(readyFresh)
	if err := r.check(t.Context()); err == nil {
		t.Error("the database is away, and the answer of before holds")
	}
	away.Store(false)
	clock.Advance(readyFresh)
	if err := r.check(t.Context()); err != nil || asked.Load() != 3 {
		t.Errorf("back again: %v, asked %d times", err, asked.Load())
	}
}
