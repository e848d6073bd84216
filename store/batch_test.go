package store_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
)

// batch asks for messages of the room's lane.
func (r *room) batch(most, size int) models.ClaimRequest {
	request := r.request(most)
	request.Lanes[0].Batching = &models.Batching{MaxEvents: size, MaxWait: 10 * time.Second}
	return request
}

// messages claims, and gathers what was claimed by message.
func (r *room) messages(tb testing.TB, request models.ClaimRequest) [][]models.Work {
	tb.Helper()
	work, err := r.Claim(tb.Context(), request)
	must(tb, err)
	return byMessage(tb, work)
}

func byMessage(tb testing.TB, work []models.Work) (messages [][]models.Work) {
	tb.Helper()
	seen := map[models.ID]bool{}
	for i, w := range work {
		if w.MessageID.IsZero() || w.MessageID.Prefix != models.PrefixMessage {
			tb.Errorf("%s is in message %q", w.Delivery.ID, w.MessageID)
		}
		switch {
		case i > 0 && w.MessageID == work[i-1].MessageID:
			last := len(messages) - 1
			messages[last] = append(messages[last], w)
			if w.Event.Seq < work[i-1].Event.Seq {
				tb.Error("the events of a message are out of order")
			}
		case seen[w.MessageID]:
			tb.Error("a message is torn")
		default:
			messages = append(messages, []models.Work{w})
		}
		seen[w.MessageID] = true
	}
	return messages
}

// later are items that are due when their batch must not wait any longer.
func (r *room) later(n int) []models.PublicationItem {
	items := make([]models.PublicationItem, n)
	for i := range items {
		items[i] = r.item()
		items[i].Placements[0].Due = r.now.Add(10 * time.Second)
	}
	return items
}

func expectSizes(tb testing.TB, messages [][]models.Work, want ...int) {
	tb.Helper()
	var sizes []int
	for _, m := range messages {
		sizes = append(sizes, len(m))
	}
	slices.Sort(sizes)
	slices.Sort(want)
	if !slices.Equal(sizes, want) {
		tb.Errorf("messages of %v, want %v", sizes, want)
	}
}

// ended is the completion of a message.
func (r *room) ended(message []models.Work, status models.DeliveryStatus) models.Completion {
	var all models.Completion
	for i, w := range message {
		c := r.outcome(models.PublicationItem{Placements: []models.Placement{{Delivery: w.Delivery}}}, status)
		part := c.Parts[0]
		if i > 0 {
			part.Attempt.RequestID = all.Parts[0].Attempt.ID
			c.Parts = append(all.Parts, part)
		}
		all = c
		all.Ordered = all.Ordered || w.Ordered
	}
	all.Policy = models.RetryPolicy{}
	return all
}

func TestBatches(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.later(25)...)
		expectSizes(t, r.messages(t, r.batch(1, 10)), 10) // one at least
		expectSizes(t, r.messages(t, r.batch(1000, 10)), 10)
		expectSizes(t, r.messages(t, r.batch(1000, 10))) // what is left may wait
		r.publish(t, r.later(3)...)
		r.now = r.now.Add(10 * time.Second)
		expectSizes(t, r.messages(t, r.batch(1000, 10)), 8)
		r.publish(t, r.later(20)...)
		expectSizes(t, r.messages(t, r.batch(19, 10)), 10)
		expectSizes(t, r.messages(t, r.batch(20, 10)), 10)
	})
}

func TestAMessageIsRepeatedAsItWas(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.later(10)...)
		first := r.messages(t, r.batch(100, 10))[0]
		c := r.ended(first, models.DeliveryRetrying)
		odd := r.now.Add(7 * time.Second)
		c.Parts[3].Delivery.NextAttemptAt = &odd // its schedule says another time
		held, err := r.Complete(t.Context(), c)
		if err != nil || slices.Contains(held, false) || len(held) != 10 {
			t.Fatalf("held %v, %v", held, err)
		}
		r.publish(t, r.later(10)...)
		expectSizes(t, r.messages(t, r.batch(100, 10)), 10)
		r.now = r.now.Add(5 * time.Second)
		second := r.messages(t, r.batch(1, 3)) // whatever the channel batches by now
		i := slices.IndexFunc(second, func(m []models.Work) bool { return m[0].MessageID == first[0].MessageID })
		if i < 0 || !reflect.DeepEqual(deliveriesOf(second[i]), deliveriesOf(first)) {
			t.Fatalf("the message was not repeated: %d messages", len(second))
		}
		_, err = r.Complete(t.Context(), r.ended(second[i], models.DeliveryRetrying))
		must(t, err)
		r.now = r.now.Add(5 * time.Second)
		work := r.claim(t, 5) // without batching
		whole := slices.DeleteFunc(work, func(w models.Work) bool { return w.MessageID != first[0].MessageID })
		if !reflect.DeepEqual(deliveriesOf(whole), deliveriesOf(first)) {
			t.Errorf("then %d of its deliveries were claimed", len(whole))
		}
		r.now = r.now.Add(time.Minute) // its node died
		rescued := r.messages(t, r.batch(1000, 10))
		i = slices.IndexFunc(rescued, func(m []models.Work) bool { return m[0].MessageID == first[0].MessageID })
		if i < 0 || !reflect.DeepEqual(deliveriesOf(rescued[i]), deliveriesOf(first)) || !rescued[i][0].Rescued {
			t.Error("it was not rescued as a whole")
		}
		ids := deliveriesOf(rescued[i])
		must(t, r.Release(t.Context(), r.node, ids, r.now))
		if again := r.messages(t, r.batch(10, 10)); len(again) != 1 || !reflect.DeepEqual(deliveriesOf(again[0]), ids) ||
			again[0][0].MessageID != first[0].MessageID || again[0][0].Rescued {
			t.Errorf("given back it came as %d messages", len(again))
		}
	})
}

