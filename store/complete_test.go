package store_test

import (
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
)

func TestCompleteSucceeded(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		r.heard()
		c := r.outcome(item, models.DeliverySucceeded)
		if !r.complete(t, c) {
			t.Fatal("the lease was not held")
		}
		d := r.delivery(t, c.Parts[0].Delivery.ID)
		if !reflect.DeepEqual(d, c.Parts[0].Delivery) {
			t.Errorf("the delivery is %+v\nwant %+v", d, c.Parts[0].Delivery)
		}
		stored, err := r.AttemptsBetween(t.Context(), 0, 10, models.AttemptFilter{DeliveryID: &d.ID, Status: &c.Parts[0].Attempt.Status}, 10)
		must(t, err)
		c.Parts[0].Attempt.Seq = 1
		if len(stored) != 1 || !reflect.DeepEqual(stored[0], c.Parts[0].Attempt) {
			t.Errorf("%d attempts are stored, not as recorded", len(stored))
		}
		commits := r.heard()
		if len(commits) != 1 || !reflect.DeepEqual(commits[0].Attempts, stored) || !reflect.DeepEqual(commits[0].Updates, []models.Delivery{d}) {
			t.Errorf("told of %d commits, not as stored", len(commits))
		}
		if r.complete(t, c) {
			t.Error("it was completed twice")
		}
	})
}

func TestCompleteRetrying(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		r.heard()
		c := r.outcome(item, models.DeliveryRetrying)
		if !r.complete(t, c) {
			t.Fatal("the lease was not held")
		}
		d := r.delivery(t, c.Parts[0].Delivery.ID)
		if !reflect.DeepEqual(d, c.Parts[0].Delivery) {
			t.Errorf("the delivery is %+v\nwant %+v", d, c.Parts[0].Delivery)
		}
		if commits := r.heard(); !reflect.DeepEqual(commits[0].Lanes, []models.LaneDue{{Lane: r.lane, Due: *d.NextAttemptAt}}) {
			t.Errorf("told of lanes %v", commits[0].Lanes)
		}
		stored, err := r.AttemptsByID(t.Context(), []models.ID{c.Parts[0].Attempt.ID})
		must(t, err)
		if a := stored[c.Parts[0].Attempt.ID]; !reflect.DeepEqual(a.Error, c.Parts[0].Attempt.Error) || !a.NextAttemptAt.Equal(*d.NextAttemptAt) {
			t.Errorf("the attempt is %+v, next at %v", a.Error, a.NextAttemptAt)
		}
		if work := r.claim(t, 1); len(work) > 0 {
			t.Error("it is due at once")
		}
		r.now = *d.NextAttemptAt
		if work := r.claim(t, 1); len(work) != 1 || work[0].Delivery.AttemptCount != 1 || work[0].Rescued {
			t.Errorf("claimed %+v", work)
		}
	})
}

func TestCompleteAfterALostLease(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		r.now = r.now.Add(2 * time.Minute)
		other := r.request(1)
		other.Owner = uuid.New()
		work, err := r.Claim(t.Context(), other)
		if err != nil || len(work) != 1 || !work[0].Rescued {
			t.Fatalf("rescued %d, %v", len(work), err)
		}
		r.heard()
		for _, status := range []models.DeliveryStatus{models.DeliverySucceeded, models.DeliveryRetrying, models.DeliveryFailed} {
			if r.complete(t, r.outcome(item, status)) {
				t.Errorf("completed as %s without a lease", status)
			}
		}
		unknown := r.outcome(r.item(), models.DeliverySucceeded)
		if r.complete(t, unknown) {
			t.Error("completed what never was")
		}
		if head, err := r.AttemptsHead(t.Context()); err != nil || head != 0 || len(r.heard()) > 0 {
			t.Errorf("the head is %d, %v, or news were told", head, err)
		}
		if d := r.delivery(t, work[0].Delivery.ID); d.Status != models.DeliveryDelivering {
			t.Errorf("the delivery is %s", d.Status)
		}
		c := r.outcome(item, models.DeliverySucceeded)
		c.Owner = other.Owner
		if !r.complete(t, c) {
			t.Error("the new owner could not complete")
		}
	})
}

