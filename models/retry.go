package models

import (
	"fmt"
	"time"
)

// RetryPolicy says when a failed delivery is tried again.
type RetryPolicy struct {
	Schedule             []time.Duration `json:"schedule"` // the wait before each retry; empty: one attempt
	Jitter               float64         `json:"jitter"`   // 0 to 1: each wait is spread by up to this fraction
	DisableAfterFailures *int            `json:"disableAfterFailures"`
	DisableAfter         *time.Duration  `json:"disableAfter"`
}

// Bounds and defaults of a retry policy.
const (
	MaxRetries    = 50
	MaxRetryWait  = 30 * 24 * time.Hour
	DefaultJitter = 0.2
)

// DefaultRetryPolicy is the schedule of Standard Webhooks, about three days
// long, with 20% jitter. The server disables nothing by itself unless asked to,
// but for an endpoint that says 410 Gone.
func DefaultRetryPolicy() RetryPolicy {
	return RetryPolicy{
		Schedule: []time.Duration{
			5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
			10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
		},
		Jitter: DefaultJitter,
	}
}

// Validate names the first field that is wrong.
func (p *RetryPolicy) Validate() error {
	if n := len(p.Schedule); n > MaxRetries {
		return Invalid("schedule", "has %d waits; at most %d are allowed", n, MaxRetries)
	}
	for i, wait := range p.Schedule {
		if wait <= 0 || wait > MaxRetryWait {
			return Invalid(fmt.Sprintf("schedule.%d", i), "%s is out of range; give more than 0s and at most %s",
				FormatDuration(wait), FormatDuration(MaxRetryWait))
		}
	}
	if !(p.Jitter >= 0 && p.Jitter <= 1) { // so that NaN is refused too
		return Invalid("jitter", "%v is out of range; give 0 to 1", p.Jitter)
	}
	if p.DisableAfterFailures != nil && *p.DisableAfterFailures < 1 {
		return Invalid("disableAfterFailures", "%d is out of range; give 1 or more, or null for never", *p.DisableAfterFailures)
	}
	if p.DisableAfter != nil && *p.DisableAfter <= 0 {
		return Invalid("disableAfter", "%s is out of range; give more than 0s, or null for never", FormatDuration(*p.DisableAfter))
	}
	return nil
}

// Wait is the wait before the given retry (1 for the first), spread by random,
// a number from 0 to 1; ok is false when the schedule is used up.
func (p *RetryPolicy) Wait(retry int, random float64) (wait time.Duration, ok bool) {
	if retry < 1 || retry > len(p.Schedule) {
		return 0, false
	}
	wait = p.Schedule[retry-1]
	spread := 1 + p.Jitter*(2*random-1)
	return time.Duration(float64(wait) * spread), true
}
