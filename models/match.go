package models

import (
	"slices"
	"time"
)

// Match says whether the filter takes the event: the rule that the store's
// queries follow too, for events that come from memory.
func (f *EventFilter) Match(e *Event) bool {
	return is(f.TenantID, e.TenantID) &&
		(f.Types == nil || slices.Contains(f.Types, e.Type)) &&
		is(f.EntityID, e.EntityID) &&
		(f.Tag == nil || slices.Contains(e.Tags, *f.Tag)) &&
		is(f.IdempotencyKey, e.IdempotencyKey) &&
		within(f.From, f.To, e.CreatedAt) &&
		(f.IncludeTests || !e.Test)
}

// Match says whether the filter takes the delivery.
func (f *DeliveryFilter) Match(d *Delivery) bool {
	return is(f.TenantID, d.TenantID) &&
		is(f.EventID, d.EventID) &&
		is(f.WebhookID, d.WebhookID) &&
		is(f.ChannelID, d.ChannelID) &&
		(f.EventTypes == nil || slices.Contains(f.EventTypes, d.EventType)) &&
		(f.Statuses == nil || slices.Contains(f.Statuses, d.Status)) &&
		within(f.From, f.To, d.CreatedAt) &&
		(f.EventID != nil || !d.Test)
}

// Match says whether the filter takes the attempt.
func (f *AttemptFilter) Match(a *Attempt) bool {
	return is(f.TenantID, a.TenantID) &&
		is(f.EventID, a.EventID) &&
		is(f.DeliveryID, a.DeliveryID) &&
		is(f.WebhookID, a.WebhookID) &&
		is(f.ChannelID, a.ChannelID) &&
		is(f.ChannelKind, a.ChannelKind) &&
		(f.EventTypes == nil || slices.Contains(f.EventTypes, a.EventType)) &&
		is(f.Status, a.Status) &&
		within(f.From, f.To, a.StartedAt) &&
		(f.IncludeTests || a.Trigger != TriggerTest)
}

func is[T comparable](want *T, got T) bool { return want == nil || *want == got }

func within(from, to *time.Time, t time.Time) bool {
	return (from == nil || !t.Before(*from)) && (to == nil || t.Before(*to))
}
