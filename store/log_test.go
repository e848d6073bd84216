package store_test

import (
	"context"
	"reflect"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/store"
)

// TestPositionsFollowCommits reads both logs while two stores write to them: a
// reader that goes on from the last position it saw misses and repeats nothing.
func TestPositionsFollowCommits(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		second, _ := r.open(t, nil)
		const writers, rounds = 12, 25
		done, stop := context.WithCancel(t.Context())
		var readers, work sync.WaitGroup
		readers.Go(func() { follow(t, done, r.EventsHead, readEvents(r), writers*rounds*2) })
		readers.Go(func() { follow(t, done, r.AttemptsHead, readAttempts(r), writers*rounds) })
		for i := range writers {
			s := []*store.Store{r.Store, second}[i%2]
			work.Go(func() {
				for range rounds {
					first, other := r.leased(), r.item()
					if _, err := s.Publish(t.Context(), r.publication(first, other)); err != nil {
						t.Error(err)
						return
					}
					if held, err := s.Complete(t.Context(), r.outcome(first, models.DeliverySucceeded)); err != nil || !held[0] {
						t.Errorf("complete: %t, %v", held, err)
					}
				}
			})
		}
		work.Wait()
		stop()
		readers.Wait()
	})
}

// follow reads until done, and then whatever is left; it wants dense positions.
func follow(t *testing.T, done context.Context, head func(context.Context) (int64, error),
	read func(after, upTo int64) ([]int64, error), want int64) {
	var last int64
	for final := false; !final; {
		final = done.Err() != nil
		upTo, err := head(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		for last < upTo {
			positions, err := read(last, upTo)
			if err != nil || len(positions) == 0 {
				t.Errorf("nothing is between %d and the head %d: %v", last, upTo, err)
				return
			}
			for _, p := range positions {
				if p != last+1 {
					t.Errorf("after %d came %d", last, p)
					return
				}
				last = p
			}
		}
	}
	if last != want {
		t.Errorf("read up to %d, want %d", last, want)
	}
}

func readEvents(r *room) func(after, upTo int64) (positions []int64, err error) {
	return func(after, upTo int64) (positions []int64, err error) {
		list, err := r.EventsBetween(context.Background(), after, upTo, models.EventFilter{IncludeTests: true}, 100)
		for i := range list {
			positions = append(positions, list[i].Seq)
		}
		return positions, err
	}
}

func readAttempts(r *room) func(after, upTo int64) (positions []int64, err error) {
	return func(after, upTo int64) (positions []int64, err error) {
		list, err := r.AttemptsBetween(context.Background(), after, upTo, models.AttemptFilter{IncludeTests: true}, 100)
		for i := range list {
			positions = append(positions, list[i].Seq)
		}
		return positions, err
	}
}

// TestCommitsAreToldInOrder mixes the three kinds of commits that append to logs.
func TestCommitsAreToldInOrder(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.heard()
		var wg sync.WaitGroup
		for i := range 60 {
			wg.Go(func() {
				if i%3 == 0 {
					if _, err := r.RecordTest(t.Context(), r.testRun(2)); err != nil {
						t.Error(err)
					}
					return
				}
				item := r.leased()
				if _, err := r.Publish(t.Context(), r.publication(item)); err != nil {
					t.Error(err)
				}
				if _, err := r.Complete(t.Context(), r.outcome(item, models.DeliverySucceeded)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var event, attempt int64
		for _, c := range r.heard() {
			for _, e := range c.Events {
				if event++; e.Seq != event {
					t.Fatalf("told of event %d in place %d", e.Seq, event)
				}
			}
			for _, a := range c.Attempts {
				if attempt++; a.Seq != attempt {
					t.Fatalf("told of attempt %d in place %d", a.Seq, attempt)
				}
			}
		}
		if event != 60 || attempt != 40+20*2 {
			t.Errorf("told of %d events and %d attempts", event, attempt)
		}
	})
}

// testRun is a test event with some attempts, each of its own delivery.
func (r *room) testRun(attempts int) models.TestRun {
	item := r.item()
	item.Event.Test = true
	run := models.TestRun{Event: item.Event}
	for range attempts {
		d := item.Placements[0].Delivery
		d.ID, d.WebhookID, d.Test, d.CompletedAt = models.NewID(models.PrefixDelivery), models.ID{}, true, &r.now
		item.Placements[0].Delivery = d
		c := r.outcome(item, models.DeliverySucceeded)
		c.Parts[0].Attempt.Trigger = models.TriggerTest
		run.Deliveries, run.Attempts = append(run.Deliveries, c.Parts[0].Delivery), append(run.Attempts, c.Parts[0].Attempt)
	}
	return run
}

func TestRecordTest(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		run, err := r.RecordTest(t.Context(), r.testRun(2))
		must(t, err)
		if run.Event.Seq != 1 || run.Attempts[0].Seq != 1 || run.Attempts[1].Seq != 2 {
			t.Errorf("positions are %d, %d and %d", run.Event.Seq, run.Attempts[0].Seq, run.Attempts[1].Seq)
		}
		d := r.delivery(t, run.Deliveries[0].ID)
		if d.Status != models.DeliverySucceeded || !d.Test || !d.WebhookID.IsZero() || d.CompletedAt == nil || d.AttemptCount != 1 {
			t.Errorf("the delivery is %+v", d)
		}
		hidden, err := r.AttemptsBetween(t.Context(), 0, 10, models.AttemptFilter{}, 10)
		shown, err2 := r.AttemptsBetween(t.Context(), 0, 10, models.AttemptFilter{IncludeTests: true}, 10)
		if err != nil || err2 != nil || len(hidden) != 0 || len(shown) != 2 || !reflect.DeepEqual(shown, run.Attempts) {
			t.Errorf("%d are hidden, %d shown, and not as they were recorded: %v, %v", len(hidden), len(shown), err, err2)
		}
		if work := r.claim(t, 10); len(work) > 0 {
			t.Errorf("a test's delivery was claimed: %v", work)
		}
		if err := r.Requeue(t.Context(), []models.Requeue{{DeliveryID: d.ID, Due: r.now}}); models.CodeOf(err) != models.CodeConflict {
			t.Errorf("a test's delivery was retried: %v", err)
		}
		none, err := r.RecordTest(t.Context(), r.testRun(0))
		if err != nil || none.Event.Seq != 2 {
			t.Errorf("a test without attempts gave %+v, %v", none.Event, err)
		}
	})
}

func TestPositionsOfIDs(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, r.item(), item)
		c := r.outcome(item, models.DeliverySucceeded)
		r.complete(t, c)
		if seq, tenant, err := r.EventSeq(t.Context(), item.Event.ID); err != nil || seq != 2 || tenant != r.tenant {
			t.Errorf("the event is at %d of %s, %v", seq, tenant, err)
		}
		if seq, tenant, err := r.AttemptSeq(t.Context(), c.Parts[0].Attempt.ID); err != nil || seq != 1 || tenant != r.tenant {
			t.Errorf("the attempt is at %d of %s, %v", seq, tenant, err)
		}
		if _, _, err := r.EventSeq(t.Context(), models.NewID(models.PrefixEvent)); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("an unknown event gave %v", err)
		}
		if _, _, err := r.AttemptSeq(t.Context(), models.NewID(models.PrefixAttempt)); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("an unknown attempt gave %v", err)
		}
	})
}

