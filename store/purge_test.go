package store_test

import (
	"testing"
	"time"

	"carillon/models"
)

// TestPurgeErasesWhatTheEngineKeeps is about the tables beside those of the nouns.
func TestPurgeErasesWhatTheEngineKeeps(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		failed, waiting := r.leased(), []models.PublicationItem{r.ordered("a"), r.ordered("a")}
		r.publish(t, failed)
		r.publish(t, waiting...)
		r.complete(t, r.outcome(failed, models.DeliveryFailed))
		own(t, r.Store, r.node, r.now, r.lane.ChannelID)
		db := rawDB(t, r.url)
		for _, statement := range []string{
			`INSERT INTO recoveries (id, tenant_id, filter, total, done, created_at) SELECT id, id, '{}', 1, 0, 1 FROM tenants`,
			`INSERT INTO attempt_stats (unit, start, tenant_id, channel_id, webhook_id, event_type, kind, succeeded, failed, latencies)
				SELECT 'm', 1, tenant_id, id, id, 'a', 'HTTP', 1, 1, '' FROM channels`,
			`INSERT INTO awaited (id, channel_id, sent_at, look_at) SELECT id, id, 1, 1 FROM channels`,
			`INSERT INTO submissions (tenant_id, origin, provider_id, created_at) SELECT id, 'a', 'b', 1 FROM tenants`,
			`INSERT INTO threads (channel_id, entity, target, thread, used_at) SELECT id, 'a', 'b', 'c', 1 FROM channels`,
			`INSERT INTO templates (id, tenant_id, name, description, kind, version, created_at, updated_at)
				SELECT id, id, 'a', '', 'HTTP', 2, 1, 1 FROM tenants`,
			`INSERT INTO template_versions (template_id, version, parts, created_at) SELECT id, 1, '[]', 1 FROM templates`,
			`INSERT INTO template_versions (template_id, version, parts, created_at) SELECT id, 2, '[]', 1 FROM templates`,
			`INSERT INTO suppressions (channel_id, address, reason, created_at) SELECT id, 'a', 'b', 1 FROM channels`,
		} {
			_, err := db.ExecContext(t.Context(), statement)
			must(t, err)
		}
		must(t, r.DeleteTenant(t.Context(), r.tenant, r.now))
		r.now = r.now.Add(time.Hour)
		for more, calls := true, 0; more; calls++ {
			var err error
			if more, err = r.PurgeDeleted(t.Context(), 2); err != nil || calls > 100 {
				t.Fatalf("purge call %d: %v", calls, err)
			}
		}
		tables := []string{"queue", "failures", "recoveries", "attempt_stats", "awaited", "submissions", "threads", "suppressions",
			"template_versions", "templates", "attempts", "channels", "tenants"}
		if r.url[0] == 'p' {
			tables = append(tables, "channel_owners")
		}
		for _, table := range tables {
			if n := countRows(t, r.url, table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
	})
}
