package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

type tenantRecord struct {
	ID         uid     `gorm:"column:id;primaryKey"`
	Name       string  `gorm:"column:name"`
	ExternalID *string `gorm:"column:external_id"`
	Metadata   string  `gorm:"column:metadata"`
	Generation int64   `gorm:"column:generation"`
	Created    int64   `gorm:"column:created_at"`
	Updated    int64   `gorm:"column:updated_at"`
	Deleted    *int64  `gorm:"column:deleted_at"`
}

// TableName is read by gorm, as are those of the other records.
func (tenantRecord) TableName() string { return "tenants" }

func tenantRecordOf(t *models.Tenant) *tenantRecord {
	metadata := string(t.Metadata)
	if metadata == "" {
		metadata = "{}"
	}
	return &tenantRecord{
		ID: uidOf(t.ID), Name: t.Name, ExternalID: t.ExternalID, Metadata: metadata, Generation: 1,
		Created: micros(t.CreatedAt), Updated: micros(t.UpdatedAt),
	}
}

func (r *tenantRecord) model() (models.Tenant, error) {
	return models.Tenant{
		ID: r.ID.id(models.PrefixTenant), Name: r.Name, ExternalID: r.ExternalID, Metadata: json.RawMessage(r.Metadata),
		CreatedAt: fromMicros(r.Created), UpdatedAt: fromMicros(r.Updated),
	}, nil
}

func idOfTenant(t *models.Tenant) models.ID { return t.ID }

// Tenants lists them, oldest first.
func (s *Store) Tenants(ctx context.Context, page models.Page, f models.TenantFilter) (none models.Connection[models.Tenant], err error) {
	q, err := afterID(s.read.WithContext(ctx).Where("deleted_at IS NULL"), "id", models.PrefixTenant, page)
	if err != nil {
		return none, err
	}
	found, err := findAll(s.whereSearch(q, f.Search, "name", "external_id"), (*tenantRecord).model)
	if err != nil {
		return none, fmt.Errorf("list tenants: %w", err)
	}
	return connection(found, page, func(t *models.Tenant) string { return t.ID.String() }), nil
}

// TenantsByID finds many in one statement; unknown ids are missing.
func (s *Store) TenantsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Tenant, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q := s.read.WithContext(ctx).Where("id IN ? AND deleted_at IS NULL", uidsOf(ids))
	found, err := findAll(q, (*tenantRecord).model)
	if err != nil {
		return nil, fmt.Errorf("find tenants: %w", err)
	}
	return keyed(found, idOfTenant), nil
}

// CreateTenant stores a new one. Its external id must be free.
func (s *Store) CreateTenant(ctx context.Context, t models.Tenant) error {
	return s.change(ctx, &models.Commit{}, func(tx *gorm.DB) error {
		return tenantSaved(tx.Create(tenantRecordOf(&t)).Error, &t)
	})
}

// UpdateTenant changes what fn changes. fn may run again where the database
// broke a deadlock, as in every update of the store.
func (s *Store) UpdateTenant(ctx context.Context, id models.ID, fn func(*models.Tenant) error) (t models.Tenant, err error) {
	err = s.change(ctx, &models.Commit{Tenants: []models.ID{id}}, func(tx *gorm.DB) error {
		r, err := liveTenant(tx, id)
		if err != nil {
			return err
		}
		if t, err = r.model(); err != nil {
			return err
		}
		if err := fn(&t); err != nil {
			return err
		}
		t.ID, t.CreatedAt = id, fromMicros(r.Created)
		q := tx.Select("name", "external_id", "metadata", "updated_at").Updates(tenantRecordOf(&t))
		return tenantSaved(q.Error, &t)
	})
	return t, err
}

// liveTenant finds a tenant that is not deleted and locks its row: all changes
// within one tenant follow one another.
func liveTenant(tx *gorm.DB, id models.ID) (*tenantRecord, error) {
	var r tenantRecord
	err := tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}).Where("id = ? AND deleted_at IS NULL", uidOf(id)).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, models.NotFound("tenant", id)
	}
	return &r, err
}

func tenantSaved(err error, t *models.Tenant) error {
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return models.Conflict("externalId", "%q is another tenant's; give one that is free", fromStringPtr(t.ExternalID))
	}
	return err
}

// DeleteTenant takes a tenant away: its keys open nothing, its webhooks take
// nothing, what waits is dropped. PurgeDeleted erases the rest.
func (s *Store) DeleteTenant(ctx context.Context, id models.ID, now time.Time) error {
	err := s.change(ctx, &models.Commit{Tenants: []models.ID{id}}, func(tx *gorm.DB) error {
		if _, err := liveTenant(tx, id); err != nil {
			return err
		}
		for _, step := range []struct {
			query string
			args  []any
		}{
			{"UPDATE tenants SET deleted_at = ?, updated_at = ? WHERE id = ?", []any{micros(now), micros(now), uidOf(id)}},
			{s.revocation() + " WHERE tenant_id = ? AND revoked_at IS NULL", []any{micros(now), uidOf(id)}},
			{"DELETE FROM routes WHERE webhook_id IN (SELECT id FROM webhooks WHERE tenant_id = ?)", []any{uidOf(id)}},
			{"DELETE FROM webhooks WHERE tenant_id = ?", []any{uidOf(id)}},
			{"UPDATE channels SET deleted_at = ?, secrets = NULL WHERE tenant_id = ? AND deleted_at IS NULL", []any{micros(now), uidOf(id)}},
		} {
			if err := tx.Exec(step.query, step.args...).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.dropQueue(context.WithoutCancel(ctx), id)
	return nil
}

// dropQueue erases what waits for a deleted tenant. Nothing claims these rows
// any more, and what an error or a crash leaves behind PurgeDeleted finds.
func (s *Store) dropQueue(ctx context.Context, tenant models.ID) {
	for n := cancelBatch; n == cancelBatch; {
		var err error
		if n, err = s.purge(ctx, purgeSteps[purgeQueue], tenant, cancelBatch); errors.Is(err, errBusy) {
			return
		} else if err != nil {
			s.log.Warn("what waited for a deleted tenant is left to the purge", "tenant_id", tenant.String(), "error", err)
			return
		}
	}
}
