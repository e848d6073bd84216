package store

import (
	"context"
	"fmt"

	"carillon/models"
)

// purgeStep erases some rows of one table that belong to a tenant; its
// placeholders are the tenant and how many.
type purgeStep string

// purgeSteps begin with what others refer to last.
var purgeSteps = [...]purgeStep{
	`DELETE FROM queue WHERE delivery_id IN (SELECT q.delivery_id FROM queue q
		WHERE q.channel_id IN (SELECT id FROM channels WHERE tenant_id = ?) LIMIT ?)`,
	`DELETE FROM awaited WHERE id IN (SELECT a.id FROM awaited a
		WHERE a.channel_id IN (SELECT id FROM channels WHERE tenant_id = ?) LIMIT ?)`,
	`DELETE FROM submissions WHERE (tenant_id, origin, provider_id) IN
		(SELECT tenant_id, origin, provider_id FROM submissions WHERE tenant_id = ? LIMIT ?)`,
	`DELETE FROM threads WHERE (channel_id, entity) IN (SELECT t.channel_id, t.entity FROM threads t
		JOIN channels c ON c.id = t.channel_id WHERE c.tenant_id = ? LIMIT ?)`,
	`DELETE FROM suppressions WHERE (channel_id, address) IN (SELECT s.channel_id, s.address FROM suppressions s
		JOIN channels c ON c.id = s.channel_id WHERE c.tenant_id = ? LIMIT ?)`,
	"DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE tenant_id = ? LIMIT ?)",
	`DELETE FROM attempt_stats WHERE (channel_id, unit, start, webhook_id, event_type) IN
		(SELECT channel_id, unit, start, webhook_id, event_type FROM attempt_stats WHERE tenant_id = ? LIMIT ?)`,
	"DELETE FROM failures WHERE delivery_id IN (SELECT delivery_id FROM failures WHERE tenant_id = ? LIMIT ?)",
	"DELETE FROM recoveries WHERE id IN (SELECT id FROM recoveries WHERE tenant_id = ? LIMIT ?)",
	"DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE tenant_id = ? LIMIT ?)",
	"DELETE FROM events WHERE id IN (SELECT id FROM events WHERE tenant_id = ? LIMIT ?)",
	`DELETE FROM idempotency_keys WHERE (tenant_id, key) IN
		(SELECT tenant_id, key FROM idempotency_keys WHERE tenant_id = ? LIMIT ?)`,
	`DELETE FROM routes WHERE (webhook_id, channel_id) IN (SELECT r.webhook_id, r.channel_id FROM routes r
		JOIN webhooks w ON w.id = r.webhook_id WHERE w.tenant_id = ? LIMIT ?)`,
	"DELETE FROM webhooks WHERE id IN (SELECT id FROM webhooks WHERE tenant_id = ? LIMIT ?)",
	purgeOwners,
	"DELETE FROM channels WHERE id IN (SELECT id FROM channels WHERE tenant_id = ? LIMIT ?)",
	`DELETE FROM template_versions WHERE (template_id, version) IN (SELECT v.template_id, v.version FROM template_versions v
		JOIN templates t ON t.id = v.template_id WHERE t.tenant_id = ? LIMIT ?)`,
	"DELETE FROM templates WHERE id IN (SELECT id FROM templates WHERE tenant_id = ? LIMIT ?)",
	"DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE tenant_id = ? LIMIT ?)",
	"DELETE FROM tenants WHERE id IN (SELECT id FROM tenants WHERE id = ? AND deleted_at IS NOT NULL LIMIT ?)",
}

// purgeOwners is for PostgreSQL: on SQLite nobody is asked who works a channel.
const purgeOwners = `DELETE FROM channel_owners WHERE channel_id IN (SELECT o.channel_id FROM channel_owners o
	JOIN channels c ON c.id = o.channel_id WHERE c.tenant_id = ? LIMIT ?)`

// purgeQueue is the step that comes with the deletion itself.
const purgeQueue = 0

