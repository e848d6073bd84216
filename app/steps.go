package app

import (
	"context"
	"time"
)

// faultRest is how long the first rest after a fault is: a connection that breaks
// off is back soon, and what grows meanwhile is to be erased.
const faultRest = time.Second

// resting is a step that says how long to rest before the next, while there is more to do.
func resting(rest time.Duration, step func() (more bool, err error)) func() (time.Duration, error) {
	return func() (time.Duration, error) {
		more, err := step()
		if !more {
			return 0, err
		}
		return rest, err
	}
}

// inSteps does something now and then, after the rest that the step names while
// there is more of it, and after longer and longer ones while it fails, until ctx ends.
func (a *App) inSteps(ctx context.Context, task string, every time.Duration, failed string, step func() (rest time.Duration, err error)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	fault := faultRest
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		rest, err := step()
		if ctx.Err() != nil {
			return
		}
		a.metrics.Tasks.Done(task, err)
		switch {
		case err != nil:
			a.log.Warn(failed, "error", err)
			timer.Reset(fault)
			fault = min(2*fault, every)
			continue
		case rest > 0:
			timer.Reset(rest)
		default:
			timer.Reset(every)
		}
		fault = faultRest
	}
}
