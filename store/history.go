package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"carillon/models"
)

// Events lists them, newest first.
func (s *Store) Events(ctx context.Context, page models.Page, f models.EventFilter) (none models.Connection[models.Event], err error) {
	q, err := beforeSeq(s.events(ctx), "e.seq", page)
	if err != nil {
		return none, err
	}
	q = s.filterEvents(ofLiveTenants(q, "e.tenant_id"), f)
	if f.IdempotencyKey != nil && f.TenantID != nil {
		// No index of events holds keys; the one that keeps them unique does.
		q = q.Where("e.id = (SELECT k.event_id FROM idempotency_keys k WHERE k.tenant_id = ? AND k.key = ?)",
			uidOf(*f.TenantID), *f.IdempotencyKey)
	}
	found, err := collect(q, scanEvent)
	if err != nil {
		return none, fmt.Errorf("list events: %w", err)
	}
	return connection(found, page, func(e *models.Event) string { return strconv.FormatInt(e.Seq, 10) }), nil
}

// Deliveries lists them, newest first.
func (s *Store) Deliveries(ctx context.Context, page models.Page, f models.DeliveryFilter) (none models.Connection[models.Delivery], err error) {
	q, id := s.via(s.deliveries(ctx), "deliveries d", deliveryIndex(&f)), "d.id"
	if f.EventID == nil && f.Statuses != nil && !slices.ContainsFunc(f.Statuses, models.DeliveryStatus.Final) {
		q, id = s.waitingDeliveries(ctx, &f), "q.delivery_id"
	}
	if q, err = beforeID(q, id, models.PrefixDelivery, page); err != nil {
		return none, err
	}
	found, err := collect(s.filterDeliveries(ofLiveTenants(q, "d.tenant_id"), f), scanDelivery)
	if err != nil {
		return none, fmt.Errorf("list deliveries: %w", err)
	}
	return connection(found, page, deliveryKey), nil
}

// waitingDeliveries is like deliveries for those that are not final. It walks
// along the queue, which is short where history is long, and looks up each
// delivery: CROSS JOIN keeps SQLite at this, OFFSET 0 PostgreSQL.
func (s *Store) waitingDeliveries(ctx context.Context, f *models.DeliveryFilter) *gorm.DB {
	q := s.read.WithContext(ctx).Table("queue q").Select(deliveryColumns, micros(s.cfg.Now()))
	channel := "q.channel_id"
	if s.postgres() {
		q = q.Joins("CROSS JOIN LATERAL (SELECT * FROM deliveries x WHERE x.id = q.delivery_id OFFSET 0) d")
	} else {
		q = q.Joins("CROSS JOIN deliveries d").Where("d.id = q.delivery_id")
		channel = "+q.channel_id" // the plus keeps it from another order
	}
	if f.TenantID != nil {
		// It follows from d.tenant_id, and passes by the backlogs of other tenants
		// without a look at each delivery.
		q = q.Where(channel+" IN (SELECT id FROM channels WHERE tenant_id = ?)", uidOf(*f.TenantID))
	}
	return whereID(whereID(q, "q.webhook_id", f.WebhookID), "q.channel_id", f.ChannelID)
}

// Attempts lists them, newest first.
func (s *Store) Attempts(ctx context.Context, page models.Page, f models.AttemptFilter) (none models.Connection[models.Attempt], err error) {
	q, err := beforeSeq(s.via(s.attempts(ctx), "attempts a", attemptIndex(&f)), "a.seq", page)
	if err != nil {
		return none, err
	}
	if f.EventID != nil {
		// No index of attempts holds events; those of deliveries lead there.
		q = q.Where("a.delivery_id IN (SELECT id FROM deliveries WHERE event_id = ?)", uidOf(*f.EventID))
	}
	found, err := s.collectAttempts(ctx, s.filterAttempts(ofLiveTenants(q, "a.tenant_id"), f))
	if err != nil {
		return none, fmt.Errorf("list attempts: %w", err)
	}
	return connection(found, page, attemptKey), nil
}

// via names the index that SQLite goes by. It keeps no statistics, and would as
// soon read all of a tenant's history as the few rows of one event.
func (s *Store) via(q *gorm.DB, table, index string) *gorm.DB {
	if s.postgres() || index == "" {
		return q
	}
	return q.Table(table + " INDEXED BY " + index)
}

// deliveryIndex is the narrowest one.
func deliveryIndex(f *models.DeliveryFilter) string {
	switch {
	case f.EventID != nil:
		return "deliveries_event"
	case f.WebhookID != nil:
		return "deliveries_webhook"
	case f.ChannelID != nil:
		return "deliveries_channel"
	case f.TenantID != nil:
		return "deliveries_tenant"
	}
	return ""
}

// attemptIndex is the narrowest one.
func attemptIndex(f *models.AttemptFilter) string {
	switch {
	case f.DeliveryID != nil, f.EventID != nil:
		return "attempts_delivery"
	case f.WebhookID != nil:
		return "attempts_webhook"
	case f.ChannelID != nil:
		return "attempts_channel"
	case f.TenantID != nil:
		return "attempts_tenant"
	}
	return ""
}

// AttemptsOfDelivery lists them, oldest first, tests too.
func (s *Store) AttemptsOfDelivery(ctx context.Context, delivery models.ID, page models.Page) (none models.Connection[models.Attempt], err error) {
	q := s.attempts(ctx).Where("a.delivery_id = ?", uidOf(delivery)).Order("a.seq").Limit(beyond(page))
	if page.After != "" {
		seq, err := models.DecodeSeqCursor("after", page.After)
		if err != nil {
			return none, err
		}
		q = q.Where("a.seq > ?", seq)
	}
	found, err := s.collectAttempts(ctx, ofLiveTenants(q, "a.tenant_id"))
	if err != nil {
		return none, fmt.Errorf("list attempts of a delivery: %w", err)
	}
	return connection(found, page, attemptKey), nil
}

// DeliveriesOfEvent lists them, oldest first, tests too.
func (s *Store) DeliveriesOfEvent(ctx context.Context, event models.ID, page models.Page) (none models.Connection[models.Delivery], err error) {
	q, err := afterID(s.deliveries(ctx).Where("d.event_id = ?", uidOf(event)), "d.id", models.PrefixDelivery, page)
	if err != nil {
		return none, err
	}
	found, err := collect(ofLiveTenants(q, "d.tenant_id"), scanDelivery)
	if err != nil {
		return none, fmt.Errorf("list deliveries of an event: %w", err)
	}
	return connection(found, page, deliveryKey), nil
}

func deliveryKey(d *models.Delivery) string { return d.ID.String() }

func attemptKey(a *models.Attempt) string { return strconv.FormatInt(a.Seq, 10) }

// beforeSeq begins a list that is ordered by log positions, newest first.
func beforeSeq(q *gorm.DB, column string, page models.Page) (*gorm.DB, error) {
	q = q.Order(column + " DESC").Limit(beyond(page))
	if page.After == "" {
		return q, nil
	}
	seq, err := models.DecodeSeqCursor("after", page.After)
	return q.Where(column+" < ?", seq), err
}
