package store_test

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
)

func TestClaimGivesAllThatAnAttemptNeeds(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.keyed("key", "contact-7")
		item.Event.Tags = []string{"a"}
		stored := r.publish(t, item)[0].Event
		r.publish(t, r.item(), r.item())
		r.heard()
		work := r.claim(t, 2)
		if len(work) != 2 {
			t.Fatalf("claimed %d", len(work))
		}
		i := slices.IndexFunc(work, func(w models.Work) bool { return w.Event.ID == stored.ID })
		w := work[max(i, 0)]
		if !reflect.DeepEqual(w.Event, stored) || w.Trigger != models.TriggerAutomatic || w.Rescued || !w.LeaseUntil.Equal(r.now.Add(time.Minute)) {
			t.Errorf("claimed %s %s until %s, rescued %t", w.Event.ID, w.Trigger, w.LeaseUntil, w.Rescued)
		}
		d := r.delivery(t, w.Delivery.ID)
		if d.Status != models.DeliveryDelivering || !reflect.DeepEqual(d, w.Delivery) {
			t.Errorf("the delivery is %+v\nclaimed %+v", d, w.Delivery)
		}
		if commits := r.heard(); len(commits) != 1 || len(commits[0].Updates) != 2 || commits[0].Updates[0].Status != models.DeliveryDelivering {
			t.Errorf("told of %d commits", len(commits))
		}
		if rest := r.claim(t, 10); len(rest) != 1 {
			t.Errorf("then claimed %d", len(rest))
		}
		if nothing := r.claim(t, 10); len(nothing) != 0 {
			t.Errorf("at last claimed %d", len(nothing))
		}
		if nothing := r.claim(t, 0); len(nothing) != 0 {
			t.Errorf("claimed %d of none", len(nothing))
		}
	})
}

func TestClaimIsExclusive(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		const n = 300
		items := make([]models.PublicationItem, n)
		for i := range items {
			items[i] = r.item()
		}
		r.publish(t, items...)
		second, node := r.open(t, nil)
		var mu sync.Mutex
		owners := make(map[models.ID]models.NodeID)
		var wg sync.WaitGroup
		for i := range 8 {
			s, owner := r.Store, r.node
			if i%2 == 1 {
				s, owner = second, node
			}
			wg.Go(func() {
				for empty := 0; empty < 3; {
					request := r.request(7)
					request.Owner = owner
					work, err := s.Claim(t.Context(), request)
					if err != nil {
						t.Error(err)
						return
					}
					if len(work) == 0 {
						empty++
					}
					mu.Lock()
					for _, w := range work {
						if former, taken := owners[w.Delivery.ID]; taken {
							t.Errorf("%s was claimed by %s and %s", w.Delivery.ID, former, owner)
						}
						owners[w.Delivery.ID] = owner
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(owners) != n {
			t.Errorf("claimed %d of %d", len(owners), n)
		}
	})
}

func TestClaimOrderAndQuotas(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		other := r.newLane(t, "second")
		r.refresh(t)
		late, early, elsewhere := r.item(), r.item(), r.item()
		late.Placements[0].Due = r.now.Add(2 * time.Second)
		early.Placements[0].Due = r.now.Add(time.Second)
		elsewhere.Placements[0].Delivery.ChannelID, elsewhere.Placements[0].Delivery.WebhookID = other.ChannelID, other.WebhookID
		r.publish(t, late, early, elsewhere)
		request := r.request(1)
		request.Lanes = append(request.Lanes, models.LaneQuota{Lane: other, Max: 5}, models.LaneQuota{Lane: models.Lane{
			ChannelID: models.NewID(models.PrefixChannel), WebhookID: models.NewID(models.PrefixWebhook)}, Max: 5})
		if work, err := r.Claim(t.Context(), request); err != nil || len(work) != 1 || work[0].Delivery.ID != elsewhere.Placements[0].Delivery.ID {
			t.Errorf("before anything else is due, claimed %v, %v", work, err)
		}
		r.now = r.now.Add(time.Minute)
		if work := r.claim(t, 1); len(work) != 1 || work[0].Delivery.ID != early.Placements[0].Delivery.ID {
			t.Error("the one that was due first was not claimed first")
		}
	})
}

func TestExpiredLeasesAreRescued(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.leased())
		if work := r.claim(t, 1); len(work) > 0 {
			t.Fatal("a lease that runs was claimed")
		}
		r.now = r.now.Add(time.Minute)
		work := r.claim(t, 1)
		if len(work) != 1 || !work[0].Rescued {
			t.Fatalf("claimed %d", len(work))
		}
	})
}

