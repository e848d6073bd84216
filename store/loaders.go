package store

import (
	"context"
	"fmt"

	"carillon/models"
)

// EventsByID finds many in one statement; unknown ids are missing.
func (s *Store) EventsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Event, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := collect(ofLiveTenants(s.events(ctx), "e.tenant_id").Where("e.id IN ?", uidsOf(ids)), scanEvent)
	if err != nil {
		return nil, fmt.Errorf("find events: %w", err)
	}
	return keyed(found, func(e *models.Event) models.ID { return e.ID }), nil
}

// DeliveriesByID finds many in one statement; unknown ids are missing.
func (s *Store) DeliveriesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Delivery, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := collect(ofLiveTenants(s.deliveries(ctx), "d.tenant_id").Where("d.id IN ?", uidsOf(ids)), scanDelivery)
	if err != nil {
		return nil, fmt.Errorf("find deliveries: %w", err)
	}
	return keyed(found, func(d *models.Delivery) models.ID { return d.ID }), nil
}

// AttemptsByID finds many in one statement; unknown ids are missing.
func (s *Store) AttemptsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Attempt, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := s.collectAttempts(ctx, ofLiveTenants(s.attempts(ctx), "a.tenant_id").Where("a.id IN ?", uidsOf(ids)))
	if err != nil {
		return nil, fmt.Errorf("find attempts: %w", err)
	}
	return keyed(found, func(a *models.Attempt) models.ID { return a.ID }), nil
}

// LastAttemptsByWebhook finds the newest attempt of each, without tests, in one
// statement. A webhook that has none is missing.
func (s *Store) LastAttemptsByWebhook(ctx context.Context, ids []models.ID) (map[models.ID]models.Attempt, error) {
	return s.lastAttempts(ctx, "webhooks", "webhook_id", ids, func(a *models.Attempt) models.ID { return a.WebhookID })
}

// LastAttemptsByChannel does the same for channels.
func (s *Store) LastAttemptsByChannel(ctx context.Context, ids []models.ID) (map[models.ID]models.Attempt, error) {
	return s.lastAttempts(ctx, "channels", "channel_id", ids, func(a *models.Attempt) models.ID { return a.ChannelID })
}

// lastAttempts looks one entry of an index up for each owner, however many
// attempts there are.
func (s *Store) lastAttempts(ctx context.Context, table, column string, ids []models.ID, owner func(*models.Attempt) models.ID) (map[models.ID]models.Attempt, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	newest := " FROM attempts x WHERE x." + column + " = o.id AND x.trigger_kind <> 'TEST' ORDER BY x.seq DESC LIMIT 1)"
	query := "SELECT " + attemptColumns + " FROM " + table + " o JOIN attempts a ON a.seq = (SELECT x.seq" + newest
	if s.postgres() {
		query = "SELECT " + attemptColumns + " FROM " + table + " o CROSS JOIN LATERAL (SELECT x.*" + newest + " a"
	}
	found, err := s.collectAttempts(ctx, s.read.WithContext(ctx).Raw(query+" WHERE o.id IN ?", uidsOf(ids)))
	if err != nil {
		return nil, fmt.Errorf("find last attempts: %w", err)
	}
	return keyed(found, owner), nil
}