func TestLogFilters(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.keyed("key", "contact-7")
		item.Event.Tags = []string{"plain", `quo"te`, "ünï"}
		r.publish(t, item, r.item())
		value := func(s string) *string { return &s }
		later := r.now.Add(time.Millisecond)
		for name, f := range map[string]models.EventFilter{
			"tenant": {TenantID: &r.tenant, Tag: value("plain")}, "tag": {Tag: value(`quo"te`)}, "accents": {Tag: value("ünï")},
			"entity": {EntityID: value("contact-7")}, "key": {IdempotencyKey: value("key")},
			"types": {Types: []string{"contact.created", "x"}, Tag: value("plain")}, "time": {From: &r.now, To: &later, Tag: value("plain")},
		} {
			got, err := r.EventsBetween(t.Context(), 0, 10, f, 10)
			if err != nil || len(got) != 1 || !f.Match(&got[0]) {
				t.Errorf("%s found %d, %v", name, len(got), err)
			}
		}
		for name, f := range map[string]models.EventFilter{
			"no type": {Types: []string{}}, "part of a tag": {Tag: value("pla")}, "too late": {From: &later}, "too early": {To: &r.now},
		} {
			if got, err := r.EventsBetween(t.Context(), 0, 10, f, 10); err != nil || len(got) > 0 {
				t.Errorf("%s found %d, %v", name, len(got), err)
			}
		}
	})
}