func TestLanes(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		lanes := []models.Lane{r.lane, r.newLane(t, "b"), r.newLane(t, "c"), r.newLane(t, "d")}
		r.refresh(t)
		due := map[models.Lane]time.Time{}
		for i, lane := range lanes {
			for k := range 3 {
				item := r.item()
				item.Placements[0].Delivery.ChannelID, item.Placements[0].Delivery.WebhookID = lane.ChannelID, lane.WebhookID
				item.Placements[0].Due = r.now.Add(time.Duration(10-i+k) * time.Second)
				r.publish(t, item)
			}
			due[lane] = r.now.Add(time.Duration(10-i) * time.Second)
		}
		expectLanes(t, r, due, lanes[3], lanes[2], lanes[1], lanes[0])

		_, err := r.UpdateWebhook(t.Context(), lanes[1].WebhookID, func(w *models.Webhook) error { w.Status = models.WebhookPaused; return nil })
		must(t, err)
		_, err = r.UpdateChannel(t.Context(), lanes[2].ChannelID, func(c *models.Channel) error { c.Status = models.ChannelPaused; return nil })
		must(t, err)
		expectLanes(t, r, due, lanes[3], lanes[0])
		request := r.request(0)
		request.Now = r.now.Add(time.Hour)
		for _, lane := range lanes {
			request.Lanes = append(request.Lanes, models.LaneQuota{Lane: lane, Max: 10})
		}
		work, err := r.Claim(t.Context(), request)
		if err != nil || len(work) != 6 {
			t.Errorf("claimed %d of 6, %v", len(work), err)
		}
		for _, w := range work {
			if lane := w.Delivery.Lane(); lane == lanes[1] || lane == lanes[2] {
				t.Error("claimed from a lane that is paused")
			}
		}
	})
}

func expectLanes(t *testing.T, r *room, due map[models.Lane]time.Time, want ...models.Lane) {
	t.Helper()
	got, err := r.Lanes(t.Context())
	must(t, err)
	var wanted []models.LaneDue
	for _, lane := range want {
		wanted = append(wanted, models.LaneDue{Lane: lane, Due: due[lane]})
	}
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("lanes are %v\nwant %v", got, wanted)
	}
}

func TestNoLanes(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		if lanes, err := r.Lanes(t.Context()); err != nil || len(lanes) > 0 {
			t.Errorf("an empty queue has lanes %v, %v", lanes, err)
		}
	})
}

func TestExtendAndRelease(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		mine, theirs := r.leased(), r.leased()
		r.publish(t, mine)
		p := r.publication(theirs)
		p.Owner = uuid.New()
		_, err := r.Publish(t.Context(), p)
		must(t, err)
		ids := []models.ID{theirs.Placements[0].Delivery.ID, mine.Placements[0].Delivery.ID, models.NewID(models.PrefixDelivery)}

		held, err := r.Extend(t.Context(), r.node, ids, r.now.Add(time.Hour))
		if err != nil || !slices.Equal(held, ids[1:2]) {
			t.Errorf("extended %v, %v", held, err)
		}
		if none, err := r.Extend(t.Context(), r.node, nil, r.now); err != nil || len(none) > 0 {
			t.Errorf("extended %v of none, %v", none, err)
		}
		r.now = r.now.Add(10 * time.Minute)
		if work := r.claim(t, 10); len(work) != 1 || work[0].Delivery.ID != ids[0] {
			t.Errorf("claimed %d; only the one that was not extended has run out", len(work))
		}
		must(t, r.Release(t.Context(), r.node, ids[:1], r.now)) // claimed by the same node above
		r.heard()
		must(t, r.Release(t.Context(), r.node, ids, r.now.Add(time.Second)))
		commits := r.heard()
		if len(commits) != 1 || len(commits[0].Updates) != 1 || commits[0].Updates[0].Status != models.DeliveryPending ||
			!reflect.DeepEqual(commits[0].Lanes, []models.LaneDue{{Lane: r.lane, Due: r.now.Add(time.Second)}}) {
			t.Errorf("told %d commits", len(commits))
		}
		if r.complete(t, r.outcome(mine, models.DeliverySucceeded)) {
			t.Error("completed after the lease was given back")
		}
		r.now = r.now.Add(time.Second)
		if work := r.claim(t, 10); len(work) != 2 || work[0].Rescued || work[1].Rescued {
			t.Errorf("claimed %d of two that were given back", len(work))
		}
	})
}

