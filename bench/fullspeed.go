package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// atFullSpeed does it 64 times at once, over and over, for a window of the usual
// length after a time to warm up. It returns how many a second.
func (s *site) atFullSpeed(ctx context.Context, label string, do func() error) (rate float64, err error) {
	var done atomic.Int64
	var stop atomic.Bool
	errs := make(chan error, 64)
	var all sync.WaitGroup
	for range cap(errs) {
		all.Go(func() {
			for !stop.Load() {
				if err := do(); err != nil {
					stop.Store(true)
					errs <- err
					return
				}
				done.Add(1)
			}
		})
	}
	wait(ctx, 500*time.Millisecond)
	close, err := s.watch(ctx, label)
	if err == nil {
		first, begin := done.Load(), time.Now()
		wait(ctx, time.Duration(s.seconds)*time.Second)
		rate = float64(done.Load()-first) / time.Since(begin).Seconds()
		err = close()
	}
	stop.Store(true)
	all.Wait()
	select {
	case err = <-errs:
	default:
	}
	progress("%s on %s: %s %s; %s", s.name, s.kind, label, perSecond(rate), s.last)
	return rate, err
}