func TestCompleteAfterTheLeaseRanOut(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		r.now = r.now.Add(time.Hour)
		if !r.complete(t, r.outcome(item, models.DeliverySucceeded)) {
			t.Error("nobody else took the lease, yet it was not held")
		}
	})
}

func TestCompleteAfterCancel(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		canceled, err := r.Cancel(t.Context(), item.Placements[0].Delivery.ID, r.now)
		must(t, err)
		if canceled.Status != models.DeliveryCanceled || !canceled.CompletedAt.Equal(r.now) {
			t.Errorf("canceled %+v", canceled)
		}
		if !r.complete(t, r.outcome(item, models.DeliverySucceeded)) {
			t.Error("the attempt was not recorded")
		}
		if r.complete(t, r.outcome(item, models.DeliverySucceeded)) {
			t.Error("the attempt was recorded twice")
		}
		d := r.delivery(t, canceled.ID)
		if d.Status != models.DeliveryCanceled || d.AttemptCount != 1 || !d.CompletedAt.Equal(r.now) {
			t.Errorf("the delivery is %+v", d)
		}
		if head, err := r.AttemptsHead(t.Context()); err != nil || head != 1 {
			t.Errorf("the head is %d, %v", head, err)
		}
	})
}

// TestCompleteInGroups lets completions of all kinds meet in the same groups.
func TestCompleteInGroups(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		const n = 40
		items := make([]models.PublicationItem, n)
		for i := range items {
			items[i] = r.leased()
		}
		r.publish(t, items...)
		lost := r.outcome(r.item(), models.DeliverySucceeded)
		twice := r.outcome(items[0], models.DeliverySucceeded)
		bad := r.outcome(items[1], models.DeliverySucceeded)
		r.complete(t, bad)
		badPart := &bad.Parts[0]
		badPart.Delivery = items[2].Placements[0].Delivery // so that the attempt's id is taken
		badPart.Delivery.Status, badPart.Attempt.DeliveryID = models.DeliverySucceeded, badPart.Delivery.ID
		var wg sync.WaitGroup
		var mu sync.Mutex
		held := 0
		for _, c := range []models.Completion{lost, twice, twice, bad} {
			wg.Go(func() {
				ok, err := r.Complete(t.Context(), c)
				mu.Lock()
				defer mu.Unlock()
				if err == nil && ok[0] {
					held++
				}
				if (err != nil) != (c.Parts[0].Attempt.ID == badPart.Attempt.ID) {
					t.Errorf("got %v", err)
				}
			})
		}
		for i := 3; i < n; i++ {
			status := []models.DeliveryStatus{models.DeliverySucceeded, models.DeliveryRetrying, models.DeliveryFailed}[i%3]
			wg.Go(func() {
				if ok, err := r.Complete(t.Context(), r.outcome(items[i], status)); err != nil || !ok[0] {
					t.Errorf("completing beside others gave %t, %v", ok, err)
				}
			})
		}
		wg.Wait()
		if head, err := r.AttemptsHead(t.Context()); err != nil || held != 1 || head != n-1 {
			t.Errorf("%d of two doubles held, the head is %d, %v", held, head, err)
		}
	})
}

func TestHealthCountsFailures(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		outcomes := []models.DeliveryStatus{models.DeliveryFailed, models.DeliveryRetrying, models.DeliverySucceeded, models.DeliveryFailed}
		want := []int{1, 2, 0, 1}
		for i, status := range outcomes {
			item := r.leased()
			r.publish(t, item)
			r.now = r.now.Add(time.Second)
			r.complete(t, r.outcome(item, status))
			c, err := r.ChannelLive(t.Context(), r.lane.ChannelID)
			must(t, err)
			if c.ConsecutiveFailures != want[i] || (c.FailingSince != nil) != (want[i] > 0) || c.Status != models.ChannelActive {
				t.Errorf("after %d outcomes: %d failures since %v, %s", i+1, c.ConsecutiveFailures, c.FailingSince, c.Status)
			}
		}
	})
}

