package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

type recoveryRecord struct {
	ID        uid    `gorm:"column:id;primaryKey"`
	Tenant    uid    `gorm:"column:tenant_id"`
	Filter    string `gorm:"column:filter"`
	Total     int    `gorm:"column:total"`
	Done      int    `gorm:"column:done"`
	Reached   uid    `gorm:"column:reached"`
	Owner     uid    `gorm:"column:lease_owner"`
	Until     *int64 `gorm:"column:lease_until"`
	Created   int64  `gorm:"column:created_at"`
	Completed *int64 `gorm:"column:completed_at"`
	Canceled  *int64 `gorm:"column:canceled_at"`
}

func (recoveryRecord) TableName() string { return "recoveries" }

func (r *recoveryRecord) model() (models.Recovery, error) {
	out := models.Recovery{
		ID: r.ID.id(models.PrefixRecovery), TenantID: r.Tenant.id(models.PrefixTenant), Total: r.Total, Done: r.Done,
		CreatedAt: fromMicros(r.Created), CompletedAt: fromMicrosPtr(r.Completed), CanceledAt: fromMicrosPtr(r.Canceled),
	}
	if err := json.Unmarshal([]byte(r.Filter), &out.Filter); err != nil {
		return out, fmt.Errorf("read filter of recovery %s: %w", out.ID, err)
	}
	return out, nil
}

// CreateRecovery counts the failures that the recovery is to put back, and
// stores it for RecoverStep to work on.
func (s *Store) CreateRecovery(ctx context.Context, r models.Recovery) (models.Recovery, error) {
	r.Done, r.CompletedAt, r.CanceledAt = 0, nil, nil
	filter, err := json.Marshal(r.Filter)
	if err != nil {
		return r, fmt.Errorf("write the filter of a recovery: %w", err)
	}
	record := recoveryRecord{ID: uidOf(r.ID), Tenant: uidOf(r.TenantID), Filter: string(filter), Created: micros(r.CreatedAt)}
	var total int64
	if err := s.recoverable(ctx, &r).Count(&total).Error; err != nil {
		return r, fmt.Errorf("count what is to be recovered: %w", err)
	}
	r.Total, record.Total = int(total), int(total)
	commit := &models.Commit{Recoveries: []models.Recovery{r}}
	if err := s.change(ctx, commit, func(tx *gorm.DB) error { return tx.Create(&record).Error }); err != nil {
		return r, fmt.Errorf("store a recovery: %w", err)
	}
	return r, nil
}

// Recovery finds one; NOT_FOUND where there is none, or its tenant is deleted.
func (s *Store) Recovery(ctx context.Context, id models.ID) (models.Recovery, error) {
	found, err := s.RecoveriesByID(ctx, []models.ID{id})
	if err != nil {
		return models.Recovery{}, err
	}
	r, ok := found[id]
	if !ok {
		return models.Recovery{}, models.NotFound("recovery", id)
	}
	return r, nil
}

// RecoveriesByID finds many in one statement; unknown ids are missing.
func (s *Store) RecoveriesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Recovery, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := liveRecoveries(s.read.WithContext(ctx).Where("id IN ?", uidsOf(ids)))
	if err != nil {
		return nil, fmt.Errorf("find recoveries: %w", err)
	}
	return keyed(found, func(r *models.Recovery) models.ID { return r.ID }), nil
}

func liveRecoveries(q *gorm.DB) ([]models.Recovery, error) {
	return findAll(q.Where("(tenant_id IS NULL OR tenant_id NOT IN (SELECT id FROM tenants WHERE deleted_at IS NOT NULL))"),
		(*recoveryRecord).model)
}

// CancelRecovery ends a recovery before it has come to its end: what it has put
// back stays in the queue. CONFLICT where it has ended already.
func (s *Store) CancelRecovery(ctx context.Context, id models.ID, now time.Time) (models.Recovery, error) {
	var commit models.Commit
	err := s.change(ctx, &commit, func(tx *gorm.DB) error {
		result := tx.Exec("UPDATE recoveries SET canceled_at = ? WHERE id = ? AND completed_at IS NULL AND canceled_at IS NULL",
			micros(now), uidOf(id))
		if result.Error != nil {
			return result.Error
		}
		found, err := liveRecoveries(tx.Where("id = ?", uidOf(id)))
		switch {
		case err != nil:
			return err
		case len(found) == 0:
			return models.NotFound("recovery", id)
		case result.RowsAffected > 0:
			commit.Recoveries = found
			return nil
		case found[0].CanceledAt != nil:
			return models.Conflict("id", "%s is canceled already", id)
		}
		return models.Conflict("id", "%s is complete already", id)
	})
	if err != nil {
		return models.Recovery{}, fmt.Errorf("cancel recovery: %w", err)
	}
	return commit.Recoveries[0], nil
}