func TestReleaseAll(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.leased(), r.leased())
		must(t, r.ReleaseAll(t.Context(), r.now))
		want := 2
		if r.url[0] == 'p' {
			want = 0
		}
		if work := r.claim(t, 10); len(work) != want {
			t.Errorf("claimed %d, want %d", len(work), want)
		}
	})
}

func TestRequeue(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		id := item.Placements[0].Delivery.ID
		again := []models.Requeue{{DeliveryID: id, Due: r.now, Manual: true}}
		if err := r.Requeue(t.Context(), again); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("a leased delivery: %v", err)
		}
		r.complete(t, r.outcome(item, models.DeliveryRetrying))
		must(t, r.Requeue(t.Context(), again))
		d := r.delivery(t, id)
		if d.Status != models.DeliveryRetrying || d.RetryBase != 1 || !d.NextAttemptAt.Equal(r.now) {
			t.Errorf("one that waited is %+v", d)
		}
		expectManual(t, r, models.TriggerManual)
		failed := r.outcome(item, models.DeliveryFailed)
		failed.Parts[0].Delivery.AttemptCount, failed.Parts[0].Delivery.CompletedAt, failed.Parts[0].Attempt.Number = 2, &r.now, 2
		r.complete(t, failed)
		r.heard()
		must(t, r.Requeue(t.Context(), again))
		if d = r.delivery(t, id); d.Status != models.DeliveryRetrying || d.RetryBase != 2 || d.CompletedAt != nil || !d.NextAttemptAt.Equal(r.now) {
			t.Errorf("one that had failed is %+v", d)
		}
		if commits := r.heard(); len(commits) != 1 || !reflect.DeepEqual(commits[0].Updates, []models.Delivery{d}) || len(commits[0].Lanes) != 1 {
			t.Errorf("told %d commits", len(commits))
		}
		if _, err := r.Cancel(t.Context(), id, r.now); err != nil {
			t.Error(err)
		}
		again[0].Manual = false
		must(t, r.Requeue(t.Context(), again))
		expectManual(t, r, models.TriggerAutomatic)
		r.now = r.now.Add(time.Hour) // the lease has run out: nobody works on it
		again[0].Due = r.now
		must(t, r.Requeue(t.Context(), again))
	})
}

func expectManual(t *testing.T, r *room, want models.AttemptTrigger) {
	t.Helper()
	if work := r.claim(t, 1); len(work) != 1 || work[0].Trigger != want {
		t.Errorf("claimed %d, not by the trigger %s", len(work), want)
	}
}

// TestManualIsKeptOverARelease is about a delivery that a stopping node gives back.
func TestManualIsKeptOverARelease(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.item()
		r.publish(t, item)
		id := item.Placements[0].Delivery.ID
		must(t, r.Requeue(t.Context(), []models.Requeue{{DeliveryID: id, Due: r.now, Manual: true}}))
		expectManual(t, r, models.TriggerManual)
		must(t, r.Release(t.Context(), r.node, []models.ID{id}, r.now))
		expectManual(t, r, models.TriggerManual)
		r.complete(t, r.outcome(item, models.DeliveryRetrying))
		r.now = r.now.Add(time.Minute)
		expectManual(t, r, models.TriggerAutomatic)
	})
}

