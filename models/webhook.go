package models

import (
	"fmt"
	"time"
)

// WebhookStatus says whether a webhook's deliveries leave.
type WebhookStatus string

// A paused webhook still takes events; its deliveries wait.
const (
	WebhookActive WebhookStatus = "ACTIVE"
	WebhookPaused WebhookStatus = "PAUSED"
)

// Webhook is a subscription: which events go to which channels.
type Webhook struct {
	ID          ID
	TenantID    ID
	Name        string // unique in its tenant
	Description string
	EventTypes  []string // names and patterns, see Pattern
	Filter      string   // CEL over the event; empty takes every event
	// FilterErrors counts the events that the filter failed on since it was set.
	FilterErrors int64
	Routes       []Route
	Status       WebhookStatus
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Route is one channel of a webhook.
type Route struct {
	ChannelID  ID
	TemplateID ID // zero for the channel's own, or else the built-in one
}

// Bounds of one webhook.
const (
	MaxWebhookTypes  = 200
	MaxWebhookRoutes = 100
)

// Validate names the first field that is wrong.
func (w *Webhook) Validate() error {
	if err := CheckName("name", w.Name); err != nil {
		return err
	}
	if err := CheckText("description", w.Description, MaxDescription); err != nil {
		return err
	}
	if n := len(w.EventTypes); n == 0 || n > MaxWebhookTypes {
		return Invalid("eventTypes", "has %d entries; give 1 to %d names or patterns, or * for every event", n, MaxWebhookTypes)
	}
	seenType := make(map[string]bool, len(w.EventTypes))
	for i, pattern := range w.EventTypes {
		field := fmt.Sprintf("eventTypes.%d", i)
		if err := CheckPattern(field, pattern); err != nil {
			return err
		}
		if seenType[pattern] {
			return Invalid(field, "%q is named twice", pattern)
		}
		seenType[pattern] = true
	}
	return w.validateRoutes()
}

func (w *Webhook) validateRoutes() error {
	if n := len(w.Routes); n == 0 || n > MaxWebhookRoutes {
		return Invalid("routes", "has %d entries; give 1 to %d", n, MaxWebhookRoutes)
	}
	seen := make(map[ID]bool, len(w.Routes))
	for i, route := range w.Routes {
		if seen[route.ChannelID] {
			return Invalid(fmt.Sprintf("routes.%d.channelId", i), "%s is named twice; a webhook routes to a channel once", route.ChannelID)
		}
		seen[route.ChannelID] = true
	}
	return nil
}

// Takes says whether one of the webhook's names or patterns takes the type.
func (w *Webhook) Takes(eventType string) bool {
	for _, p := range w.EventTypes {
		if Pattern(p).Match(eventType) {
			return true
		}
	}
	return false
}
