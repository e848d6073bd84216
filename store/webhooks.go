package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

type webhookRecord struct {
	ID          uid    `gorm:"column:id;primaryKey"`
	Tenant      uid    `gorm:"column:tenant_id"`
	Name        string `gorm:"column:name"`
	Description string `gorm:"column:description"`
	EventTypes  string `gorm:"column:event_types"`
	Status      string `gorm:"column:status"`
	Created     int64  `gorm:"column:created_at"`
	Updated     int64  `gorm:"column:updated_at"`

	// Routes are the ids of the channels in their order, read with the webhook
	// in one statement.
	Routes *string `gorm:"column:routes;->"`
}

func (webhookRecord) TableName() string { return "webhooks" }

type routeRecord struct {
	Webhook  uid `gorm:"column:webhook_id"`
	Channel  uid `gorm:"column:channel_id"`
	Position int `gorm:"column:position"`
}

func (routeRecord) TableName() string { return "routes" }

func webhookRecordOf(w *models.Webhook) (*webhookRecord, error) {
	types, err := json.Marshal(w.EventTypes)
	if err != nil {
		return nil, fmt.Errorf("write event types: %w", err)
	}
	return &webhookRecord{
		ID: uidOf(w.ID), Tenant: uidOf(w.TenantID), Name: w.Name, Description: w.Description, EventTypes: string(types),
		Status: string(w.Status), Created: micros(w.CreatedAt), Updated: micros(w.UpdatedAt),
	}, nil
}

func (r *webhookRecord) model() (models.Webhook, error) {
	w := models.Webhook{
		ID: r.ID.id(models.PrefixWebhook), TenantID: r.Tenant.id(models.PrefixTenant), Name: r.Name, Description: r.Description,
		Status: models.WebhookStatus(r.Status), CreatedAt: fromMicros(r.Created), UpdatedAt: fromMicros(r.Updated),
	}
	if err := json.Unmarshal([]byte(r.EventTypes), &w.EventTypes); err != nil {
		return w, fmt.Errorf("read event types of webhook %s: %w", w.ID, err)
	}
	if r.Routes == nil {
		return w, nil
	}
	for text := range strings.SplitSeq(*r.Routes, ",") {
		var channel uid
		if err := channel.Scan(text); err != nil {
			return w, fmt.Errorf("read routes of webhook %s: %w", w.ID, err)
		}
		w.Routes = append(w.Routes, models.Route{ChannelID: channel.id(models.PrefixChannel)})
	}
	return w, nil
}

func idOfWebhook(w *models.Webhook) models.ID { return w.ID }

