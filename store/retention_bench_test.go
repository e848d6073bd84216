package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// BenchmarkPublishWhilePurging publishes from 16 callers, at first alone and then
// while 100,000 old events are erased in steps as the server does it.
func BenchmarkPublishWhilePurging(b *testing.B) {
	for name, db := range map[string]struct {
		url  func(testing.TB) string
		step int
		rest time.Duration
	}{"sqlite": {testkit.SQLite, 100, 20 * time.Millisecond}, "postgres": {testkit.DurablePostgres, 500, 50 * time.Millisecond}} {
		b.Run(name, func(b *testing.B) {
			r := newRoom(b, db.url(b))
			r.longLog(b, 100_000, 30*24*time.Hour, r.lane)
			for b.Loop() {
				for _, purging := range []bool{false, true, false} {
					stop := make(chan struct{})
					var took []time.Duration
					var purged sync.WaitGroup
					purged.Go(func() {
						if purging {
							took = timedSteps(b, db.rest, func() (bool, error) {
								more, _, err := r.PurgeOld(b.Context(), r.now, db.step)
								return more, err
							})
						} else {
							<-time.After(5 * time.Second)
						}
						close(stop)
					})
					latencies, over := r.publishUntil(b, stop)
					purged.Wait()
					b.Logf("%s purging=%t: %d publications in %v, p50 %v, p99 %v, most %v; steps p50 %v, most %v", name, purging, len(latencies),
						over.Round(time.Millisecond), latencies[len(latencies)/2], latencies[len(latencies)*99/100], latencies[len(latencies)-1],
						middle(took), last(took))
				}
			}
		})
	}
}

// timedSteps goes on until nothing is left, and tells how long each step took.
func timedSteps(b *testing.B, rest time.Duration, step func() (more bool, err error)) (took []time.Duration) {
	for {
		begin := time.Now()
		more, err := step()
		if must(b, err); !more {
			slices.Sort(took)
			return took
		}
		took = append(took, time.Since(begin))
		<-time.After(rest)
	}
}

func (r *room) publishUntil(b *testing.B, stop <-chan struct{}) (latencies []time.Duration, over time.Duration) {
	var mu sync.Mutex
	var callers sync.WaitGroup
	begin := time.Now()
	for range 16 {
		callers.Go(func() {
			var own []time.Duration
			for {
				select {
				case <-stop:
					mu.Lock()
					latencies = append(latencies, own...)
					mu.Unlock()
					return
				default:
				}
				at := time.Now()
				item := r.leased()
				if _, err := r.Publish(b.Context(), r.publication(item)); err != nil {
					b.Error(err)
					return
				}
				own = append(own, time.Since(at))
				if _, err := r.Complete(b.Context(), r.outcome(item, models.DeliverySucceeded)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
	slices.Sort(latencies)
	return latencies, time.Since(begin)
}

func middle(sorted []time.Duration) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

func last(sorted []time.Duration) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)-1]
}
