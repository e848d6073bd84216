package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// CreateTemplate stores a new one with its first version. Its name must be free in
// its tenant.
func (s *Store) CreateTemplate(ctx context.Context, t models.Template) error {
	v, err := versionRecordOf(&t)
	if err != nil {
		return err
	}
	return s.change(ctx, &models.Commit{Tenants: []models.ID{t.TenantID}}, func(tx *gorm.DB) error {
		if _, err := liveTenant(tx, t.TenantID); err != nil {
			return models.Under("tenantId", err)
		}
		if err := templateSaved(tx.Create(templateRecordOf(&t)).Error, &t); err != nil {
			return err
		}
		return tx.Create(v).Error
	})
}

// UpdateTemplate changes what fn changes. Other parts are a new version, made at
// UpdatedAt; what was there before stays as it was.
func (s *Store) UpdateTemplate(ctx context.Context, id models.ID, fn func(*models.Template) error) (t models.Template, err error) {
	tenant, err := s.tenantOf(ctx, "templates", "template", id)
	if err != nil {
		return t, err
	}
	err = s.change(ctx, &models.Commit{Tenants: []models.ID{tenant}}, func(tx *gorm.DB) error {
		if t, err = takeTemplate(tx, tenant, id); err != nil {
			return err
		}
		before := t
		t.Parts = slices.Clone(t.Parts)
		if err := fn(&t); err != nil {
			return err
		}
		t.ID, t.TenantID, t.Kind, t.BuiltIn, t.CreatedAt, t.Version = before.ID, before.TenantID, before.Kind, false, before.CreatedAt, before.Version
		if slices.Equal(t.Parts, before.Parts) {
			return saveTemplate(tx, &t)
		}
		t.Version++
		v, err := versionRecordOf(&t)
		if err != nil {
			return err
		}
		if err := tx.Create(v).Error; err != nil {
			return err
		}
		return saveTemplate(tx, &t)
	})
	return t, err
}

func saveTemplate(tx *gorm.DB, t *models.Template) error {
	return templateSaved(tx.Select("name", "description", "version", "updated_at").Updates(templateRecordOf(t)).Error, t)
}

// takeTemplate reads one behind the lock of its tenant.
func takeTemplate(tx *gorm.DB, tenant, id models.ID) (models.Template, error) {
	if _, err := liveTenant(tx, tenant); err != nil {
		return models.Template{}, asNotFound(err, "template", id)
	}
	var r templateRecord
	if err := templates(tx).Where("templates.id = ?", uidOf(id)).Take(&r).Error; err != nil {
		return models.Template{}, asNotFound(err, "template", id)
	}
	return r.model()
}

func templateSaved(err error, t *models.Template) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Conflict("name", "%q is the name of another template; give one that is free", t.Name)
	}
	return err
}

// DeleteTemplate takes a template away that no channel and no route names. Its
// versions stay for the deliveries that used them.
func (s *Store) DeleteTemplate(ctx context.Context, id models.ID, now time.Time) error {
	tenant, err := s.tenantOf(ctx, "templates", "template", id)
	if err != nil {
		return err
	}
	return s.change(ctx, &models.Commit{Tenants: []models.ID{tenant}}, func(tx *gorm.DB) error {
		if _, err := takeTemplate(tx, tenant, id); err != nil {
			return err
		}
		if err := unusedTemplate(tx, tenant, id); err != nil {
			return err
		}
		return tx.Exec("UPDATE templates SET deleted_at = ?, updated_at = ? WHERE id = ?", micros(now), micros(now), uidOf(id)).Error
	})
}