// webhooks is a query of webhooks with their routes.
func (s *Store) webhooks(db *gorm.DB) *gorm.DB {
	routes := "group_concat(hex(r.channel_id), ',' ORDER BY r.position)"
	if s.postgres() {
		routes = "string_agg(r.channel_id::text, ',' ORDER BY r.position)"
	}
	return db.Select("webhooks.*, (SELECT " + routes + " FROM routes r WHERE r.webhook_id = webhooks.id) AS routes")
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

// CreateWebhook stores a new one. Its name must be free in its tenant, and its
// routes must lead to channels of the same tenant.
func (s *Store) CreateWebhook(ctx context.Context, w models.Webhook) error {
	r, err := webhookRecordOf(&w)
	if err != nil {
		return err
	}
	return s.change(ctx, &models.Commit{Tenants: []models.ID{w.TenantID}}, func(tx *gorm.DB) error {
		if _, err := liveTenant(tx, w.TenantID); err != nil {
			return models.Under("tenantId", err)
		}
		if err := webhookSaved(tx.Create(r).Error, &w); err != nil {
			return err
		}
		return insertRoutes(tx, &w)
	})
}

// UpdateWebhook changes what fn changes.
func (s *Store) UpdateWebhook(ctx context.Context, id models.ID, fn func(*models.Webhook) error) (w models.Webhook, err error) {
	tenant, err := s.tenantOf(ctx, "webhooks", "webhook", id)
	if err != nil {
		return w, err
	}
	err = s.change(ctx, &models.Commit{Tenants: []models.ID{tenant}}, func(tx *gorm.DB) error {
		if w, err = s.takeWebhook(tx, tenant, id); err != nil {
			return err
		}
		before := w
		w.EventTypes, w.Routes = slices.Clone(w.EventTypes), slices.Clone(w.Routes)
		if err := fn(&w); err != nil {
			return err
		}
		w.ID, w.TenantID, w.CreatedAt = before.ID, before.TenantID, before.CreatedAt
		return saveWebhook(tx, &w, !slices.Equal(w.Routes, before.Routes))
	})
	return w, err
}

func saveWebhook(tx *gorm.DB, w *models.Webhook, rerouted bool) error {
	r, err := webhookRecordOf(w)
	if err != nil {
		return err
	}
	q := tx.Select("name", "description", "event_types", "status", "updated_at").Updates(r)
	if err := webhookSaved(q.Error, w); err != nil || !rerouted {
		return err
	}
	if err := tx.Exec("DELETE FROM routes WHERE webhook_id = ?", r.ID).Error; err != nil {
		return err
	}
	return insertRoutes(tx, w)
}

// takeWebhook reads one behind the lock of its tenant.
func (s *Store) takeWebhook(tx *gorm.DB, tenant, id models.ID) (models.Webhook, error) {
	if _, err := liveTenant(tx, tenant); err != nil {
		return models.Webhook{}, asNotFound(err, "webhook", id)
	}
	var r webhookRecord
	if err := s.webhooks(tx).Where("webhooks.id = ?", uidOf(id)).Take(&r).Error; err != nil {
		return models.Webhook{}, asNotFound(err, "webhook", id)
	}
	return r.model()
}

// tenantOf reads whose a thing is before its transaction, because the tenant's
// lock comes first. Things never change hands.
func (s *Store) tenantOf(ctx context.Context, table, what string, id models.ID) (models.ID, error) {
	var tenant uid
	row := s.read.WithContext(ctx).Table(table).Select("tenant_id").Where("id = ?", uidOf(id)).Row()
	if err := row.Scan(&tenant); err != nil {
		return models.ID{}, asNotFound(err, what, id)
	}
	return tenant.id(models.PrefixTenant), nil
}

func webhookSaved(err error, w *models.Webhook) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Conflict("name", "%q is the name of another webhook; give one that is free", w.Name)
	}
	return err
}

// insertRoutes refuses channels that are deleted or another tenant's. The
// tenant's lock keeps them from being deleted meanwhile.
func insertRoutes(tx *gorm.DB, w *models.Webhook) error {
	if len(w.Routes) == 0 {
		return nil
	}
	records := make([]routeRecord, len(w.Routes))
	wanted := make([]uid, len(w.Routes))
	for i, route := range w.Routes {
		records[i] = routeRecord{Webhook: uidOf(w.ID), Channel: uidOf(route.ChannelID), Position: i}
		wanted[i] = records[i].Channel
	}
	var live []uid
	q := tx.Table("channels").Where("id IN ? AND tenant_id = ? AND deleted_at IS NULL", wanted, uidOf(w.TenantID))
	if err := q.Pluck("id", &live).Error; err != nil {
		return err
	}
	for i := range wanted {
		if !slices.Contains(live, wanted[i]) {
			return models.Under(fmt.Sprintf("routes.%d.channelId", i), models.NotFound("channel", w.Routes[i].ChannelID))
		}
	}
	return tx.Create(&records).Error
}

// DeleteWebhook takes a webhook away and cancels what waits for it.
func (s *Store) DeleteWebhook(ctx context.Context, id models.ID, now time.Time) error {
	tenant, err := s.tenantOf(ctx, "webhooks", "webhook", id)
	if err != nil {
		return err
	}
	waiting := webhookBacklog(tenant, id)
	commit := &models.Commit{Tenants: []models.ID{tenant}}
	err = s.change(ctx, commit, func(tx *gorm.DB) error {
		if _, err := s.takeWebhook(tx, tenant, id); err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM routes WHERE webhook_id = ?", uidOf(id)).Error; err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM webhooks WHERE id = ?", uidOf(id)).Error; err != nil {
			return err
		}
		return waiting.cancel(tx, commit, now)
	})
	if err == nil {
		s.cancelRest(ctx, waiting, now)
	}
	return err
}