func TestHealthDisablesChannels(t *testing.T) {
	three, hour := 3, time.Hour
	for name, test := range map[string]struct {
		policy models.RetryPolicy
		reason string // why the last of three failures disables
		gone   string
	}{
		"after failures": {policy: models.RetryPolicy{DisableAfterFailures: &three}, reason: "failed attempts in a row: 3"},
		"after a time":   {policy: models.RetryPolicy{DisableAfter: &hour}, reason: "every attempt has failed for 1h"},
		"at once":        {gone: "the receiver answered 410 Gone", reason: "the receiver answered 410 Gone"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *room) {
				for i := range 3 {
					item := r.leased()
					r.publish(t, item)
					c := r.outcome(item, models.DeliveryFailed)
					c.Policy = test.policy
					if i == 2 {
						c.DisableChannel = test.gone
					}
					r.heard()
					r.complete(t, c)
					channel, err := r.ChannelLive(t.Context(), r.lane.ChannelID)
					must(t, err)
					if disabled := channel.Status == models.ChannelDisabled; disabled != (i == 2) {
						t.Fatalf("after %d failures the channel is %s", i+1, channel.Status)
					}
					r.now = r.now.Add(30 * time.Minute)
				}
				expectDisabled(t, r, test.reason)
			})
		})
	}
}

func expectDisabled(t *testing.T, r *room, reason string) {
	t.Helper()
	channel, err := r.ChannelLive(t.Context(), r.lane.ChannelID)
	must(t, err)
	if channel.StatusReason == nil || *channel.StatusReason != reason {
		t.Errorf("the reason is %v, want %q", *channel.StatusReason, reason)
	}
	if commits := r.heard(); len(commits) != 1 || !reflect.DeepEqual(commits[0].Tenants, []models.ID{r.tenant}) {
		t.Errorf("the tenant's routes were not told to be stale: %d commits", len(commits))
	}
	before := r.generation
	if r.refresh(t); r.generation != before+1 {
		t.Errorf("the generation went from %d to %d", before, r.generation)
	}
	item := r.leased()
	r.publish(t, item)
	again := r.outcome(item, models.DeliveryFailed)
	again.DisableChannel = "another reason"
	r.complete(t, again)
	if channel, err = r.ChannelLive(t.Context(), r.lane.ChannelID); err != nil || *channel.StatusReason != reason {
		t.Errorf("it was disabled again: %v, %v", channel.StatusReason, err)
	}
	lanes, err := r.Lanes(t.Context())
	if err != nil || len(lanes) > 0 {
		t.Errorf("a disabled channel has lanes: %v, %v", lanes, err)
	}
}

func TestTextFromTheWorldIsMadeFit(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		item := r.leased()
		r.publish(t, item)
		c := r.outcome(item, models.DeliveryFailed)
		body := "a\x00b\xffc"
		c.Parts[0].Attempt.ResponseBody, c.Parts[0].Attempt.RequestBody, c.Parts[0].Attempt.Target = &body, body, body
		c.Parts[0].Attempt.ResponseHeaders = []models.Header{{Name: "X", Value: body}}
		c.Parts[0].Attempt.Error.Message = body
		r.complete(t, c)
		stored, err := r.AttemptsByID(t.Context(), []models.ID{c.Parts[0].Attempt.ID})
		must(t, err)
		a := stored[c.Parts[0].Attempt.ID]
		const want = "a\uFFFDb\uFFFDc"
		for _, got := range []string{*a.ResponseBody, a.RequestBody, a.Target, a.Error.Message, strings.ReplaceAll(a.ResponseHeaders[0].Value, "\x00", "\uFFFD")} {
			if got != want {
				t.Errorf("stored %q", got)
			}
		}
	})
}
