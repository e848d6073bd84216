package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

type auditRecord struct {
	ID        uid     `gorm:"column:id;primaryKey"`
	Tenant    uid     `gorm:"column:tenant_id"`
	ActorKind string  `gorm:"column:actor_kind"`
	Actor     uid     `gorm:"column:actor_id"`
	ActorName string  `gorm:"column:actor_name"`
	Session   uid     `gorm:"column:session_id"`
	Action    string  `gorm:"column:action"`
	Target    *string `gorm:"column:target"`
	Detail    string  `gorm:"column:detail"`
	Address   *string `gorm:"column:address"`
	Created   int64   `gorm:"column:created_at"`
}

func (auditRecord) TableName() string { return "audit_log" }

func (r *auditRecord) model() (models.AuditEntry, error) {
	e := models.AuditEntry{
		ID: r.ID.id(models.PrefixAudit), TenantID: r.Tenant.pointer(models.PrefixTenant), ActorKind: models.AuditActor(r.ActorKind),
		ActorID: r.Actor.pointer(models.PrefixApiKey), ActorName: r.ActorName, SessionID: r.Session.pointer(models.PrefixSession),
		Action: models.AuditAction(r.Action), Detail: json.RawMessage(r.Detail), Address: r.Address, CreatedAt: fromMicros(r.Created),
	}
	if r.Target == nil {
		return e, nil
	}
	target, err := models.ParseID(*r.Target)
	if err != nil {
		return e, fmt.Errorf("read the target of %s: %w", e.ID, err)
	}
	e.Target = &target
	return e, nil
}

// insertAudit is for all doors to both databases: pgx takes it as it is, and the
// others take the numbers for question marks.
const insertAudit = `INSERT INTO audit_log (id, tenant_id, actor_kind, actor_id, actor_name, session_id, action, target, detail, address, created_at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

func auditArgs(e *models.AuditEntry) []any {
	var target *string
	if e.Target != nil {
		target = stringPtr(e.Target.String())
	}
	detail := "{}"
	if len(e.Detail) > 0 {
		detail = string(e.Detail)
	}
	return []any{uidOf(e.ID), uidOfPtr(e.TenantID), string(e.ActorKind), uidOfPtr(e.ActorID), models.CleanText(e.ActorName), uidOfPtr(e.SessionID),
		string(e.Action), target, models.CleanText(detail), e.Address, micros(e.CreatedAt)}
}

// record writes the entry that goes with a change, if there is one, in the
// transaction of the change.
func (s *Store) record(tx *gorm.DB, e *models.AuditEntry) error {
	if e == nil {
		return nil
	}
	if _, err := tx.Statement.ConnPool.ExecContext(tx.Statement.Context, insertAudit, auditArgs(e)...); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// Record writes the entry of the context by itself, for what reveals something and
// changes nothing: it is on disk before anything is revealed.
func (s *Store) Record(ctx context.Context) error {
	return s.change(ctx, &models.Commit{}, func(*gorm.DB) error { return nil })
}

// AuditLog lists entries, newest first. Those of a deleted tenant are gone with it.
func (s *Store) AuditLog(ctx context.Context, page models.Page, f models.AuditFilter) (none models.Connection[models.AuditEntry], err error) {
	q, err := beforeID(ofLiveOrNoTenant(s.read.WithContext(ctx)), "id", models.PrefixAudit, page)
	if err != nil {
		return none, err
	}
	q = whereID(whereID(q, "tenant_id", f.TenantID), "actor_id", f.ActorID)
	if f.Target != nil {
		q = q.Where("target = ?", f.Target.String())
	}
	if f.Action != nil {
		if prefix, group := models.AuditGroup(*f.Action); group {
			q = q.Where("substr(action, 1, ?) = ?", len(prefix), prefix)
		} else {
			q = q.Where("action = ?", *f.Action)
		}
	}
	found, err := findAll(whereTime(q, "created_at", f.From, f.To), (*auditRecord).model)
	if err != nil {
		return none, fmt.Errorf("read the audit log: %w", err)
	}
	return connection(found, page, func(e *models.AuditEntry) string { return e.ID.String() }), nil
}

// AuditEntriesByID finds many in one statement; unknown ids are missing.
func (s *Store) AuditEntriesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.AuditEntry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := findAll(ofLiveOrNoTenant(s.read.WithContext(ctx)).Where("id IN ?", uidsOf(ids)), (*auditRecord).model)
	if err != nil {
		return nil, fmt.Errorf("find entries of the audit log: %w", err)
	}
	return keyed(found, func(e *models.AuditEntry) models.ID { return e.ID }), nil
}

// PurgeAudit erases up to limit entries from before the cutoff; more says that it
// should be called again.
func (s *Store) PurgeAudit(ctx context.Context, cutoff time.Time, limit int) (more bool, err error) {
	var erased int64
	err = s.retryDeadlocks(ctx, func() error {
		result := s.write.WithContext(ctx).Exec(`DELETE FROM audit_log WHERE id IN
			(SELECT id FROM audit_log WHERE created_at < ? ORDER BY created_at LIMIT ?)`, micros(cutoff), limit)
		erased = result.RowsAffected
		return result.Error
	})
	if err != nil {
		return false, fmt.Errorf("purge the audit log: %w", err)
	}
	return erased == int64(limit), nil
}