// PurgeDeleted erases up to limit rows of deleted tenants, at last the tenants
// themselves, and cancels what still waits for deleted webhooks and channels.
// more says that it should be called again.
func (s *Store) PurgeDeleted(ctx context.Context, limit int) (more bool, err error) {
	var found []uid
	q := s.read.WithContext(ctx).Table("tenants").Where("deleted_at IS NOT NULL").Order("id").Limit(1)
	if err := q.Pluck("id", &found).Error; err != nil {
		return false, fmt.Errorf("look for deleted tenants: %w", err)
	}
	if len(found) == 0 {
		return s.sweepQueue(ctx)
	}
	tenant := found[0].id(models.PrefixTenant)
	for _, step := range purgeSteps {
		if step == purgeOwners && !s.postgres() {
			continue
		}
		n, err := s.purge(ctx, step, tenant, limit)
		if err != nil {
			return false, err
		}
		if limit -= n; limit <= 0 {
			break
		}
	}
	return true, nil
}

// purge is one transaction; it says how many rows it erased.
func (s *Store) purge(ctx context.Context, step purgeStep, tenant models.ID, limit int) (n int, err error) {
	err = s.retryDeadlocks(ctx, func() error {
		result := s.write.WithContext(ctx).Exec(string(step), uidOf(tenant), limit)
		n = int(result.RowsAffected)
		return result.Error
	})
	if err != nil {
		return n, fmt.Errorf("purge a deleted tenant: %w", err)
	}
	s.cfg.Observer.Purged(purgeOfTenants, n)
	return n, nil
}

// lostLane finds a lane whose webhook or channel is deleted. It leaps from lane
// to lane along the index, however many rows wait in each.
const lostLane = `WITH RECURSIVE lane (channel_id, webhook_id) AS (
	SELECT * FROM (SELECT channel_id, webhook_id FROM queue ORDER BY channel_id, webhook_id LIMIT 1) first
	UNION ALL
	SELECT (SELECT q.channel_id FROM queue q WHERE (q.channel_id, q.webhook_id) > (lane.channel_id, lane.webhook_id)
			ORDER BY q.channel_id, q.webhook_id LIMIT 1),
		(SELECT q.webhook_id FROM queue q WHERE (q.channel_id, q.webhook_id) > (lane.channel_id, lane.webhook_id)
			ORDER BY q.channel_id, q.webhook_id LIMIT 1)
	FROM lane WHERE lane.channel_id IS NOT NULL
)
SELECT channel_id, webhook_id, EXISTS (SELECT 1 FROM webhooks w WHERE w.id = lane.webhook_id)
FROM lane WHERE channel_id IS NOT NULL AND (
	NOT EXISTS (SELECT 1 FROM webhooks w WHERE w.id = lane.webhook_id)
	OR NOT EXISTS (SELECT 1 FROM channels c WHERE c.id = lane.channel_id AND c.deleted_at IS NULL))
LIMIT 1`

// sweepQueue cancels a batch of what a deletion left behind that was cut short.
func (s *Store) sweepQueue(ctx context.Context) (more bool, err error) {
	lost, err := s.lostLane(ctx)
	if len(lost) == 0 || err != nil {
		return false, err
	}
	return s.cancelStep(ctx, lost[0], s.cfg.Now())
}

func (s *Store) lostLane(ctx context.Context) ([]backlog, error) {
	lanes, err := collect(s.read.WithContext(ctx).Raw(lostLane), func(row scanner) (backlog, error) {
		var channel, webhook uid
		var hasWebhook bool
		err := row.Scan(&channel, &webhook, &hasWebhook)
		reason := webhookDeleted
		if hasWebhook {
			reason = channelDeleted
		}
		return laneBacklog(models.Lane{ChannelID: channel.id(models.PrefixChannel), WebhookID: webhook.id(models.PrefixWebhook)}, reason), err
	})
	if err != nil {
		return nil, fmt.Errorf("look for deliveries of what is deleted: %w", err)
	}
	return lanes, nil
}
