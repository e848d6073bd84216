package store_test

import (
	"encoding/json"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// BenchmarkPublishWhileErasing publishes for one tenant from 16 callers while
// another one with 100,000 events, each with a delivery and an attempt, is erased
// in steps as the server does it.
func BenchmarkPublishWhileErasing(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": testkit.SQLite, "postgres": testkit.DurablePostgres} {
		b.Run(name, func(b *testing.B) {
			r := newRoom(b, url(b))
			gone := r.tenant
			r.longLog(b, 100_000, 24*time.Hour, r.lane)
			r.tenant = models.NewID(models.PrefixTenant)
			must(b, r.CreateTenant(b.Context(), models.Tenant{ID: r.tenant, Name: "Stays", Metadata: json.RawMessage("{}"), CreatedAt: r.now, UpdatedAt: r.now}))
			r.lane = r.newLane(b, "stays")
			r.refresh(b)
			for b.Loop() {
				for _, erasing := range []bool{false, true, false} {
					stop := make(chan struct{})
					var took []time.Duration
					var erased sync.WaitGroup
					begin := time.Now()
					erased.Go(func() {
						defer close(stop)
						if !erasing {
							<-time.After(5 * time.Second)
							return
						}
						if err := r.DeleteTenant(b.Context(), gone, r.now); err != nil {
							b.Error(err)
							return
						}
						took = timedSteps(b, 50*time.Millisecond, func() (bool, error) { return r.PurgeDeleted(b.Context(), 1000) })
					})
					latencies, over := r.publishUntil(b, stop)
					erased.Wait()
					b.Logf("%s erasing=%t: %d publications in %v, p50 %v, p99 %v, most %v; %d steps in %v, p50 %v, most %v", name, erasing, len(latencies),
						over.Round(time.Millisecond), latencies[len(latencies)/2], latencies[len(latencies)*99/100], latencies[len(latencies)-1],
						len(took), time.Since(begin).Round(time.Second), middle(took), last(took))
				}
			}
		})
	}
}
