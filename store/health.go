package store

import (
	"fmt"
	"slices"
	"time"

	"carillon/models"
)

// channelHealth is what a channel remembers of its latest attempts.
type channelHealth struct {
	id, tenant   uid
	status       models.ChannelStatus
	failures     int        // in a row
	failingSince *time.Time // the first of them
	held         *time.Time
	heldNow      bool       // by this very transaction, as disabled is
	ordinary     *time.Time // the newest failure of a message with more than operational events
	disabled     bool
	reason       string
	at           time.Time // of the attempt that disabled it
	signal       *models.Signal
}

// count takes one more message in.
func (h *channelHealth) count(c *models.Completion) {
	a := &c.Parts[0].Attempt
	switch {
	case a.Status == models.AttemptSucceeded:
		h.failures, h.failingSince = 0, nil
	case !c.Uncounted:
		h.failures++
		at := a.StartedAt
		if h.failingSince == nil {
			h.failingSince = &at
		}
		if ordinary(c) && (h.ordinary == nil || h.ordinary.Before(at)) {
			h.ordinary = &at
		}
	}
	if c.Hold != nil && (h.held == nil || h.held.Before(*c.Hold)) {
		h.held, h.heldNow = c.Hold, true
	}
	if reason := h.fault(c); reason != "" && h.status == models.ChannelActive {
		h.status, h.disabled, h.reason = models.ChannelDisabled, true, reason
		h.at = a.StartedAt.Add(a.Latency)
		h.signal = h.news(c)
	}
}

// news is what is told of the channel's end. Where operational events alone have
// failed it is nothing, or they would make more of themselves.
func (h *channelHealth) news(c *models.Completion) *models.Signal {
	among := h.ordinary != nil && h.failingSince != nil && !h.ordinary.Before(*h.failingSince) // of those in a row
	if c.Disabled == nil || !ordinary(c) && !among {
		return nil
	}
	told := *c.Disabled
	told.At, told.Data.Reason, told.Data.Since = h.at, h.reason, h.failingSince
	return &told
}

// ordinary says that a message has more than operational events in it.
func ordinary(c *models.Completion) bool {
	return slices.ContainsFunc(c.Parts, func(p models.CompletionPart) bool { return !models.IsOperational(p.Attempt.EventType) })
}

// fault says why the channel is to be disabled; it is empty for no reason.
func (h *channelHealth) fault(c *models.Completion) string {
	p, a := &c.Policy, &c.Parts[0].Attempt
	switch {
	case c.DisableChannel != "":
		return c.DisableChannel
	case a.Status == models.AttemptSucceeded, c.Uncounted:
		return ""
	case p.DisableAfterFailures != nil && h.failures >= *p.DisableAfterFailures:
		return fmt.Sprintf("failed attempts in a row: %d", h.failures)
	case p.DisableAfter != nil && a.StartedAt.Sub(*h.failingSince) >= *p.DisableAfter:
		return fmt.Sprintf("every attempt has failed for %s", models.FormatDuration(*p.DisableAfter))
	}
	return ""
}
