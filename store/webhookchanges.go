package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

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
		return saveWebhook(tx, &w, &before)
	})
	return w, err
}

// saveWebhook leaves the count of the filter's errors as it is, which goes on
// meanwhile, unless the filter is another one.
func saveWebhook(tx *gorm.DB, w, before *models.Webhook) error {
	columns := []string{"name", "description", "event_types", "filter", "status", "updated_at"}
	w.FilterErrors = before.FilterErrors
	if w.Filter != before.Filter {
		w.FilterErrors = 0
		columns = append(columns, "filter_errors")
	}
	r, err := webhookRecordOf(w)
	if err != nil {
		return err
	}
	q := tx.Select(columns).Updates(r)
	if err := webhookSaved(q.Error, w); err != nil || slices.Equal(w.Routes, before.Routes) {
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

// insertRoutes refuses channels and templates that are deleted or another
// tenant's. The tenant's lock keeps them from being deleted meanwhile.
func insertRoutes(tx *gorm.DB, w *models.Webhook) error {
	if len(w.Routes) == 0 {
		return nil
	}
	records := make([]routeRecord, len(w.Routes))
	wanted := make([]uid, len(w.Routes))
	for i, route := range w.Routes {
		records[i] = routeRecord{Webhook: uidOf(w.ID), Channel: uidOf(route.ChannelID), Template: uidOf(route.TemplateID), Position: i}
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
		if err := usableTemplate(tx, w.TenantID, w.Routes[i].TemplateID); err != nil {
			return models.Under(fmt.Sprintf("routes.%d", i), err)
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
		return waiting.cancel(s, tx, commit, now)
	})
	if err == nil {
		s.cancelRest(ctx, waiting, now)
	}
	return err
}
