package store

import (
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// filterEvents narrows a query of events e by the rule of EventFilter.Match.
func (s *Store) filterEvents(q *gorm.DB, f models.EventFilter) *gorm.DB {
	q = whereID(q, "e.tenant_id", f.TenantID)
	q = whereIn(q, "e.type", f.Types)
	q = whereText(q, "e.entity_id", f.EntityID)
	q = whereText(q, "e.idempotency_key", f.IdempotencyKey)
	if f.Tag != nil && s.postgres() {
		wanted, _ := json.Marshal([]string{*f.Tag}) // a string always marshals
		q = q.Where("e.tags::jsonb @> ?::text::jsonb", string(wanted))
	} else if f.Tag != nil {
		q = q.Where("EXISTS (SELECT 1 FROM json_each(e.tags) t WHERE t.value = ?)", *f.Tag)
	}
	q = whereTime(q, "e.created_at", f.From, f.To)
	if !f.IncludeTests {
		q = q.Where("e.test = ?", false)
	}
	return q
}

// filterDeliveries narrows a query of deliveries d with their queue rows q by
// the rule of DeliveryFilter.Match.
func (s *Store) filterDeliveries(q *gorm.DB, f models.DeliveryFilter) *gorm.DB {
	q = whereID(q, "d.tenant_id", f.TenantID)
	q = whereID(q, "d.event_id", f.EventID)
	q = whereID(q, "d.webhook_id", f.WebhookID)
	q = whereID(q, "d.channel_id", f.ChannelID)
	q = whereIn(q, "d.event_type", f.EventTypes)
	q = whereTime(q, "d.created_at", f.From, f.To)
	if f.Statuses != nil {
		q = s.whereStatus(q, f.Statuses)
	}
	if f.EventID == nil {
		q = q.Where("d.test = ?", false)
	}
	return q
}

// whereStatus tells DELIVERING from the stored status by the lease.
func (s *Store) whereStatus(q *gorm.DB, statuses []models.DeliveryStatus) *gorm.DB {
	const leased = "(q.lease_owner IS NOT NULL AND q.due_at > ?)"
	var delivering bool
	stored := make([]string, 0, len(statuses))
	for _, status := range statuses {
		if status == models.DeliveryDelivering {
			delivering = true
		} else {
			stored = append(stored, string(status))
		}
	}
	now := micros(s.cfg.Now())
	switch {
	case len(stored) == 0 && !delivering:
		return q.Where("1 = 0")
	case len(stored) == 0:
		return q.Where(leased, now)
	case delivering:
		return q.Where("("+leased+" OR d.status IN ?)", now, stored)
	}
	return q.Where("d.status IN ? AND NOT "+leased, stored, now)
}

// filterAttempts narrows a query of attempts a by the rule of AttemptFilter.Match.
func (s *Store) filterAttempts(q *gorm.DB, f models.AttemptFilter) *gorm.DB {
	q = whereID(q, "a.tenant_id", f.TenantID)
	q = whereID(q, "a.event_id", f.EventID)
	q = whereID(q, "a.delivery_id", f.DeliveryID)
	q = whereID(q, "a.webhook_id", f.WebhookID)
	q = whereID(q, "a.channel_id", f.ChannelID)
	q = whereText(q, "a.channel_kind", f.ChannelKind)
	q = whereIn(q, "a.event_type", f.EventTypes)
	q = whereText(q, "a.status", f.Status)
	q = whereTime(q, "a.started_at", f.From, f.To)
	if !f.IncludeTests {
		q = q.Where("a.trigger_kind <> ?", string(models.TriggerTest))
	}
	return q
}

func whereID(q *gorm.DB, column string, id *models.ID) *gorm.DB {
	if id == nil {
		return q
	}
	return q.Where(column+" = ?", uidOf(*id))
}

func whereText[T ~string](q *gorm.DB, column string, want *T) *gorm.DB {
	if want == nil {
		return q
	}
	return q.Where(column+" = ?", string(*want))
}

// whereIn takes all for nil and none for an empty list.
func whereIn(q *gorm.DB, column string, want []string) *gorm.DB {
	switch {
	case want == nil:
		return q
	case len(want) == 0:
		return q.Where("1 = 0")
	}
	return q.Where(column+" IN ?", want)
}

func whereTime(q *gorm.DB, column string, from, to *time.Time) *gorm.DB {
	if from != nil {
		q = q.Where(column+" >= ?", micros(*from))
	}
	if to != nil {
		q = q.Where(column+" < ?", micros(*to))
	}
	return q
}
