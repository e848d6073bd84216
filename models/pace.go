package models

import "time"

// ChannelLimits bound what leaves through a channel, on all nodes together.
type ChannelLimits struct {
	Rate        *float64 `json:"rate"`        // messages a second; nil is unlimited
	Concurrency int      `json:"concurrency"` // messages under way at once
}

// Bounds and defaults of the limits.
const (
	MinRate            = 0.001 // a message in a quarter of an hour
	MaxRate            = 100_000
	MaxConcurrency     = 10_000
	DefaultConcurrency = 100
	DefaultSlackRate   = 1 // what Slack takes of one sender in one channel
)

// DefaultLimits let an ordinary endpoint be as fast as it is, and keep one that
// hangs from holding every worker. Slack takes a message a second.
func DefaultLimits(kind ChannelKind) ChannelLimits {
	limits := ChannelLimits{Concurrency: DefaultConcurrency}
	if kind == KindSlack {
		rate := float64(DefaultSlackRate)
		limits.Rate = &rate
	}
	return limits
}

// Validate names the first field that is wrong.
func (l *ChannelLimits) Validate() error {
	if l.Rate != nil && !(*l.Rate >= MinRate && *l.Rate <= MaxRate) { // so that NaN is refused too
		return Invalid("rate", "%v is out of range; give %v to %d messages a second, or null for unlimited", *l.Rate, MinRate, MaxRate)
	}
	if l.Concurrency < 1 || l.Concurrency > MaxConcurrency {
		return Invalid("concurrency", "%d is out of range; give 1 to %d", l.Concurrency, MaxConcurrency)
	}
	return nil
}

// Batching puts several events into one message.
type Batching struct {
	MaxEvents int           `json:"maxEvents"` // more roll over into the next message
	MaxWait   time.Duration `json:"maxWait"`   // of the oldest event in a message that is not full
}

// Bounds of batching.
const (
	MaxBatchEvents = 1000
	MaxBatchWait   = 24 * time.Hour
)

// Validate names the first field that is wrong.
func (b *Batching) Validate() error {
	if b.MaxEvents < 1 || b.MaxEvents > MaxBatchEvents {
		return Invalid("maxEvents", "%d is out of range; give 1 to %d", b.MaxEvents, MaxBatchEvents)
	}
	if b.MaxWait < 0 || b.MaxWait > MaxBatchWait {
		return Invalid("maxWait", "%s is out of range; give 0s to %s", FormatDuration(b.MaxWait), FormatDuration(MaxBatchWait))
	}
	return nil
}

// Ordering says whether a channel keeps the order of events.
type Ordering string

// The orders of the contract.
const (
	OrderNone      Ordering = "NONE"
	OrderPerEntity Ordering = "PER_ENTITY"
)

// Validate refuses what is none of them.
func (o Ordering) Validate() error {
	switch o {
	case OrderNone, OrderPerEntity:
		return nil
	}
	return Invalid("", "%q is not one of %s, %s", string(o), OrderNone, OrderPerEntity)
}

// sharedConcurrency is the least limit that nodes may share out among them:
// each takes its part, and there are never more nodes than that.
const sharedConcurrency = 64

// Owned says that one node at a time must do all the channel's work: only so do
// a rate, an order, a batch, or a handful of messages hold across all nodes. The
// work of every other channel is anybody's.
func (c *Channel) Owned() bool {
	return c.Limits.Rate != nil || c.Batching != nil || c.Ordering == OrderPerEntity || c.Limits.Concurrency < sharedConcurrency
}
