package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"carillon/auth"
	"carillon/models"
	"carillon/store"
	"carillon/transfer"
)

// recordExport writes the audit log's entry before anything is revealed. A tenant
// that is not there has none: the export says so.
func recordExport(ctx context.Context, db *database, wanted transfer.Wanted, now time.Time) error {
	found, err := db.TenantsByID(ctx, []models.ID{wanted.Tenant})
	if err != nil || len(found) == 0 {
		return err
	}
	detail := map[string]any{"name": found[wanted.Tenant].Name}
	if wanted.Events {
		detail["events"] = true
	}
	if wanted.Secrets {
		detail["secrets"] = true
	}
	return record(ctx, db, models.AuditTenantExport, &wanted.Tenant, detail, now)
}

// recordImport tells of what an import has made, also where it failed on the way.
func recordImport(ctx context.Context, db *database, done *transfer.Imported, now time.Time) error {
	made, _ := done.Totals()
	if done.Tenant.IsZero() || made == 0 {
		return nil
	}
	return record(context.WithoutCancel(ctx), db, models.AuditTenantImport, &done.Tenant, map[string]any{"made": made}, now)
}

// recordRekey tells of secrets that are under another key now, also where it failed
// on the way.
func recordRekey(ctx context.Context, db *database, done store.Rekeyed) error {
	if done.Resealed == 0 {
		return nil
	}
	now, err := db.Now(context.WithoutCancel(ctx))
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return record(context.WithoutCancel(ctx), db, models.AuditEncryptionRekey, nil, map[string]any{"secrets": done.Resealed}, now)
}

func record(ctx context.Context, db *database, action models.AuditAction, tenant *models.ID, detail map[string]any, now time.Time) (err error) {
	entry := auth.System().Entry(ctx, action, now)
	entry.TenantID, entry.Target = tenant, tenant
	if entry.Detail, err = json.Marshal(detail); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	if err := db.Record(models.WithAudit(ctx, entry)); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}
