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
	tests := []struct {
		name     string
		attempts int // made, the last one included
		base     int
		failure  *channels.Error
		random   float64
		status   models.DeliveryStatus
		wait     time.Duration // 0: never
	}{
		{"success", 1, 0, nil, 0.5, models.DeliverySucceeded, 0},
		{"success after failures", 3, 0, nil, 0.5, models.DeliverySucceeded, 0},
		{"first failure waits the first wait", 1, 0, temporary, 0.5, models.DeliveryRetrying, 10 * time.Second},
		{"second failure waits the second wait", 2, 0, temporary, 0.5, models.DeliveryRetrying, time.Minute},
		{"the schedule ends", 3, 0, temporary, 0.5, models.DeliveryFailed, 0},
		{"the schedule begins anew behind its base", 4, 3, temporary, 0.5, models.DeliveryRetrying, 10 * time.Second},
		{"least jitter", 1, 0, temporary, 0, models.DeliveryRetrying, 8 * time.Second},
		{"most jitter", 1, 0, temporary, 1, models.DeliveryRetrying, 12 * time.Second},
		{"permanent", 1, 0, &channels.Error{Class: channels.Permanent}, 0.5, models.DeliveryFailed, 0},
		{"a longer time asked for is given", 1, 0, &channels.Error{Class: channels.Throttled, After: time.Hour}, 0.5, models.DeliveryRetrying, time.Hour},
		{"a shorter time asked for changes nothing", 1, 0, &channels.Error{Class: channels.Throttled, After: time.Second}, 0.5, models.DeliveryRetrying, 10 * time.Second},
		{"throttled beyond the schedule", 3, 0, &channels.Error{Class: channels.Throttled, After: time.Hour}, 0.5, models.DeliveryFailed, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := models.Delivery{AttemptCount: tt.attempts, RetryBase: tt.base}
			got := decide(&d, tt.failure, &policy, now, tt.random)
			if got.Status != tt.status {
				t.Errorf("status %s, want %s", got.Status, tt.status)
			}
			switch {
			case tt.wait == 0 && got.Next != nil:
				t.Errorf("tried again at %s, want never", got.Next)
			case tt.wait != 0 && got.Next == nil:
				t.Errorf("never tried again, want after %s", tt.wait)
			case tt.wait != 0 && got.Next.Sub(now) != tt.wait:
				t.Errorf("waits %s, want %s", got.Next.Sub(now), tt.wait)
			}
		})
	}
}

func TestDecideWithoutRetries(t *testing.T) {
	t.Parallel()
	d := models.Delivery{AttemptCount: 1}
	got := decide(&d, &channels.Error{}, &models.RetryPolicy{}, time.Unix(0, 0), 0.5)
	if got.Status != models.DeliveryFailed || got.Next != nil {
		t.Errorf("an empty schedule gave %+v, want FAILED at once", got)
	}
}
