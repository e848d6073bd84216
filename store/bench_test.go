package store_test

import (
	"sync/atomic"
	"testing"

	"carillon/models"
	"carillon/testkit"
)

// callers is how many publish and complete at once.
const callers = 64

// BenchmarkPublish stores events of 1 KB, each with a delivery that is leased
// to the publisher.
func BenchmarkPublish(b *testing.B) {
	benchmark(b, func(r *room, pb *testing.PB) error {
		for pb.Next() {
			if _, err := r.Publish(b.Context(), r.publication(r.leased())); err != nil {
				return err
			}
		}
		return nil
	})
}

// BenchmarkComplete stores events likewise, and completes each by one attempt.
func BenchmarkComplete(b *testing.B) {
	benchmark(b, func(r *room, pb *testing.PB) error {
		for pb.Next() {
			item := r.leased()
			if _, err := r.Publish(b.Context(), r.publication(item)); err != nil {
				return err
			}
			held, err := r.Complete(b.Context(), r.outcome(item, models.DeliverySucceeded))
			if err != nil || !held[0] {
				b.Errorf("complete: held %t, %v", held, err)
			}
		}
		return nil
	})
}

// BenchmarkBatches stores a hundred events, claims them as one message and
// completes that; an operation is one message.
func BenchmarkBatches(b *testing.B) {
	benchmark(b, func(r *room, pb *testing.PB) error {
		for pb.Next() {
			items := make([]models.PublicationItem, 100)
			for i := range items {
				items[i] = r.item()
			}
			if _, err := r.Publish(b.Context(), r.publication(items...)); err != nil {
				return err
			}
			work, err := r.Claim(b.Context(), r.batch(100, 100))
			if err != nil {
				return err
			}
			for _, message := range byMessage(b, work) {
				if _, err := r.Complete(b.Context(), r.ended(message, models.DeliverySucceeded)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func benchmark(b *testing.B, work func(r *room, pb *testing.PB) error) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": testkit.SQLite, "postgres": testkit.DurablePostgres} {
		b.Run(name, func(b *testing.B) {
			r := newRoom(b, url(b))
			var commits atomic.Int64
			r.Store, r.node = r.open(b, func(models.Commit) { commits.Add(1) })
			b.SetParallelism(callers / 2) // times the processors, of which benchmarks of one machine count two
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				if err := work(r, pb); err != nil {
					b.Error(err)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
			b.ReportMetric(float64(b.N)/float64(commits.Load()), "deliveries/commit")
		})
	}
}
