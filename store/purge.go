package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"

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
	"DELETE FROM signals WHERE id IN (SELECT id FROM signals WHERE tenant_id = ? LIMIT ?)",
	"DELETE FROM channel_alerts WHERE channel_id IN (SELECT channel_id FROM channel_alerts WHERE tenant_id = ? LIMIT ?)",
	"DELETE FROM backlog_alerts WHERE tenant_id IN (SELECT tenant_id FROM backlog_alerts WHERE tenant_id = ? LIMIT ?)",
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
	"DELETE FROM audit_log WHERE id IN (SELECT id FROM audit_log WHERE tenant_id = ? LIMIT ?)",
	"DELETE FROM api_keys WHERE id IN (SELECT id FROM api_keys WHERE tenant_id = ? LIMIT ?)",
}

// purgeTenant is the last step of all.
const purgeTenant purgeStep = "DELETE FROM tenants WHERE id IN (SELECT id FROM tenants WHERE id = ? AND deleted_at IS NOT NULL LIMIT ?)"

// purgeOwners is for PostgreSQL: on SQLite nobody is asked who works a channel.
const purgeOwners = `DELETE FROM channel_owners WHERE channel_id IN (SELECT o.channel_id FROM channel_owners o
	JOIN channels c ON c.id = o.channel_id WHERE c.tenant_id = ? LIMIT ?)`

// purgeQueue is the step that comes with the deletion itself.
const purgeQueue = 0

// graceAfterDeletion is how long the row of a deleted tenant stays after the
// deletion. Whoever had begun something for the tenant by then, such as a test
// event or a count of attempts, has written it before the last look.
const graceAfterDeletion = 10 * time.Minute

// purgeTenants bounds how many deleted tenants one step looks at.
const purgeTenants = 10

// purgeWalk is how far this process has come in its pass over the deleted tenants.
type purgeWalk struct {
	mu    sync.Mutex
	after uid
}

type deletedTenant struct {
	id      uid
	deleted int64
}

// PurgeDeleted erases up to limit rows of deleted tenants, and cancels what still
// waits for deleted webhooks and channels. A tenant itself goes last, once nothing
// was left of it at a look that came graceAfterDeletion after the deletion. It
// needs no memory of what was erased: a process that dies leaves the rest to the
// next pass, of whichever node. more says that it should be called again.
func (s *Store) PurgeDeleted(ctx context.Context, limit int) (more bool, err error) {
	p := &s.gone
	p.mu.Lock()
	defer p.mu.Unlock()
	found, err := s.deletedTenants(ctx, p.after)
	if err != nil {
		return false, err
	}
	for _, t := range found {
		erased, err := s.eraseTenant(ctx, t, limit)
		switch {
		case errors.Is(err, errBusy):
			return false, nil // another node is at it
		case err != nil:
			return false, err
		}
		if limit -= erased; limit <= 0 {
			return true, nil
		}
		if erased == 0 {
			p.after = t.id
		}
	}
	if len(found) > 0 {
		return true, nil
	}
	p.after = uid{}
	return s.sweepQueue(ctx)
}

func (s *Store) deletedTenants(ctx context.Context, after uid) ([]deletedTenant, error) {
	q := s.read.WithContext(ctx).Table("tenants").Select("id, deleted_at").Where("deleted_at IS NOT NULL")
	if !after.zero() {
		q = q.Where("id > ?", after)
	}
	found, err := collect(q.Order("id").Limit(purgeTenants), func(row scanner) (t deletedTenant, err error) {
		err = row.Scan(&t.id, &t.deleted)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("look for deleted tenants: %w", err)
	}
	return found, nil
}

// eraseTenant erases up to limit rows, and at last the tenant.
func (s *Store) eraseTenant(ctx context.Context, t deletedTenant, limit int) (erased int, err error) {
	tenant := t.id.id(models.PrefixTenant)
	for _, step := range purgeSteps {
		if step == purgeOwners && !s.postgres() {
			continue
		}
		n, err := s.purge(ctx, step, tenant, limit-erased)
		if err != nil {
			return erased, err
		}
		if erased += n; erased >= limit {
			return erased, nil
		}
	}
	if since := s.cfg.Now().Sub(fromMicros(t.deleted)); erased == 0 && since >= graceAfterDeletion {
		n, err := s.purge(ctx, purgeTenant, tenant, 1)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			s.log.Info("a deleted tenant is erased", "tenant_id", tenant.String(), "after", since.Round(time.Second).String())
		}
	}
	return erased, nil
}

// errBusy says that another node erases at this moment.
var errBusy = errors.New("another node erases what belonged to deleted tenants")

// purgeLock is the advisory lock of the node that erases: two that erase the
// same rows would wait for each other.
const purgeLock = 0x6361726e

// purge is one transaction; it says how many rows it erased.
func (s *Store) purge(ctx context.Context, step purgeStep, tenant models.ID, limit int) (n int, err error) {
	err = s.retryDeadlocks(ctx, func() error {
		if !s.postgres() {
			result := s.write.WithContext(ctx).Exec(string(step), uidOf(tenant), limit)
			n = int(result.RowsAffected)
			return result.Error
		}
		return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			var mine bool
			if err := tx.Raw("SELECT pg_try_advisory_xact_lock(?)", purgeLock).Row().Scan(&mine); err != nil {
				return err
			}
			if !mine {
				return errBusy
			}
			result := tx.Exec(string(step), uidOf(tenant), limit)
			n = int(result.RowsAffected)
			return result.Error
		})
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
