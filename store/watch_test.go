package store_test

import (
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// TestQueueIsCountedByWhatItWaitsFor puts a delivery into each state of the queue.
func TestQueueIsCountedByWhatItWaitsFor(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		r := newRoom(t, url)
		at := func(name string, ago time.Duration) models.Lane {
			lane := r.newLane(t, name)
			r.refresh(t)
			for _, back := range []time.Duration{ago, ago / 2} {
				item := r.item()
				item.Placements[0].Delivery.ChannelID, item.Placements[0].Delivery.WebhookID = lane.ChannelID, lane.WebhookID
				item.Placements[0].Due = r.now.Add(-back)
				r.publish(t, item)
			}
			return lane
		}
		at("free", time.Minute)
		paused := at("paused channel", time.Hour)
		halted := at("paused webhook", 2*time.Hour)
		disabled := at("disabled", 3*time.Hour)
		held := at("held", 4*time.Hour)
		until := r.now.Add(time.Minute)
		r.mark(t, paused, func(c *models.Channel) { c.Status = models.ChannelPaused })
		r.mark(t, disabled, func(c *models.Channel) { c.Status = models.ChannelDisabled })
		r.mark(t, held, func(c *models.Channel) { c.HeldUntil = &until })
		_, err := r.UpdateWebhook(t.Context(), halted.WebhookID, func(w *models.Webhook) error {
			w.Status = models.WebhookPaused
			return nil
		})
		must(t, err)
		r.refresh(t)
		r.publish(t, r.leased())
		later := r.item()
		later.Placements[0].Due = r.now.Add(time.Hour)
		r.publish(t, later)

		depth, err := r.QueueDepth(t.Context(), r.now)
		must(t, err)
		for state, want := range map[models.WaitState]int{
			models.WaitDue: 2, models.WaitPaused: 4, models.WaitDisabled: 2, models.WaitHeld: 2,
			models.WaitLeased: 1, models.WaitScheduled: 1, models.WaitOrdered: 0, models.WaitReport: 0,
		} {
			if got, there := depth.Waiting[state]; got != want || !there {
				t.Errorf("%s: %d deliveries, want %d", state, got, want)
			}
		}
		oldest, err := r.OldestDue(t.Context(), r.now)
		must(t, err)
		for state, ago := range map[models.WaitState]time.Duration{
			models.WaitDue: time.Minute, models.WaitPaused: 2 * time.Hour, models.WaitDisabled: 3 * time.Hour, models.WaitHeld: 4 * time.Hour,
		} {
			if got := r.now.Sub(oldest[state]); got != ago {
				t.Errorf("%s: the oldest is due for %v, want %v", state, got, ago)
			}
		}
		if len(oldest) != 4 {
			t.Errorf("the oldest are of the states %v", oldest)
		}
	})
}

// mark changes the channel of a lane.
func (r *room) mark(t *testing.T, lane models.Lane, change func(*models.Channel)) {
	t.Helper()
	_, err := r.UpdateChannel(t.Context(), lane.ChannelID, func(c *models.Channel) error {
		change(c)
		return nil
	})
	must(t, err)
}

// TestOrderedOnesAreApart: what waits behind another of its entity is not due, and
// is known by when its event came.
func TestOrderedOnesAreApart(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		r := newRoom(t, url)
		r.orderLane(t)
		since := r.now
		for range 3 {
			r.publish(t, r.ordered("CONT-1"))
			r.now = r.now.Add(time.Second)
		}
		depth, err := r.QueueDepth(t.Context(), r.now)
		must(t, err)
		if depth.Waiting[models.WaitOrdered] != 2 || depth.Waiting[models.WaitDue] != 1 {
			t.Errorf("the depth is %v, want 2 behind 1", depth.Waiting)
		}
		if depth.OrderedSince == nil || depth.OrderedSince.Sub(since) != time.Second {
			t.Errorf("the oldest behind another came at %v, want a second after %v", depth.OrderedSince, since)
		}
	})
}

// TestInventory counts what people have made, and measures the database.
func TestInventory(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		r := newRoom(t, url)
		paused := r.newLane(t, "second")
		r.mark(t, paused, func(c *models.Channel) { c.Status = models.ChannelPaused })
		in, err := r.Inventory(t.Context())
		must(t, err)
		if in.Tenants != 1 || in.Webhooks[models.WebhookActive] != 2 || in.Recoveries != 0 ||
			in.Channels[models.ChannelCount{Kind: models.KindHTTP, Status: models.ChannelActive}] != 1 ||
			in.Channels[models.ChannelCount{Kind: models.KindHTTP, Status: models.ChannelPaused}] != 1 {
			t.Errorf("the inventory is %+v", in)
		}
		if size, err := r.Size(t.Context()); err != nil || size < 100_000 {
			t.Errorf("the size is %d, %v", size, err)
		}
		for _, pool := range r.Pools() {
			if pool.Max == 0 || pool.Name == "" {
				t.Errorf("a pool is %+v", pool)
			}
		}
	})
}

// BenchmarkWatchingAGreatQueue samples a queue of a million deliveries in a hundred
// lanes, in PostgreSQL.
func BenchmarkWatchingAGreatQueue(b *testing.B) {
	const lanes, rows = 100, 1_000_000
	r := newRoom(b, testkit.DurablePostgres(b))
	db := rawDB(b, r.url)
	for i := range lanes {
		lane := r.newLane(b, "lane"+string(rune('A'+i%26))+string(rune('A'+i/26)))
		_, err := db.ExecContext(b.Context(), `INSERT INTO queue (delivery_id, channel_id, webhook_id, due_at, manual)
			SELECT gen_random_uuid(), $1, $2, $3, false FROM generate_series(1, $4::int)`,
			lane.ChannelID.UUID, lane.WebhookID.UUID, r.now.Add(-time.Hour).UnixMicro(), rows/lanes)
		must(b, err)
	}
	b.Run("depth", func(b *testing.B) {
		for b.Loop() {
			depth, err := r.QueueDepth(b.Context(), r.now)
			if must(b, err); depth.Waiting[models.WaitDue] != rows {
				b.Fatal(depth)
			}
		}
	})
	b.Run("oldest", func(b *testing.B) {
		for b.Loop() {
			oldest, err := r.OldestDue(b.Context(), r.now)
			if must(b, err); len(oldest) != 1 {
				b.Fatal(oldest)
			}
		}
	})
}
