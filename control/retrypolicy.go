package control

import (
	"slices"
	"time"

	"carillon/models"
)

// over is the policy with what is given changed; a nil input changes nothing.
// null brings the default back, which for the limits is never.
func (in *RetryPolicy) over(current models.RetryPolicy) models.RetryPolicy {
	if in == nil {
		return current
	}
	byDefault := models.DefaultRetryPolicy()
	schedule := slices.Clone(in.Schedule.or(current.Schedule, byDefault.Schedule))
	if schedule == nil {
		schedule = []time.Duration{}
	}
	return models.RetryPolicy{
		Schedule:             schedule,
		Jitter:               in.Jitter.or(current.Jitter, byDefault.Jitter),
		DisableAfterFailures: in.DisableAfterFailures.pointer(current.DisableAfterFailures),
		DisableAfter:         in.DisableAfter.pointer(current.DisableAfter),
	}
}
