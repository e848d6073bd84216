package store_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/store"
)

// TestNothingDeadlocks lets everything that locks rows meet, from two stores:
// whatever the database breaks up is done again, and nobody sees an error.
func TestNothingDeadlocks(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		second, _ := r.open(t, nil)
		const n = 120
		items := make([]models.PublicationItem, n)
		ids := make([]models.ID, n)
		for i := range items {
			items[i] = r.leased()
			ids[i] = items[i].Placements[0].Delivery.ID
		}
		r.publish(t, items...)
		var wg sync.WaitGroup
		fine := func(what string, err error) {
			if code := models.CodeOf(err); err != nil && code != models.CodeConflict {
				t.Errorf("%s: %v", what, err)
			}
		}
		for i := range 12 {
			s := []*store.Store{r.Store, second}[i%2]
			shuffled := slices.Clone(ids)
			rand.Shuffle(n, func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
			wg.Go(func() {
				for k := range 10 {
					part := shuffled[k*10 : k*10+10]
					_, err := s.Extend(t.Context(), r.node, part, r.now.Add(time.Hour))
					fine("extend", err)
					fine("release", s.Release(t.Context(), r.node, part[:3], r.now))
					fine("requeue", s.Requeue(t.Context(), []models.Requeue{{DeliveryID: part[1], Due: r.now}, {DeliveryID: part[0], Due: r.now}}))
					_, err = s.Claim(t.Context(), r.request(5))
					fine("claim", err)
					_, err = s.Cancel(t.Context(), part[2], r.now)
					fine("cancel", err)
				}
			})
			wg.Go(func() {
				for k := range 10 {
					item := items[(i*10+k)%n]
					c := r.outcome(item, []models.DeliveryStatus{models.DeliverySucceeded, models.DeliveryRetrying}[k%2])
					if k%4 == 1 {
						c.DisableChannel = "it is gone"
					}
					_, err := s.Complete(t.Context(), c)
					fine("complete", err)
				}
			})
		}
		wg.Go(func() {
			for range 15 {
				_, err := second.UpdateChannel(t.Context(), r.lane.ChannelID, func(c *models.Channel) error {
					c.Status = models.ChannelActive
					return nil
				})
				fine("resume", err)
			}
		})
		wg.Wait()
	})
}
