package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/store"
)

// orderLane makes the room's channel keep the order of each entity.
func (r *room) orderLane(tb testing.TB) {
	tb.Helper()
	_, err := r.UpdateChannel(tb.Context(), r.lane.ChannelID, func(c *models.Channel) error {
		c.Ordering = models.OrderPerEntity
		return nil
	})
	must(tb, err)
	r.refresh(tb)
}

// ordered is an item of an entity.
func (r *room) ordered(entity string) models.PublicationItem {
	item := r.item()
	item.Event.EntityID, item.Placements[0].Entity = entity, entity
	return item
}

func (r *room) orderedOutcome(item models.PublicationItem, status models.DeliveryStatus) models.Completion {
	c := r.outcome(item, status)
	c.Ordered = true
	return c
}

// expectClaimed claims all that is due and wants these deliveries.
func expectClaimed(t *testing.T, r *room, want ...models.PublicationItem) {
	t.Helper()
	var got, wanted []string
	for _, w := range r.claim(t, 100) {
		got = append(got, w.Delivery.ID.String())
		if w.Ordered != (w.Event.EntityID != "") {
			t.Errorf("%s is ordered: %t", w.Delivery.ID, w.Ordered)
		}
	}
	for _, item := range want {
		wanted = append(wanted, item.Placements[0].Delivery.ID.String())
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if !slices.Equal(got, wanted) {
		t.Errorf("claimed %v\nwant    %v", got, wanted)
	}
}

// expectOrdered wants each entity to have one row that is not parked, and nothing
// parked before it unless it came back.
func expectOrdered(t *testing.T, r *room, strict bool) {
	t.Helper()
	db := rawDB(t, r.url)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), `SELECT entity, seq,
		CASE WHEN due_at = 9223372036854775807 THEN 1 ELSE 0 END FROM queue WHERE entity IS NOT NULL ORDER BY entity, seq`)
	must(t, err)
	defer rows.Close()
	free, first := map[string]int{}, map[string]bool{}
	for rows.Next() {
		var entity string
		var seq int64
		var parked bool
		must(t, rows.Scan(&entity, &seq, &parked))
		if _, seen := first[entity]; !seen {
			first[entity] = !parked
		}
		free[entity] += map[bool]int{false: 1}[parked]
	}
	must(t, rows.Err())
	for entity, n := range free {
		if n != 1 || strict && !first[entity] {
			t.Errorf("of entity %s %d are not parked; the first one: %t", entity, n, first[entity])
		}
	}
}

func TestEntitiesKeepTheirOrder(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.orderLane(t)
		a1, a2, b1, none := r.ordered("a"), r.ordered("a"), r.ordered("b"), r.item()
		r.heard()
		r.publish(t, a1, a2, b1, none)
		told := r.heard()
		if len(told) != 1 || len(told[0].Lanes) != 1 || told[0].Lanes[0] != (models.LaneDue{Lane: r.lane, Due: r.now, Fresh: 4}) {
			t.Errorf("told %+v", told)
		}
		a3 := r.ordered("a")
		r.publish(t, a3)
		if told = r.heard(); len(told) != 1 || len(told[0].Lanes) != 1 || told[0].Lanes[0].Due.Before(r.now.AddDate(1000, 0, 0)) {
			t.Errorf("of one that is parked told %+v", told)
		}
		for _, item := range []models.PublicationItem{a2, a3} {
			if d := r.delivery(t, item.Placements[0].Delivery.ID); d.Status != models.DeliveryPending || d.NextAttemptAt != nil {
				t.Errorf("one that is parked is %+v", d)
			}
		}
		expectOrdered(t, r, true)
		expectClaimed(t, r, a1, b1, none)
		expectClaimed(t, r)
		r.complete(t, r.orderedOutcome(a1, models.DeliveryRetrying))
		expectOrdered(t, r, true)
		r.now = r.now.Add(time.Minute)
		expectClaimed(t, r, a1, b1, none) // those of b and none had run out
		failed := r.orderedOutcome(a1, models.DeliveryFailed)
		failed.Parts[0].Attempt.Number = 2
		r.heard()
		r.complete(t, failed)
		if told = r.heard(); len(told) != 1 || len(told[0].Lanes) != 1 || told[0].Lanes[0].Lane != r.lane || told[0].Lanes[0].Due.After(r.now.Add(time.Second)) {
			t.Errorf("of the next one told %+v", told)
		}
		r.now = r.now.Add(time.Second)
		expectClaimed(t, r, a2)
		r.complete(t, r.orderedOutcome(a2, models.DeliverySucceeded))
		expectOrdered(t, r, true)
		expectClaimed(t, r, a3)
		r.complete(t, r.orderedOutcome(a3, models.DeliverySucceeded))
		a4 := r.ordered("a")
		r.publish(t, a4)
		expectClaimed(t, r, a4)
	})
}

