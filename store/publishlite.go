package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/ncruces/go-sqlite3"

	"carillon/models"
)

// publishLite needs no guess: nothing else writes meanwhile.
func (s *Store) publishLite(ctx context.Context, jobs []*publishJob) (c models.Commit, err error) {
	err = s.liteTx(ctx, func(l *lite) (err error) {
		c, err = publishIn(litePublish{l}, jobs)
		return err
	})
	return c, err
}

type litePublish struct{ *lite }

func (p litePublish) generations(tenants []uid) (map[uid]int64, error) {
	out := make(map[uid]int64, len(tenants))
	for _, t := range tenants {
		err := p.query(func(row *sqlite3.Stmt) error {
			out[t] = row.ColumnInt64(0)
			return nil
		}, "SELECT generation FROM tenants WHERE id = ? AND deleted_at IS NULL", t)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p litePublish) stored(events []uid) (map[uid]bool, error) {
	out := make(map[uid]bool, len(events))
	for _, id := range events {
		err := p.query(func(*sqlite3.Stmt) error {
			out[id] = true
			return nil
		}, "SELECT 1 FROM events WHERE id = ?", id)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p litePublish) claim(keys []keyUse) (map[keyID]keyUse, error) {
	used := make(map[keyID]keyUse)
	for i := range keys {
		k := &keys[i]
		n, err := p.exec(`INSERT INTO idempotency_keys (tenant_id, key, fingerprint, event_id, created_at)
			VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			k.tenant, k.key, k.fingerprint[:], uidOf(k.event.ID), micros(k.event.CreatedAt))
		if err == nil && n == 0 {
			used[k.keyID], err = p.use(k.keyID)
		}
		if err != nil {
			return nil, err
		}
	}
	return used, nil
}

// use reads the first use of a key.
func (p litePublish) use(k keyID) (use keyUse, err error) {
	err = p.query(func(row *sqlite3.Stmt) error {
		use = firstUse(k, row.ColumnRawBlob(0), columnUID(row, 1), row.ColumnInt64(2))
		return nil
	}, "SELECT fingerprint, event_id, created_at FROM idempotency_keys WHERE tenant_id = ? AND key = ?", k.tenant, k.key)
	if err != nil {
		return use, err
	}
	err = p.query(func(row *sqlite3.Stmt) error {
		e, err := scanEvent(liteRow{stmt: row})
		use.event = &e
		return err
	}, "SELECT "+eventColumns+" FROM events e WHERE e.id = ?", uidOf(use.event.ID))
	return use, err
}

func (p litePublish) insert(b *publishBatch) (base int64, err error) {
	for i := range b.placements {
		d := &b.placements[i]
		if err := p.insertDelivery(&d.Delivery); err != nil {
			return 0, err
		}
		_, err := p.exec(`INSERT INTO queue (delivery_id, channel_id, webhook_id, due_at, lease_owner, manual)
			VALUES (?, ?, ?, ?, ?, 0)`,
			uidOf(d.Delivery.ID), uidOf(d.Delivery.ChannelID), uidOf(d.Delivery.WebhookID), micros(d.Due), d.owner)
		if err != nil {
			return 0, err
		}
	}
	if len(b.events) > 0 {
		if base, err = p.appendEvents(b.events); err != nil {
			return 0, err
		}
	}
	return base, p.insertOrdered(b, base)
}

func (l *lite) record(e *models.AuditEntry) error {
	_, err := l.exec(insertAudit, auditArgs(e)...)
	return err
}

// insertOrdered parks all but the first of an entity.
func (p litePublish) insertOrdered(b *publishBatch, base int64) error {
	b.waiting = make(map[uid]bool)
	for i := range b.ordered {
		if o := &b.ordered[i]; o.event > 0 {
			o.seq = base + int64(o.event)
		}
	}
	sorted := slices.SortedStableFunc(slices.Values(b.ordered), func(a, b placed) int { return cmp.Compare(a.seq, b.seq) })
	for i := range sorted {
		o := &sorted[i]
		d, due := &o.Delivery, micros(o.Due)
		if err := p.insertDelivery(d); err != nil {
			return err
		}
		err := p.query(func(*sqlite3.Stmt) error {
			due = parked
			b.waiting[uidOf(d.ID)] = true
			return nil
		}, "SELECT 1 FROM queue WHERE channel_id = ? AND entity = ? LIMIT 1", uidOf(d.ChannelID), o.Entity)
		if err != nil {
			return err
		}
		_, err = p.exec(`INSERT INTO queue (delivery_id, channel_id, webhook_id, due_at, manual, entity, seq)
			VALUES (?, ?, ?, ?, 0, ?, ?)`, uidOf(d.ID), uidOf(d.ChannelID), uidOf(d.WebhookID), due, o.Entity, o.seq)
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *lite) insertDelivery(d *models.Delivery) error {
	_, err := l.exec(`INSERT INTO deliveries (id, tenant_id, event_id, event_type, webhook_id, channel_id,
			status, attempt_count, retry_base, created_at, completed_at, reason, test)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		uidOf(d.ID), uidOf(d.TenantID), uidOf(d.EventID), d.EventType, uidOf(d.WebhookID), uidOf(d.ChannelID),
		string(storedStatus(d)), d.AttemptCount, d.RetryBase, micros(d.CreatedAt), microsPtr(d.CompletedAt), reasonOf(d), d.Test)
	return err
}

// draw takes n positions of a log and tells the one before them.
func (l *lite) draw(log string, n int) (base int64, err error) {
	err = l.query(func(row *sqlite3.Stmt) error {
		base = row.ColumnInt64(0) - int64(n)
		return nil
	}, "UPDATE log_heads SET position = position + ? WHERE name = ? RETURNING position", n, log)
	return base, err
}

func (l *lite) appendEvents(list []*models.Event) (base int64, err error) {
	if base, err = l.draw("events", len(list)); err != nil {
		return 0, err
	}
	for i, e := range list {
		_, err := l.exec(`INSERT INTO events (seq, id, tenant_id, type, version, entity_id, tags, data, idempotency_key,
				happened_at, created_at, test, traceparent)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			base+1+int64(i), uidOf(e.ID), uidOf(e.TenantID), e.Type, e.Version, stringPtr(e.EntityID),
			stringPtr(tagsJSON(e.Tags)), e.Data, stringPtr(e.IdempotencyKey),
			micros(e.Timestamp), micros(e.CreatedAt), e.Test, stringPtr(string(e.Trace)))
		if err != nil {
			return 0, err
		}
	}
	return base, nil
}
