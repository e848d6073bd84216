package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"carillon/models"
)

func idOfWebhook(w *models.Webhook) models.ID { return w.ID }

// webhooks is a query of webhooks with their routes.
func (s *Store) webhooks(db *gorm.DB) *gorm.DB {
	routes := "group_concat(hex(r.channel_id) || ':' || hex(r.template_id), ',' ORDER BY r.position)"
	if s.postgres() {
		routes = "string_agg(r.channel_id::text || ':' || COALESCE(r.template_id::text, ''), ',' ORDER BY r.position)"
	}
	return db.Select("webhooks.id, webhooks.tenant_id, webhooks.name, webhooks.description, webhooks.event_types, webhooks.filter, " +
		"webhooks.filter_errors, webhooks.status, webhooks.created_at, webhooks.updated_at, (SELECT " + routes + " FROM routes r WHERE r.webhook_id = webhooks.id) AS routes")
}

// Webhooks lists them, oldest first.
func (s *Store) Webhooks(ctx context.Context, page models.Page, f models.WebhookFilter) (none models.Connection[models.Webhook], err error) {
	var found []models.Webhook
	for part := page; len(found) < beyond(page); {
		some, err := s.webhookPage(ctx, part, f)
		if err != nil {
			return none, err
		}
		for i := range some {
			// Patterns are matched here, because SQL does not know them.
			if f.EventType == "" || some[i].Takes(f.EventType) {
				found = append(found, some[i])
			}
		}
		if len(some) < beyond(part) {
			break
		}
		part = models.Page{First: models.MaxPage, After: models.EncodeCursor(some[len(some)-1].ID.String())}
	}
	return connection(found[:min(len(found), beyond(page))], page, func(w *models.Webhook) string { return w.ID.String() }), nil
}

func (s *Store) webhookPage(ctx context.Context, page models.Page, f models.WebhookFilter) ([]models.Webhook, error) {
	q, err := afterID(s.webhooks(s.read.WithContext(ctx)), "webhooks.id", models.PrefixWebhook, page)
	if err != nil {
		return nil, err
	}
	q = whereID(ofLiveTenants(q, "webhooks.tenant_id"), "webhooks.tenant_id", f.TenantID)
	q = whereText(s.whereSearch(q, f.Search, "webhooks.name", "webhooks.description"), "webhooks.status", f.Status)
	if f.ChannelID != nil {
		q = q.Where("EXISTS (SELECT 1 FROM routes x WHERE x.webhook_id = webhooks.id AND x.channel_id = ?)", uidOf(*f.ChannelID))
	}
	found, err := findAll(q, (*webhookRecord).model)
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return found, nil
}

// WebhooksByID finds many in one statement; unknown ids are missing.
func (s *Store) WebhooksByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Webhook, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q := ofLiveTenants(s.webhooks(s.read.WithContext(ctx)), "webhooks.tenant_id").Where("webhooks.id IN ?", uidsOf(ids))
	found, err := findAll(q, (*webhookRecord).model)
	if err != nil {
		return nil, fmt.Errorf("find webhooks: %w", err)
	}
	return keyed(found, idOfWebhook), nil
}

// WebhooksByChannel finds the webhooks that route to each channel in one
// statement, oldest first.
func (s *Store) WebhooksByChannel(ctx context.Context, channels []models.ID) (map[models.ID][]models.Webhook, error) {
	if len(channels) == 0 {
		return nil, nil
	}
	q := s.webhooks(s.read.WithContext(ctx)).Order("webhooks.id").
		Where("webhooks.id IN (SELECT x.webhook_id FROM routes x WHERE x.channel_id IN ?)", uidsOf(channels))
	found, err := findAll(ofLiveTenants(q, "webhooks.tenant_id"), (*webhookRecord).model)
	if err != nil {
		return nil, fmt.Errorf("find webhooks by channel: %w", err)
	}
	out := make(map[models.ID][]models.Webhook, len(channels))
	for _, channel := range channels {
		out[channel] = nil
	}
	for _, w := range found {
		for _, route := range w.Routes {
			if _, asked := out[route.ChannelID]; asked {
				out[route.ChannelID] = append(out[route.ChannelID], w)
			}
		}
	}
	return out, nil
}