// TestACompletionThatForgetsOrder does not say that others may wait.
func TestACompletionThatForgetsOrder(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		a1, a2, a3 := r.ordered("a"), r.ordered("a"), r.ordered("a")
		r.publish(t, a1, a2, a3)
		expectClaimed(t, r, a1)
		r.complete(t, r.outcome(a1, models.DeliverySucceeded))
		expectOrdered(t, r, true)
		expectClaimed(t, r, a2)
		failed := r.outcome(a2, models.DeliveryFailed)
		r.complete(t, failed)
		r.now = r.now.Add(time.Second)
		expectClaimed(t, r, a3)
	})
}

func TestCancelLetsTheNextGo(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		a1, a2, a3 := r.ordered("a"), r.ordered("a"), r.ordered("a")
		r.publish(t, a1, a2, a3)
		_, err := r.Cancel(t.Context(), a2.Placements[0].Delivery.ID, r.now)
		must(t, err)
		expectClaimed(t, r, a1)
		r.heard()
		_, err = r.Cancel(t.Context(), a1.Placements[0].Delivery.ID, r.now)
		must(t, err)
		if told := r.heard(); len(told) != 1 || len(told[0].Lanes) != 1 || !told[0].Lanes[0].Due.Equal(r.now) {
			t.Errorf("told %+v", told)
		}
		expectClaimed(t, r, a3)
	})
}

// TestDeletedWebhookLetsTheNextGo has two webhooks that send to one channel.
func TestDeletedWebhookLetsTheNextGo(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		other := models.Webhook{ID: models.NewID(models.PrefixWebhook), TenantID: r.tenant, Name: "other", EventTypes: []string{"*"},
			Status: models.WebhookActive, Routes: []models.Route{{ChannelID: r.lane.ChannelID}}, CreatedAt: r.now, UpdatedAt: r.now}
		must(t, r.CreateWebhook(t.Context(), other))
		r.refresh(t)
		first, second := r.ordered("a"), r.ordered("a")
		first.Placements[0].Delivery.WebhookID = other.ID
		r.publish(t, first, second)
		if lanes, err := r.Lanes(t.Context()); err != nil || len(lanes) != 1 || lanes[0].Lane.WebhookID != other.ID {
			t.Errorf("lanes are %v, %v", lanes, err)
		}
		if dues, err := r.NextDue(t.Context(), []models.Lane{r.lane}); err != nil || len(dues) > 0 {
			t.Errorf("the lane that waits is due %v, %v", dues, err)
		}
		expectClaimed(t, r)
		must(t, r.DeleteWebhook(t.Context(), other.ID, r.now))
		if d := r.delivery(t, first.Placements[0].Delivery.ID); d.Status != models.DeliveryCanceled || d.Reason == nil {
			t.Errorf("the first is %+v", d)
		}
		expectClaimed(t, r, second)
	})
}

func TestRequeueOfOrderedDeliveries(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.orderLane(t)
		a1, a2, a3 := r.ordered("a"), r.ordered("a"), r.ordered("a")
		r.publish(t, a1, a2, a3)
		again := func(item models.PublicationItem) error {
			return r.Requeue(t.Context(), []models.Requeue{{DeliveryID: item.Placements[0].Delivery.ID, Due: r.now, Manual: true}})
		}
		err := again(a3)
		if models.CodeOf(err) != models.CodeConflict || !strings.Contains(err.Error(), a1.Placements[0].Delivery.ID.String()) {
			t.Errorf("one that waits behind another: %v", err)
		}
		expectClaimed(t, r, a1)
		r.complete(t, r.orderedOutcome(a1, models.DeliveryFailed))
		r.now = r.now.Add(time.Second)
		expectClaimed(t, r, a2)
		must(t, again(a1)) // the next, before a3
		if d := r.delivery(t, a1.Placements[0].Delivery.ID); d.Status != models.DeliveryRetrying || d.NextAttemptAt != nil {
			t.Errorf("one that came back is %+v", d)
		}
		expectOrdered(t, r, false)
		r.complete(t, r.orderedOutcome(a2, models.DeliverySucceeded))
		expectClaimed(t, r, a1)
		c := r.orderedOutcome(a1, models.DeliverySucceeded)
		c.Parts[0].Attempt.Number = 2
		r.complete(t, c)
		expectClaimed(t, r, a3)
		r.complete(t, r.orderedOutcome(a3, models.DeliverySucceeded))
		must(t, again(a3))
		expectClaimed(t, r, a3)
	})
}