func deliveriesOf(message []models.Work) (ids []models.ID) {
	for _, w := range message {
		ids = append(ids, w.Delivery.ID)
	}
	return ids
}

func TestRequeueOfAMessage(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.later(4)...)
		first := r.messages(t, r.batch(100, 4))[0]
		must1(t, r, r.ended(first, models.DeliveryRetrying))
		must(t, r.Requeue(t.Context(), []models.Requeue{{DeliveryID: first[1].Delivery.ID, Due: r.now, Manual: true}}))
		again := r.messages(t, r.batch(100, 4))
		if len(again) != 1 || !reflect.DeepEqual(deliveriesOf(again[0]), deliveriesOf(first)) {
			t.Fatalf("claimed %d messages", len(again))
		}
		for i, w := range again[0] {
			if (w.Trigger == models.TriggerManual) != (i == 1) {
				t.Errorf("delivery %d was triggered %s", i, w.Trigger)
			}
		}
	})
}

func must1(t *testing.T, r *room, c models.Completion) {
	t.Helper()
	held, err := r.Complete(t.Context(), c)
	if err != nil || slices.Contains(held, false) {
		t.Fatalf("held %v, %v", held, err)
	}
}

func TestOrderedBatches(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.orderLane(t)
		var items []models.PublicationItem
		for i := range 12 {
			item := r.ordered(fmt.Sprint(i % 2))
			item.Placements[0].Due = r.now.Add(10 * time.Second)
			items = append(items, item)
		}
		r.publish(t, items...)
		first := r.messages(t, r.batch(100, 8))
		expectSizes(t, first, 8)
		for i, w := range first[0] {
			if w.Event.Seq != int64(i+1) || !w.Ordered {
				t.Errorf("place %d has event %d", i, w.Event.Seq)
			}
		}
		r.now = r.now.Add(10 * time.Second)
		expectSizes(t, r.messages(t, r.batch(100, 8))) // the rest waits behind the first
		_, err := r.Cancel(t.Context(), first[0][0].Delivery.ID, r.now)
		must(t, err)
		expectSizes(t, r.messages(t, r.batch(100, 8)))
		must1(t, r, r.ended(first[0], models.DeliveryRetrying)) // of the canceled one the attempt
		r.now = r.now.Add(5 * time.Second)
		again := r.messages(t, r.batch(100, 8))
		expectSizes(t, again, 7)
		must1(t, r, r.ended(again[0], models.DeliverySucceeded))
		r.now = r.now.Add(time.Second)
		rest := r.messages(t, r.batch(100, 8))
		expectSizes(t, rest, 4)
		must1(t, r, r.ended(rest[0], models.DeliverySucceeded))
		if n := countRows(t, r.url, "queue"); n != 0 {
			t.Errorf("%d are left", n)
		}
	})
}

func TestContentIsStoredOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.later(5)...)
		message := r.messages(t, r.batch(100, 5))[0]
		c := r.ended(message, models.DeliverySucceeded)
		r.heard()
		must1(t, r, c)
		if n := countRows(t, r.url, "attempts WHERE request_body <> ''"); n != 1 {
			t.Errorf("%d attempts hold the content", n)
		}
		told := r.heard()[0].Attempts
		list, err := r.Attempts(t.Context(), models.Page{First: 10}, models.AttemptFilter{})
		must(t, err)
		between, err := r.AttemptsBetween(t.Context(), 0, 100, models.AttemptFilter{}, 10)
		must(t, err)
		byID, err := r.AttemptsByID(t.Context(), []models.ID{told[4].ID})
		must(t, err)
		last, err := r.LastAttemptsByChannel(t.Context(), []models.ID{r.lane.ChannelID})
		must(t, err)
		of, err := r.AttemptsOfDelivery(t.Context(), told[2].DeliveryID, models.Page{First: 10})
		must(t, err)
		all := slices.Concat(told, list.Nodes, between, of.Nodes, []models.Attempt{byID[told[4].ID], last[r.lane.ChannelID]})
		if len(all) != 18 {
			t.Errorf("read %d attempts", len(all))
		}
		for _, a := range all {
			if a.RequestID != told[0].ID || a.RequestBody != string(payload) || len(a.RequestHeaders) != len(sentHeaders) ||
				a.ResponseBody == nil || len(a.ResponseHeaders) != len(gotHeaders) || *a.ResponseCode != 200 {
				t.Errorf("attempt %d shows %+v", a.Seq, a)
			}
		}
	})
}

// TestContentOutlivesALostLease loses the delivery whose attempt would have kept it.
func TestContentOutlivesALostLease(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.later(3)...)
		message := r.messages(t, r.batch(100, 3))[0]
		must(t, r.Release(t.Context(), r.node, []models.ID{message[0].Delivery.ID}, r.now))
		held, err := r.Complete(t.Context(), r.ended(message, models.DeliverySucceeded))
		if err != nil || !slices.Equal(held, []bool{false, true, true}) {
			t.Fatalf("held %v, %v", held, err)
		}
		list, err := r.AttemptsBetween(t.Context(), 0, 100, models.AttemptFilter{}, 10)
		if err != nil || len(list) != 2 || list[0].RequestID != list[0].ID || list[1].RequestID != list[0].ID ||
			list[1].RequestBody != string(payload) {
			t.Errorf("stored %+v, %v", list, err)
		}
	})
}

// TestNothingIsLostBetweenMessages batches, fails, releases, dies and cancels from
// two stores: each delivery stays in the message that it was put into, is completed
// once, and none is left.
func TestNothingIsLostBetweenMessages(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		second, _ := r.open(t, nil)
		stores := []*store.Store{r.Store, second}
		const publishers, rounds, perRound = 3, 12, 17
		var mu sync.Mutex
		messageOf, completed := map[models.ID]models.ID{}, map[models.ID]int{}
		var publishing, working sync.WaitGroup
		for p := range publishers {
			publishing.Go(func() {
				for range rounds {
					items := r.later(perRound)
					if _, err := stores[p%2].Publish(t.Context(), r.publication(items...)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		stop := make(chan struct{})
		clock := make(chan time.Time, 1) // each claim is a moment later, so that leases run out
		clock <- r.now
		for w := range 4 {
			node := uuid.New()
			working.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					now := (<-clock).Add(4 * time.Second)
					clock <- now
					request := r.batch(30, 10)
					request.Owner, request.Now, request.Until = node, now, now.Add(30*time.Second)
					work, err := stores[w%2].Claim(t.Context(), request)
					if err != nil {
						t.Error(err)
						return
					}
					for _, m := range byMessage(t, work) {
						mu.Lock()
						for _, one := range m {
							if former, known := messageOf[one.Delivery.ID]; known && former != one.MessageID {
								t.Errorf("%s went from %s to %s", one.Delivery.ID, former, one.MessageID)
							}
							messageOf[one.Delivery.ID] = one.MessageID
						}
						mu.Unlock()
						r.endSomehow(t, stores[rand.IntN(2)], node, m, now, func(id models.ID) {
							mu.Lock()
							defer mu.Unlock()
							completed[id]++
						})
					}
				}
			})
		}
		publishing.Wait()
		for !t.Failed() && countRows(t, r.url, "queue") > 0 { // or else the test's time runs out
		}
		close(stop)
		working.Wait()
		if len(completed) != publishers*rounds*perRound {
			t.Errorf("completed %d", len(completed))
		}
		for id, n := range completed {
			if n != 1 {
				t.Errorf("%s was completed %d times", id, n)
			}
		}
	})
}

func (r *room) endSomehow(t *testing.T, s *store.Store, node models.NodeID, m []models.Work, now time.Time, completed func(models.ID)) {
	var err error
	switch rand.IntN(5) {
	case 0:
		err = s.Release(t.Context(), node, deliveriesOf(m), now)
	case 1: // its node dies
	case 2:
		c := r.ended(m, models.DeliveryRetrying)
		c.Owner = node
		_, err = s.Complete(t.Context(), c)
	default:
		c := r.ended(m, models.DeliverySucceeded)
		c.Owner = node
		var held []bool
		held, err = s.Complete(t.Context(), c)
		for i := range held {
			if held[i] {
				completed(m[i].Delivery.ID)
			}
		}
	}
	if err != nil {
		t.Error(err)
	}
}
