package control

import "carillon/models"

// over is the limits with what is given changed; a nil input changes nothing.
func (in *ChannelLimits) over(current models.ChannelLimits) models.ChannelLimits {
	if in == nil {
		return current
	}
	return models.ChannelLimits{
		Rate:        in.Rate.pointer(current.Rate),
		Concurrency: in.Concurrency.or(current.Concurrency, models.DefaultConcurrency),
	}
}

// applyPace changes how fast, in what order and in what company events leave.
func (in *UpdateChannel) applyPace(ch *models.Channel) {
	if in.Limits.Given {
		base := ch.Limits
		if in.Limits.Value == nil {
			base = models.DefaultLimits()
		}
		ch.Limits = in.Limits.Value.over(base)
	}
	ch.Batching = in.Batching.pointer(ch.Batching)
	ch.Ordering = in.Ordering.or(ch.Ordering, models.OrderNone)
}
