package store

import (
	"fmt"
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
	heldNow      bool // by this very transaction, as disabled is
	disabled     bool
	reason       string
	at           time.Time // of the attempt that disabled it
}

// count takes one more message in.
func (h *channelHealth) count(c *models.Completion) {
	a := &c.Parts[0].Attempt
	switch {
	case a.Status == models.AttemptSucceeded:
		h.failures, h.failingSince = 0, nil
	case !c.Uncounted:
		h.failures++
		if h.failingSince == nil {
			at := a.StartedAt
			h.failingSince = &at
		}
	}
	if c.Hold != nil && (h.held == nil || h.held.Before(*c.Hold)) {
		h.held, h.heldNow = c.Hold, true
	}
	if reason := h.fault(c); reason != "" && h.status == models.ChannelActive {
		h.status, h.disabled, h.reason = models.ChannelDisabled, true, reason
		h.at = a.StartedAt.Add(a.Latency)
	}
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