func TestPublishingAgain(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.orderLane(t)
		first, second := r.ordered("a"), r.ordered("a")
		first.Event.IdempotencyKey = "key"
		out := r.publish(t, first, second)
		expectClaimed(t, r, first)
		replay := func() models.PublicationItem {
			item := r.ordered("a")
			item.Event, item.Again = out[0].Event, true
			item.Placements[0].Delivery.EventID = item.Event.ID
			return item
		}
		r.heard()
		again := replay()
		answer := r.publish(t, again)
		if answer[0].Repeat || answer[0].Event.Seq != 1 || answer[0].Event.ID != first.Event.ID {
			t.Errorf("answered %+v", answer[0])
		}
		if told := r.heard(); len(told) != 1 || len(told[0].Events) > 0 || len(told[0].Updates) != 1 || len(told[0].Lanes) != 1 {
			t.Errorf("told %+v", told)
		}
		if head, err := r.EventsHead(t.Context()); err != nil || head != 2 {
			t.Errorf("the log ends at %d, %v", head, err)
		}
		r.complete(t, r.orderedOutcome(first, models.DeliverySucceeded))
		expectClaimed(t, r, again)
		r.complete(t, r.orderedOutcome(again, models.DeliverySucceeded))
		expectClaimed(t, r, second)

		plain := replay()
		plain.Placements[0].Entity = ""
		both := r.publish(t, r.item(), plain)
		if both[0].Event.Seq != 3 || both[1].Event.Seq != 1 {
			t.Errorf("positions are %d and %d", both[0].Event.Seq, both[1].Event.Seq)
		}
		lost := replay()
		lost.Event.ID = models.NewID(models.PrefixEvent)
		if _, err := r.Publish(t.Context(), r.publication(lost)); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("an event that is not stored: %v", err)
		}
		r.generation--
		if _, err := r.Publish(t.Context(), r.publication(replay())); err == nil {
			t.Error("published again by routes that are stale")
		}
	})
}

// TestOrderHoldsUnderStress publishes, completes, cancels and requeues from two
// stores at once. What an entity's deliveries were sent in must be their order.
func TestOrderHoldsUnderStress(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.orderLane(t)
		second, _ := r.open(t, nil)
		stores := []*store.Store{r.Store, second}
		const publishers, rounds, entities = 4, 25, 5
		var publishing, working sync.WaitGroup
		for p := range publishers {
			publishing.Go(func() {
				for k := range rounds {
					items := []models.PublicationItem{r.ordered(fmt.Sprint(k % entities)), r.ordered(fmt.Sprint(p % entities)), r.item()}
					_, err := stores[p%2].Publish(t.Context(), r.publication(items...))
					if err != nil {
						t.Error(err)
					}
					if k%5 == 4 {
						_, err := stores[(p+1)%2].Cancel(t.Context(), items[0].Placements[0].Delivery.ID, r.now)
						if err != nil && models.CodeOf(err) != models.CodeConflict {
							t.Error(err)
						}
					}
				}
			})
		}
		var mu sync.Mutex
		last := map[string]int64{}
		stop := make(chan struct{})
		for w := range 4 {
			working.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					request := r.request(7)
					request.Now, request.Until = r.now.Add(time.Hour), r.now.Add(2*time.Hour)
					work, err := stores[w%2].Claim(t.Context(), request)
					if err != nil {
						t.Error(err)
						return
					}
					var wg sync.WaitGroup
					for _, one := range work {
						mu.Lock()
						if entity := one.Event.EntityID; entity != "" {
							if one.Event.Seq < last[entity] {
								t.Errorf("%d of entity %s was sent after %d", one.Event.Seq, entity, last[entity])
							}
							last[entity] = one.Event.Seq
						}
						mu.Unlock()
						wg.Go(func() {
							status := []models.DeliveryStatus{models.DeliverySucceeded, models.DeliveryFailed, models.DeliveryRetrying}[rand.IntN(3)]
							complete(t, stores[rand.IntN(2)], r, one, status)
						})
					}
					wg.Wait()
				}
			})
		}
		published := make(chan struct{})
		go func() {
			defer close(published)
			publishing.Wait()
		}()
		for done := false; !done && !t.Failed(); {
			expectOrdered(t, r, true)
			select {
			case <-published:
				done = countRows(t, r.url, "queue") == 0 // or else the test's time runs out
			default:
			}
		}
		close(stop)
		<-published
		working.Wait()
	})
}

// complete ends one piece of work.
func complete(t *testing.T, s *store.Store, r *room, w models.Work, status models.DeliveryStatus) {
	c := r.outcome(models.PublicationItem{Placements: []models.Placement{{Delivery: w.Delivery}}}, status)
	c.Ordered, c.Policy = w.Ordered, models.RetryPolicy{}
	if _, err := s.Complete(t.Context(), c); err != nil {
		t.Error(err)
	}
}
