package graph

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"carillon/models"
)

// healths reads how channels have done: one statement for all channels that the
// response has met, for each window that it asks for.
type healths struct {
	mu       sync.Mutex
	met      []models.ID
	byWindow map[time.Duration]*loader[models.ChannelHealth]
}

func (h *healths) expect(channel models.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.met = append(h.met, channel)
	for _, l := range h.byWindow {
		l.expect(channel)
	}
}

func (h *healths) within(window time.Duration) *loader[models.ChannelHealth] {
	h.mu.Lock()
	defer h.mu.Unlock()
	l, ok := h.byWindow[window]
	if !ok {
		if h.byWindow == nil {
			h.byWindow = map[time.Duration]*loader[models.ChannelHealth]{}
		}
		l = &loader[models.ChannelHealth]{expected: slices.Clone(h.met)}
		h.byWindow[window] = l
	}
	return l
}

// healthOf is that of one channel; one that has never been used is well.
func (l *loaders) healthOf(ctx context.Context, channel models.ID, window time.Duration, now time.Time) (models.ChannelHealth, error) {
	read := func(ctx context.Context, ids []models.ID) (map[models.ID]models.ChannelHealth, error) {
		return l.reader.ChannelHealths(ctx, ids, now.Add(-window))
	}
	health, err := l.healths.within(window).load(ctx, channel, read, func(*models.ChannelHealth) {})
	if err != nil || health == nil {
		return models.ChannelHealth{}, err
	}
	return *health, nil
}

// The windows that a channel's health can be asked for.
const (
	minWindow = time.Second
	maxWindow = 8760 * time.Hour
)

func checkWindow(window time.Duration) error {
	if window < minWindow || window > maxWindow {
		return models.Invalid("window", "%s is out of range; give %s to %s",
			models.FormatDuration(window), models.FormatDuration(minWindow), models.FormatDuration(maxWindow))
	}
	return nil
}

// minInterval is the shortest that attempts are counted by.
const minInterval = time.Second

// statsRequest is a request for no more buckets than one answer has.
func statsRequest(from, to time.Time, interval time.Duration, filter models.AttemptFilter) (models.StatsRequest, error) {
	r := models.StatsRequest{From: from, To: to, Interval: interval, Filter: filter}
	span := to.Sub(from)
	switch {
	case span <= 0:
		return r, models.Invalid("to", "is not after from")
	case span == math.MaxInt64: // as much as a length of time can be, or more
		return r, models.Invalid("to", "is too long after from; give at most 200 years")
	case interval < minInterval:
		return r, models.Invalid("interval", "%s is too short; give %s or more", models.FormatDuration(interval), models.FormatDuration(minInterval))
	case buckets(span, interval) > models.MaxStatsBuckets:
		return r, models.Invalid("interval", "%s is too short for this span, which has more than %d of them; give %s or more",
			models.FormatDuration(interval), models.MaxStatsBuckets, models.FormatDuration(leastInterval(span)))
	}
	return r, nil
}

// buckets is how many intervals a span has, the last of which may be cut short.
func buckets(span, interval time.Duration) int64 {
	n := int64(span / interval)
	if span%interval > 0 {
		n++
	}
	return n
}

// leastInterval is the shortest that does for a span, in whole seconds.
func leastInterval(span time.Duration) time.Duration {
	seconds := buckets(span, models.MaxStatsBuckets*time.Second)
	return time.Duration(seconds) * time.Second
}