func TestRequeueIsAllOrNone(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		free, leased := r.item(), r.leased()
		free.Placements[0].Due = r.now.Add(time.Hour)
		r.publish(t, free, leased)
		unknown := models.NewID(models.PrefixDelivery)
		for _, id := range []models.ID{leased.Placements[0].Delivery.ID, unknown} {
			err := r.Requeue(t.Context(), []models.Requeue{{DeliveryID: free.Placements[0].Delivery.ID, Due: r.now}, {DeliveryID: id, Due: r.now}})
			if want := map[bool]models.Code{true: models.CodeNotFound, false: models.CodeConflict}[id == unknown]; models.CodeOf(err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
		if work := r.claim(t, 10); len(work) > 0 {
			t.Error("one of a refused list became due")
		}
		must(t, r.Requeue(t.Context(), nil))
	})
}

func TestRequeueForADeletedWebhook(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.item()
		r.publish(t, item)
		must(t, r.DeleteWebhook(t.Context(), r.lane.WebhookID, r.now))
		err := r.Requeue(t.Context(), []models.Requeue{{DeliveryID: item.Placements[0].Delivery.ID, Due: r.now}})
		if models.CodeOf(err) != models.CodeConflict {
			t.Errorf("got %v", err)
		}
	})
}

func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.item()
		r.publish(t, item)
		id := item.Placements[0].Delivery.ID
		r.heard()
		d, err := r.Cancel(t.Context(), id, r.now)
		if err != nil || d.Status != models.DeliveryCanceled || d.NextAttemptAt != nil || !d.CompletedAt.Equal(r.now) {
			t.Errorf("canceled %+v, %v", d, err)
		}
		if commits := r.heard(); len(commits) != 1 || !reflect.DeepEqual(commits[0].Updates, []models.Delivery{d}) || len(commits[0].Lanes) > 0 {
			t.Errorf("told %d commits", len(commits))
		}
		if work := r.claim(t, 1); len(work) > 0 {
			t.Error("a canceled delivery was claimed")
		}
		if _, err := r.Cancel(t.Context(), id, r.now); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("canceled twice: %v", err)
		}
		if _, err := r.Cancel(t.Context(), models.NewID(models.PrefixDelivery), r.now); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("an unknown delivery: %v", err)
		}
	})
}

// TestDeletionLeavesNothingBehind lets publications race with the deletion of
// their webhook: whichever comes first, nothing is left waiting for it.
func TestDeletionLeavesNothingBehind(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		second, _ := r.open(t, nil)
		var wg sync.WaitGroup
		for i := range 16 {
			s := []*store.Store{r.Store, second}[i%2]
			wg.Go(func() {
				for range 50 {
					if _, err := s.Publish(t.Context(), r.publication(r.item())); err != nil {
						return // the routes are stale: the webhook is gone
					}
				}
			})
		}
		must(t, second.DeleteWebhook(t.Context(), r.lane.WebhookID, r.now))
		wg.Wait()
		waiting, err := r.Deliveries(t.Context(), models.Page{First: 10}, models.DeliveryFilter{Statuses: []models.DeliveryStatus{
			models.DeliveryPending, models.DeliveryRetrying, models.DeliveryDelivering}})
		if err != nil || len(waiting.Nodes) > 0 {
			t.Errorf("%d wait for a webhook that is gone, %v", len(waiting.Nodes), err)
		}
	})
}

func TestManyIDs(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		items := make([]models.PublicationItem, 1000)
		ids := make([]models.ID, 0, 2500)
		for i := range items {
			items[i] = r.leased()
			ids = append(ids, items[i].Placements[0].Delivery.ID)
		}
		r.publish(t, items...)
		for range 1500 {
			ids = append(ids, models.NewID(models.PrefixDelivery))
		}
		held, err := r.Extend(t.Context(), r.node, ids, r.now.Add(time.Hour))
		if err != nil || fmt.Sprint(len(held)) != "1000" {
			t.Errorf("extended %d, %v", len(held), err)
		}
		must(t, r.Release(t.Context(), r.node, ids, r.now))
		if work := r.claim(t, 5000); len(work) != 1000 {
			t.Errorf("claimed %d", len(work))
		}
	})
}
