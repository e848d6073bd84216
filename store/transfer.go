package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

// What is imported bears its id, and is left as it is where it is there already:
// whoever imports again makes no doubles.

// ImportTenant stores a tenant unless it is there.
func (s *Store) ImportTenant(ctx context.Context, t models.Tenant) (made bool, err error) {
	err = s.change(ctx, &models.Commit{}, func(tx *gorm.DB) error {
		made = false
		var r tenantRecord
		err := tx.Where("id = ?", uidOf(t.ID)).Take(&r).Error
		switch {
		case err == nil && r.Deleted != nil:
			return models.Conflict("id", "the tenant %s was deleted here, and its id is free once it is erased; import into another tenant", t.ID)
		case !errors.Is(err, gorm.ErrRecordNotFound):
			return err
		}
		made = true
		return tenantSaved(tx.Create(tenantRecordOf(&t)).Error, &t)
	})
	return made, err
}

// ImportTemplate stores a template unless it is there. It is found by others
// only once its newest version is stored too.
func (s *Store) ImportTemplate(ctx context.Context, t models.Template) (made bool, err error) {
	return s.importRow(ctx, t.TenantID, "templates", "template", t.ID, func(tx *gorm.DB) error {
		return templateSaved(tx.Create(templateRecordOf(&t)).Error, &t)
	})
}

// ImportTemplateVersion stores a version unless it is there.
func (s *Store) ImportTemplateVersion(ctx context.Context, tenant, template models.ID, v models.TemplateVersion) (made bool, err error) {
	r, err := versionRecordOf(&models.Template{ID: template, Version: v.Version, Parts: v.Parts, UpdatedAt: v.CreatedAt})
	if err != nil {
		return false, err
	}
	err = s.change(ctx, &models.Commit{Tenants: []models.ID{tenant}}, func(tx *gorm.DB) error {
		if err := ownedBy(tx, tenant, "templates", "template", template); err != nil {
			return models.Under("templateId", err)
		}
		result := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(r)
		made = result.RowsAffected > 0
		return result.Error
	})
	return made, err
}

// ImportChannel stores a channel unless it is there.
func (s *Store) ImportChannel(ctx context.Context, c models.Channel) (made bool, err error) {
	r, err := s.channelRecordOf(&c)
	if err != nil {
		return false, err
	}
	return s.importRow(ctx, c.TenantID, "channels", "channel", c.ID, func(tx *gorm.DB) error {
		if err := usableTemplate(tx, c.TenantID, c.TemplateID); err != nil {
			return err
		}
		return channelSaved(tx.Create(r).Error, &c)
	})
}

// ImportSuppression lets a channel of the tenant send nothing to an address.
func (s *Store) ImportSuppression(ctx context.Context, tenant, channel models.ID, one models.Suppression) (made bool, err error) {
	err = s.change(ctx, &models.Commit{Tenants: []models.ID{tenant}}, func(tx *gorm.DB) error {
		if err := ownedBy(tx, tenant, "channels", "channel", channel); err != nil {
			return models.Under("channelId", err)
		}
		result := tx.Exec("INSERT INTO suppressions (channel_id, address, reason, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
			uidOf(channel), one.Address, one.Reason, micros(one.CreatedAt))
		made = result.RowsAffected > 0
		return result.Error
	})
	return made, err
}

// ImportWebhook stores a webhook unless it is there.
func (s *Store) ImportWebhook(ctx context.Context, w models.Webhook) (made bool, err error) {
	r, err := webhookRecordOf(&w)
	if err != nil {
		return false, err
	}
	return s.importRow(ctx, w.TenantID, "webhooks", "webhook", w.ID, func(tx *gorm.DB) error {
		if err := webhookSaved(tx.Create(r).Error, &w); err != nil {
			return err
		}
		return insertRoutes(tx, &w)
	})
}

// importRow makes a row of a tenant unless there is one of that id.
func (s *Store) importRow(ctx context.Context, tenant models.ID, table, what string, id models.ID, create func(tx *gorm.DB) error) (made bool, err error) {
	err = s.change(ctx, &models.Commit{Tenants: []models.ID{tenant}}, func(tx *gorm.DB) error {
		made = false
		if _, err := liveTenant(tx, tenant); err != nil {
			return models.Under("tenantId", err)
		}
		err := ownedBy(tx, tenant, table, what, id)
		if err == nil || models.CodeOf(err) != models.CodeNotFound {
			return err
		}
		made = true
		return create(tx)
	})
	return made && err == nil, err
}

// ownedBy is NOT_FOUND where there is no such row, and CONFLICT where it is
// another tenant's.
func ownedBy(tx *gorm.DB, tenant models.ID, table, what string, id models.ID) error {
	var owners []uid
	if err := tx.Table(table).Where("id = ?", uidOf(id)).Pluck("tenant_id", &owners).Error; err != nil {
		return fmt.Errorf("look whose %s is: %w", id, err)
	}
	switch {
	case len(owners) == 0:
		return models.NotFound(what, id)
	case owners[0] != uidOf(tenant):
		return models.Conflict("id", "%s is another tenant's", id)
	}
	return nil
}
