package store_test

import (
	"reflect"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

func TestHeldChannels(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		first, second := r.leased(), r.item()
		r.publish(t, first, second)
		r.heard()
		until := r.now.Add(30 * time.Second)
		c := r.outcome(first, models.DeliveryRetrying)
		c.Hold, c.Uncounted = &until, true
		c.Parts[0].Delivery.RetryBase = 1
		r.complete(t, c)
		if told := r.heard(); len(told) != 1 || !reflect.DeepEqual(told[0].Holds, []models.Hold{{ChannelID: r.lane.ChannelID, Until: until}}) {
			t.Errorf("told %+v", told)
		}
		if d := r.delivery(t, first.Placements[0].Delivery.ID); d.RetryBase != 1 {
			t.Errorf("the schedule begins at %d", d.RetryBase)
		}
		channel, err := r.ChannelLive(t.Context(), r.lane.ChannelID)
		if err != nil || channel.HeldUntil == nil || !channel.HeldUntil.Equal(until) || channel.ConsecutiveFailures != 0 {
			t.Errorf("the channel is %+v, %v", channel, err)
		}
		expectLanes(t, r, map[models.Lane]time.Time{r.lane: until}, r.lane)
		dues, err := r.NextDue(t.Context(), []models.Lane{r.lane})
		if err != nil || len(dues) != 1 || !dues[0].Due.Equal(until) {
			t.Errorf("due %v, %v", dues, err)
		}
		r.now = until.Add(-time.Microsecond)
		if work := r.claim(t, 5); len(work) > 0 {
			t.Error("claimed from a channel that is held")
		}
		if work := r.messages(t, r.batch(5, 2)); len(work) > 0 {
			t.Error("made a message of a channel that is held")
		}
		r.now = until
		if work := r.claim(t, 5); len(work) != 2 {
			t.Errorf("claimed %d when the hold was over", len(work))
		}
		sooner := until.Add(-time.Second)
		c = r.outcome(second, models.DeliverySucceeded)
		c.Hold = &sooner
		r.heard()
		r.complete(t, c)
		if told := r.heard(); len(told) != 1 || len(told[0].Holds) > 0 {
			t.Errorf("of a hold that changes nothing told %+v", told)
		}
		channel, err = r.ChannelLive(t.Context(), r.lane.ChannelID)
		if err != nil || !channel.HeldUntil.Equal(until) {
			t.Errorf("the hold ends at %v, %v", channel.HeldUntil, err)
		}
	})
}

func TestBulkLanes(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		fresh, back := r.item(), r.item()
		r.publish(t, fresh, back)
		bulk := r.lane
		bulk.Bulk = true
		id := back.Placements[0].Delivery.ID.UUID
		var arg any = id[:]
		if r.url[0] == 'p' {
			arg = id.String()
		}
		_, err := rawDB(t, r.url).ExecContext(t.Context(), "UPDATE queue SET bulk = true, due_at = due_at - 1 WHERE delivery_id = $1", arg)
		must(t, err)
		due := map[models.Lane]time.Time{r.lane: r.now, bulk: r.now.Add(-time.Microsecond)}
		expectLanes(t, r, due, bulk, r.lane)
		dues, err := r.NextDue(t.Context(), []models.Lane{bulk, r.lane})
		if err != nil || len(dues) != 2 {
			t.Errorf("due %v, %v", dues, err)
		}
		if d := r.delivery(t, back.Placements[0].Delivery.ID); !d.Bulk {
			t.Errorf("it is %+v", d)
		}
		if work := r.claim(t, 5); len(work) != 1 || work[0].Delivery.Bulk || work[0].Delivery.ID != fresh.Placements[0].Delivery.ID {
			t.Errorf("claimed %+v of the fresh lane", work)
		}
		request := r.request(5)
		request.Lanes[0].Lane = bulk
		work, err := r.Claim(t.Context(), request)
		if err != nil || len(work) != 1 || !work[0].Delivery.Bulk {
			t.Fatalf("claimed %+v of the other lane, %v", work, err)
		}
		c := r.outcome(back, models.DeliveryRetrying)
		c.Parts[0].Delivery.Bulk = true
		r.heard()
		r.complete(t, c)
		if told := r.heard(); len(told) != 1 || len(told[0].Lanes) != 1 || told[0].Lanes[0].Lane != bulk {
			t.Errorf("told %+v", told)
		}
		must(t, r.Requeue(t.Context(), []models.Requeue{{DeliveryID: back.Placements[0].Delivery.ID, Due: r.now}}))
		if work := r.claim(t, 5); len(work) != 1 {
			t.Error("what a person asks for stays behind the rest")
		}
	})
}

// TestNoticesTellOfPaces sends each kind of news that owners of channels live by.
func TestNoticesTellOfPaces(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	heard, stop := listen(t, r)
	defer stop()
	hear(t, heard, interrupted)
	leased := r.leased()
	r.publish(t, leased)
	hear(t, heard, func(n models.Notice) bool { return n.EventsUpTo == 1 })
	r.publish(t, r.item(), r.item())
	n := hear(t, heard, func(n models.Notice) bool { return true })
	if !reflect.DeepEqual(n.Lanes, []models.LaneDue{{Lane: r.lane, Due: r.now, Fresh: 2}}) {
		t.Errorf("publishing told %+v", n)
	}
	until := r.now.Add(time.Minute)
	c := r.outcome(leased, models.DeliveryRetrying)
	c.Hold, c.Parts[0].Delivery.Bulk = &until, true
	r.complete(t, c)
	n = hear(t, heard, func(n models.Notice) bool { return true })
	if !reflect.DeepEqual(n.Holds, []models.Hold{{ChannelID: r.lane.ChannelID, Until: until}}) || len(n.Lanes) != 1 || !n.Lanes[0].Lane.Bulk {
		t.Errorf("holding told %+v", n)
	}
	own(t, r.Store, r.node, r.now, r.lane.ChannelID)
	must(t, r.Disown(t.Context(), r.node, []models.ID{r.lane.ChannelID}))
	if n = hear(t, heard, func(n models.Notice) bool { return true }); !reflect.DeepEqual(n.Freed, []models.ID{r.lane.ChannelID}) {
		t.Errorf("letting go told %+v", n)
	}
}
