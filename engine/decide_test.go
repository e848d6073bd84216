package engine

import (
	"testing"
	"time"

	"carillon/channels"
	"carillon/models"
)

func TestDecide(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	policy := models.RetryPolicy{Schedule: []time.Duration{10 * time.Second, time.Minute}, Jitter: 0.2}
	temporary := &channels.Error{Class: channels.Temporary}
	throttled := &channels.Error{Class: channels.Throttled}
	tests := []struct {
		name     string
		attempts int // made, the last one included
		base     int
		failure  *channels.Error
		hold     time.Duration // the receiver asked for a pause of that length; 0: did not
		random   float64
		status   models.DeliveryStatus
		wait     time.Duration // 0: never
	}{
		{"success", 1, 0, nil, 0, 0.5, models.DeliverySucceeded, 0},
		{"success after failures", 3, 0, nil, 0, 0.5, models.DeliverySucceeded, 0},
		{"first failure waits the first wait", 1, 0, temporary, 0, 0.5, models.DeliveryRetrying, 10 * time.Second},
		{"second failure waits the second wait", 2, 0, temporary, 0, 0.5, models.DeliveryRetrying, time.Minute},
		{"the schedule ends", 3, 0, temporary, 0, 0.5, models.DeliveryFailed, 0},
		{"the schedule begins anew behind its base", 4, 3, temporary, 0, 0.5, models.DeliveryRetrying, 10 * time.Second},
		{"least jitter", 1, 0, temporary, 0, 0, models.DeliveryRetrying, 8 * time.Second},
		{"most jitter", 1, 0, temporary, 0, 1, models.DeliveryRetrying, 12 * time.Second},
		{"permanent", 1, 0, &channels.Error{Class: channels.Permanent, Message: "no"}, 0, 0.5, models.DeliveryFailed, 0},
		{"a longer time asked for is given", 1, 0, &channels.Error{Class: channels.Throttled, After: time.Hour}, 0, 0.5, models.DeliveryRetrying, time.Hour},
		{"a shorter time asked for changes nothing", 1, 0, &channels.Error{Class: channels.Throttled, After: time.Second}, 0, 0.5, models.DeliveryRetrying, 10 * time.Second},
		{"a pause uses up no retry", 1, 0, throttled, 5 * time.Second, 0.5, models.DeliveryRetrying, 5 * time.Second},
		{"a pause behind the last retry uses up none", 3, 0, throttled, 5 * time.Second, 0.5, models.DeliveryRetrying, 5 * time.Second},
		{"a thousand pauses are enough", maxFree, maxFree - 1, throttled, time.Minute, 0.5, models.DeliveryRetrying, time.Minute},
		{"and then retries are used up", maxFree + 2, maxFree - 1, throttled, time.Minute, 0.5, models.DeliveryFailed, 0},
		{"throttled beyond the schedule", 3, 0, &channels.Error{Class: channels.Throttled, After: time.Hour}, 0, 0.5, models.DeliveryFailed, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := &outcome{failure: tt.failure, now: now, random: tt.random}
			if tt.hold > 0 {
				until := now.Add(tt.hold)
				o.hold = &until
			}
			got := decide(models.Delivery{AttemptCount: tt.attempts, RetryBase: tt.base}, o, &policy, false)
			if got.Status != tt.status {
				t.Errorf("status %s, want %s", got.Status, tt.status)
			}
			if (got.CompletedAt != nil) != tt.status.Final() || (got.Reason != nil) != (tt.status == models.DeliveryFailed) {
				t.Errorf("completed at %v for the reason %v", got.CompletedAt, got.Reason)
			}
			next := got.NextAttemptAt
			switch {
			case tt.wait == 0 && next != nil:
				t.Errorf("tried again at %s, want never", next)
			case tt.wait != 0 && next == nil:
				t.Errorf("never tried again, want after %s", tt.wait)
			case tt.wait != 0 && next.Sub(now) != tt.wait:
				t.Errorf("waits %s, want %s", next.Sub(now), tt.wait)
			}
		})
	}
}

func TestDecideTellsWhy(t *testing.T) {
	t.Parallel()
	policy := &models.RetryPolicy{Schedule: []time.Duration{time.Second}}
	failure := &channels.Error{Message: "the endpoint answered 500"}
	tests := []struct {
		attempts int
		class    channels.Class
		policy   *models.RetryPolicy
		ordered  bool
		want     string
	}{
		{1, channels.Temporary, &models.RetryPolicy{}, false, "the endpoint answered 500; the channel's retry policy has no retries"},
		{1, channels.Permanent, policy, false, "the endpoint answered 500"},
		{2, channels.Temporary, policy, false, "out of retries after 2 attempts: the endpoint answered 500"},
		{2, channels.Temporary, policy, true, "out of retries after 2 attempts: the endpoint answered 500; the next event of its entity goes on without it"},
	}
	for _, tt := range tests {
		f := *failure
		f.Class = tt.class
		got := decide(models.Delivery{AttemptCount: tt.attempts}, &outcome{failure: &f}, tt.policy, tt.ordered)
		if got.Status != models.DeliveryFailed || got.Reason == nil || *got.Reason != tt.want {
			t.Errorf("%s for the reason %v, want %q", got.Status, got.Reason, tt.want)
		}
	}
}
