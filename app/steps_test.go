package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"carillon/telemetry"
)

// TestStepsGoOnAfterFaults: what is done in steps rests for a short while after a
// fault, for longer after each further one, and goes on as before when it is over.
func TestStepsGoOnAfterFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		a := &App{log: slog.New(slog.DiscardHandler), metrics: telemetry.New(telemetry.Config{Now: time.Now})}
		const every, rest = 5 * time.Second, 10 * time.Millisecond
		broken := errors.New("the connection is gone")
		answers := []struct {
			more bool
			err  error
			next time.Duration // until the next step
		}{
			{more: true, next: rest}, {err: broken, next: time.Second}, {err: broken, next: 2 * time.Second}, {err: broken, next: 4 * time.Second},
			{err: broken, next: every}, {err: broken, next: every}, {more: true, next: rest}, {next: every}, {err: broken, next: time.Second}, {next: every},
		}
		var want, got []time.Duration
		var last time.Time
		step := 0
		a.inSteps(ctx, "retention", every, "failed", resting(rest, func() (bool, error) {
			if step > 0 {
				got, want = append(got, time.Since(last)), append(want, answers[step-1].next)
			}
			last = time.Now()
			if step == len(answers) {
				cancel()
				return false, nil
			}
			step++
			return answers[step-1].more, answers[step-1].err
		}))
		if !slices.Equal(got, want) {
			t.Errorf("it rested %v, want %v", got, want)
		}
	})
}

// TestRetentionHurries the further it is behind.
func TestRetentionHurries(t *testing.T) {
	t.Parallel()
	usual := pace{events: 100, rest: 20 * time.Millisecond}
	for behind, want := range map[time.Duration]pace{
		0: usual, 30 * time.Second: usual, 31 * time.Second: {events: 200, rest: 10 * time.Millisecond},
		90 * time.Second: {events: 200, rest: 10 * time.Millisecond}, 91 * time.Second: {events: 400, rest: 5 * time.Millisecond},
		time.Hour: {events: 400, rest: 5 * time.Millisecond},
	} {
		if got := usual.when(behind); got != want {
			t.Errorf("%s behind it takes %+v, want %+v", behind, got, want)
		}
	}
}
