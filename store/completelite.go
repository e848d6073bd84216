package store

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"carillon/models"
)

func (s *Store) completeLite(ctx context.Context, jobs []*completeJob) (c models.Commit, err error) {
	err = s.liteTx(ctx, func(l *lite) (err error) {
		c, err = completeIn(liteComplete{l}, jobs)
		return err
	})
	return c, err
}

type liteComplete struct{ *lite }

func (c liteComplete) leases(deliveries []uid) (map[uid]lease, error) {
	leases := make(map[uid]lease, len(deliveries))
	for _, id := range deliveries {
		err := c.query(func(row *sqlite3.Stmt) error {
			leases[id] = lease{owner: columnUID(row, 0), orderedRow: orderedRow{channel: columnUID(row, 1),
				message: columnUID(row, 2), entity: row.ColumnText(3)}}
			return nil
		}, "SELECT lease_owner, channel_id, message_id, entity FROM queue WHERE delivery_id = ?", id)
		if err != nil {
			return nil, err
		}
	}
	return leases, nil
}

func (c liteComplete) canceled(deliveries []uid) (map[uid]models.Delivery, error) {
	out := make(map[uid]models.Delivery)
	for _, id := range deliveries {
		err := c.query(func(row *sqlite3.Stmt) (err error) {
			out[id], err = scanPlainDelivery(liteRow{stmt: row})
			return err
		}, "SELECT "+plainDeliveryColumns+" FROM deliveries d WHERE d.id = ? AND d.status = ?", id, string(models.DeliveryCanceled))
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c liteComplete) health(channels []uid) (map[uid]*channelHealth, error) {
	out := make(map[uid]*channelHealth, len(channels))
	for _, id := range channels {
		err := c.query(func(row *sqlite3.Stmt) (err error) {
			out[id], err = scanHealth(liteRow{stmt: row})
			return err
		}, `SELECT id, tenant_id, status, consecutive_failures, failing_since, held_until, ordinary_failed_at FROM channels
			WHERE id = ? AND deleted_at IS NULL`, id)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c liteComplete) record(p *completePlan) (base int64, err error) {
	for _, step := range []func(*completePlan) error{c.recordQueue, c.recordStates, c.recordHealth, c.recordKept} {
		if err := step(p); err != nil {
			return 0, err
		}
	}
	return c.appendAttempts(p.attempts)
}

func (c liteComplete) recordQueue(p *completePlan) error {
	for i := range p.waiting {
		_, err := c.exec("UPDATE queue SET due_at = ?, lease_owner = NULL, manual = 0 WHERE delivery_id = ?",
			dueOf(&p.waiting[i]), uidOf(p.waiting[i].ID))
		if err != nil {
			return err
		}
	}
	for _, id := range p.final {
		if _, err := c.exec("DELETE FROM queue WHERE delivery_id = ?", id); err != nil {
			return err
		}
	}
	return c.unparkNext(p.removed, micros(p.freed), &p.lanes)
}

func (c liteComplete) recordStates(p *completePlan) error {
	for i := range p.states {
		d := &p.states[i]
		_, err := c.exec("UPDATE deliveries SET status = ?, attempt_count = ?, retry_base = ?, completed_at = ?, reason = ? WHERE id = ?",
			string(d.Status), d.AttemptCount, d.RetryBase, microsPtr(d.CompletedAt), reasonOf(d), uidOf(d.ID))
		if err == nil && templated(d) {
			_, err = c.exec(keepTemplate, uidOf(d.Template.ID), d.Template.Version, uidOf(d.ID))
		}
		if err != nil {
			return err
		}
	}
	for _, d := range failuresOf(p.states) {
		_, err := c.exec(`INSERT INTO failures (delivery_id, tenant_id, failed_at) VALUES (?, ?, ?)
			ON CONFLICT (delivery_id) DO UPDATE SET failed_at = excluded.failed_at`,
			uidOf(d.ID), uidOf(d.TenantID), micros(*d.CompletedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

func (c liteComplete) recordHealth(p *completePlan) error {
	for _, id := range p.resets {
		_, err := c.exec(`UPDATE channels SET consecutive_failures = 0, failing_since = NULL
			WHERE id = ? AND consecutive_failures > 0`, id)
		if err != nil {
			return err
		}
	}
	for _, h := range p.changed {
		_, err := c.exec("UPDATE channels SET consecutive_failures = ?, failing_since = ?, held_until = ?, ordinary_failed_at = ? WHERE id = ?",
			h.failures, microsPtr(h.failingSince), microsPtr(h.held), microsPtr(h.ordinary), h.id)
		if err == nil && h.disabled {
			_, err = c.exec("UPDATE channels SET status = ?, status_reason = ?, updated_at = ? WHERE id = ?",
				string(h.status), h.reason, micros(h.at), h.id)
		}
		if err != nil {
			return err
		}
	}
	for _, tenant := range p.news.Tenants {
		if _, err := c.exec("UPDATE tenants SET generation = generation + 1 WHERE id = ?", uidOf(tenant)); err != nil {
			return err
		}
	}
	return nil
}

func (c liteComplete) recordKept(p *completePlan) error {
	kept, err := p.statements()
	for i := range kept {
		if _, err := c.exec(kept[i].query, kept[i].args...); err != nil {
			return err
		}
	}
	return err
}

func (l *lite) appendAttempts(list []*models.Attempt) (base int64, err error) {
	if base, err = l.draw("attempts", len(list)); err != nil {
		return 0, err
	}
	for i, a := range list {
		if err := l.appendAttempt(base+1+int64(i), a); err != nil {
			return 0, err
		}
	}
	return base, nil
}

func (l *lite) appendAttempt(seq int64, a *models.Attempt) error {
	t := attemptTextOf(a)
	_, err := l.exec(`INSERT INTO attempts (seq, id, tenant_id, delivery_id, event_id, event_type, webhook_id, channel_id,
			channel_kind, number, trigger_kind, status, request_id, target, request_headers, request_body,
			response_code, response_headers, response_body, error_code, error_message, error_retryable,
			started_at, latency, next_attempt_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		seq, uidOf(a.ID), uidOf(a.TenantID), uidOf(a.DeliveryID), uidOf(a.EventID), a.EventType,
		uidOf(a.WebhookID), uidOf(a.ChannelID), string(a.ChannelKind), a.Number, string(a.Trigger), string(a.Status),
		uidOf(a.RequestID), t.target, t.requestHeaders, t.requestBody, a.ResponseCode, t.responseHeaders, t.responseBody,
		t.errorCode, t.errorMessage, t.errorRetryable, micros(a.StartedAt), a.Latency.Microseconds(), microsPtr(a.NextAttemptAt))
	return err
}
