package engine

import (
	"time"

	"carillon/channels"
	"carillon/models"
)

// verdict is what becomes of a delivery after an attempt.
type verdict struct {
	Status    models.DeliveryStatus
	Next      *time.Time // when it is tried again; nil when it is not
	Retryable bool       // whether another try could help at all
}

// decide is pure: a delivery that has now made attemptCount attempts, how the
// last one ended, the channel's policy, the time, and a random number from 0 to
// 1 make the next state. A receiver that names a time is given at least that.
func decide(d *models.Delivery, failure *channels.Error, policy *models.RetryPolicy, now time.Time, random float64) verdict {
	if failure == nil {
		return verdict{Status: models.DeliverySucceeded}
	}
	if failure.Class == channels.Permanent {
		return verdict{Status: models.DeliveryFailed}
	}
	wait, ok := policy.Wait(d.AttemptCount-d.RetryBase, random)
	if !ok {
		return verdict{Status: models.DeliveryFailed, Retryable: true}
	}
	next := now.Add(max(wait, failure.After))
	return verdict{Status: models.DeliveryRetrying, Next: &next, Retryable: true}
}
