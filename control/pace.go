package control

import "carillon/models"

// over is the limits with what is given changed; a nil input changes nothing,
// and null brings a default of the kind back.
func (in *ChannelLimits) over(current models.ChannelLimits, kind models.ChannelKind) models.ChannelLimits {
	if in == nil {
		return current
	}
	plain := models.DefaultLimits(kind)
	limits := models.ChannelLimits{
		Rate:        in.Rate.pointer(current.Rate),
		Concurrency: in.Concurrency.or(current.Concurrency, plain.Concurrency),
	}
	if limits.Rate == nil {
		limits.Rate = plain.Rate
	}
	return limits
}

// applyPace changes how fast, in what order and in what company events leave.
func (in *UpdateChannel) applyPace(ch *models.Channel) {
	if in.Limits.Given {
		base := ch.Limits
		if in.Limits.Value == nil {
			base = models.DefaultLimits(ch.Kind)
		}
		ch.Limits = in.Limits.Value.over(base, ch.Kind)
	}
	ch.Batching = in.Batching.pointer(ch.Batching)
	ch.Ordering = in.Ordering.or(ch.Ordering, models.OrderNone)
}
