package engine

import (
	"fmt"
	"time"

	"carillon/channels"
	"carillon/models"
)

// maxFree bounds the attempts of a delivery after which a pause that its
// receiver asks for uses up a retry too: nothing goes on for ever.
const maxFree = 1000

// outcome is how a message ended, as far as its deliveries are concerned.
type outcome struct {
	failure *channels.Error // nil for success
	sent    bool            // taken, and the provider will say whether it was delivered
	hold    *time.Time      // the receiver wants no more until then
	now     time.Time
	random  float64 // 0 to 1
}

// decide is pure: a delivery that has now made AttemptCount attempts, how the
// last one ended, and the channel's policy make the next state. A receiver that
// names a time is given at least that, and where it only asked for a pause, the
// retry is not used up.
func decide(d models.Delivery, o *outcome, policy *models.RetryPolicy, ordered bool) models.Delivery {
	d.NextAttemptAt, d.CompletedAt, d.Reason = nil, nil, nil
	switch {
	case o.failure == nil && o.sent:
		d.Status = models.DeliverySent
		return d
	case o.failure == nil:
		return complete(d, models.DeliverySucceeded, o.now, "")
	case o.failure.Class == channels.Permanent:
		return complete(d, models.DeliveryFailed, o.now, o.failure.Message+passing(ordered))
	case o.hold != nil && d.AttemptCount < maxFree:
		d.RetryBase++
		return retryAt(d, *o.hold)
	}
	wait, ok := policy.Wait(d.AttemptCount-d.RetryBase, o.random)
	if !ok {
		return complete(d, models.DeliveryFailed, o.now, outOfRetries(&d, o.failure.Message)+passing(ordered))
	}
	next := o.now.Add(max(wait, o.failure.After))
	if o.hold != nil {
		next = later(next, *o.hold)
	}
	return retryAt(d, next)
}

func outOfRetries(d *models.Delivery, why string) string {
	if d.AttemptCount == 1 {
		return why + "; the channel's retry policy has no retries"
	}
	return fmt.Sprintf("out of retries after %d attempts: %s", d.AttemptCount, why)
}

// passing says what a failure means where order is kept.
func passing(ordered bool) string {
	if ordered {
		return "; the next event of its entity goes on without it"
	}
	return ""
}

func complete(d models.Delivery, status models.DeliveryStatus, now time.Time, reason string) models.Delivery {
	d.Status, d.CompletedAt = status, &now
	if reason != "" {
		d.Reason = &reason
	}
	return d
}

func retryAt(d models.Delivery, at time.Time) models.Delivery {
	at = at.Truncate(time.Microsecond)
	d.Status, d.NextAttemptAt = models.DeliveryRetrying, &at
	return d
}
