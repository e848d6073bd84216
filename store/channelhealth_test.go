package store_test

import (
	"testing"
	"time"

	"carillon/models"
)

func TestChannelHealth(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		other, idle := r.newLane(t, "second"), r.newLane(t, "third")
		r.refresh(t)
		since := r.now.Add(-4 * time.Hour)
		list := r.scatter(t, 120, r.now.Add(-6*time.Hour), r.lane, other)
		first := r.item()
		first.Placements[0].Delivery.CreatedAt = r.now.Add(-time.Hour)
		r.publish(t, first, r.item(), r.leased())
		ids := []models.ID{r.lane.ChannelID, other.ChannelID, idle.ChannelID}
		check := func(when string) {
			t.Helper()
			got, err := r.ChannelHealths(t.Context(), ids, since)
			must(t, err)
			for _, lane := range []models.Lane{r.lane, other, idle} {
				var want models.ChannelHealth
				for _, a := range list {
					if a.lane != lane || a.at.Before(since.Truncate(time.Minute)) {
						continue
					}
					want.Attempts++
					if a.failed {
						want.Failed++
					} else {
						want.Succeeded++
					}
				}
				h := got[lane.ChannelID]
				if h.Attempts != want.Attempts || h.Succeeded != want.Succeeded || h.Failed != want.Failed {
					t.Errorf("%s: the health is %+v, want %+v", when, h, want)
				}
				if (h.LatencyP50 == nil) != (want.Attempts == 0) || h.LatencyP50 != nil && *h.LatencyP50 > *h.LatencyP95 {
					t.Errorf("%s: latencies %v and %v of %d attempts", when, h.LatencyP50, h.LatencyP95, want.Attempts)
				}
			}
			h := got[r.lane.ChannelID]
			if h.Backlog != 3 || h.OldestPending == nil || !h.OldestPending.Equal(r.now.Add(-time.Hour)) {
				t.Errorf("%s: %d wait, the oldest since %v", when, h.Backlog, h.OldestPending)
			}
			if h := got[idle.ChannelID]; h.Backlog != 0 || h.OldestPending != nil {
				t.Errorf("%s: of a channel without work %d wait, the oldest since %v", when, h.Backlog, h.OldestPending)
			}
		}
		check("before")
		r.roll(t, 50)
		check("after")
	})
}

func TestGreatBacklogIsCountedOnceInAWhile(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		const n = 1500
		items := make([]models.PublicationItem, n)
		for i := range items {
			items[i] = r.item()
		}
		r.publish(t, items[:n/2]...)
		r.publish(t, items[n/2:]...)
		backlog := func() int {
			t.Helper()
			got, err := r.ChannelHealths(t.Context(), []models.ID{r.lane.ChannelID}, r.now)
			must(t, err)
			h := got[r.lane.ChannelID]
			if h.OldestPending == nil || !h.OldestPending.Equal(items[0].Placements[0].Delivery.CreatedAt) {
				t.Errorf("the oldest waits since %v", h.OldestPending)
			}
			return h.Backlog
		}
		if got := backlog(); got != n {
			t.Errorf("%d wait, want %d", got, n)
		}
		r.publish(t, r.item())
		if got := backlog(); got != n+1 {
			t.Errorf("a count that took no time was remembered: %d wait, want %d", got, n+1)
		}
		r.slow = 20 * time.Millisecond // each look at the clock, and so each count
		if got := backlog(); got != n+1 {
			t.Errorf("%d wait, want %d", got, n+1)
		}
		r.publish(t, r.item())
		r.slow = 0
		if got := backlog(); got != n+1 {
			t.Errorf("a count that took long was not remembered: %d wait, want %d still", got, n+1)
		}
		r.now = r.now.Add(time.Second)
		if got := backlog(); got != n+2 {
			t.Errorf("a count was remembered for too long: %d wait, want %d", got, n+2)
		}
	})
}
