package store

import (
	"encoding/json"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"carillon/models"
)

// queuePublish queues what the batch stores, the log last: who has its head
// holds every other publisher back. Only rows that are ordered come behind it,
// because they bear the positions of their events.
func (s *Store) queuePublish(batch *pgx.Batch, b *publishBatch, base *int64) {
	if len(b.placements) > 0 {
		batch.Queue(insertDeliveries, deliveryArrays(b.placements)...)
		batch.Queue(insertQueue, queueArrays(b.placements)...)
	}
	if len(b.ordered) > 0 {
		batch.Queue(insertDeliveries, deliveryArrays(b.ordered)...)
	}
	if len(b.events) > 0 {
		queueEvents(batch, b.events, base)
	}
	if len(b.ordered) > 0 {
		b.queueOrdered(batch)
	}
}

const insertDeliveries = `INSERT INTO deliveries (id, tenant_id, event_id, event_type, webhook_id, channel_id,
		status, attempt_count, retry_base, created_at, completed_at, reason, test)
	SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::text[]), unnest($5::uuid[]), unnest($6::uuid[]),
		unnest($7::text[]), unnest($8::int[]), unnest($9::int[]), unnest($10::bigint[]), unnest($11::bigint[]), unnest($12::text[]), unnest($13::bool[])`

func deliveryArrays(list []placed) []any {
	n := len(list)
	ids, tenants, events, types := newUIDs(n), newUIDs(n), newUIDs(n), newTexts(n)
	webhooks, channels, statuses := newUIDs(n), newUIDs(n), newTexts(n)
	counts, bases, created, completed := newInts(n), newInts(n), newBigints(n), newBigints(n)
	reasons, tests := newTexts(n), newBools(n)
	for i := range list {
		d := &list[i].Delivery
		ids.uid(uidOf(d.ID))
		tenants.uid(uidOf(d.TenantID))
		events.uid(uidOf(d.EventID))
		types.text(d.EventType)
		webhooks.uid(uidOf(d.WebhookID))
		channels.uid(uidOf(d.ChannelID))
		statuses.text(string(storedStatus(d)))
		counts.int(d.AttemptCount)
		bases.int(d.RetryBase)
		created.bigint(micros(d.CreatedAt))
		completed.bigintPtr(microsPtr(d.CompletedAt))
		reasons.textPtr(reasonOf(d))
		tests.bool(d.Test)
	}
	return []any{ids, tenants, events, types, webhooks, channels, statuses, counts, bases, created, completed, reasons, tests}
}

const insertQueue = `INSERT INTO queue (delivery_id, channel_id, webhook_id, due_at, lease_owner, manual)
	SELECT unnest($1::uuid[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::bigint[]), unnest($5::uuid[]), false`

func queueArrays(list []placed) []any {
	n := len(list)
	ids, channels, webhooks, dues, owners := newUIDs(n), newUIDs(n), newUIDs(n), newBigints(n), newUIDs(n)
	for i := range list {
		d := &list[i].Delivery
		ids.uid(uidOf(d.ID))
		channels.uid(uidOf(d.ChannelID))
		webhooks.uid(uidOf(d.WebhookID))
		dues.bigint(micros(list[i].Due))
		owners.uid(list[i].owner)
	}
	return []any{ids, channels, webhooks, dues, owners}
}

// insertOrdered parks all but the first of an entity, in the queue and among the
// new ones. A place is that of the event among the $8 that were just appended; seq
// is the position of one that was stored before.
const insertOrdered = `WITH w AS MATERIALIZED (
		SELECT u.id, u.channel_id, u.webhook_id, u.due_at, u.entity,
			CASE WHEN u.place > 0 THEN h.position - $8 + u.place ELSE u.seq END AS seq
		FROM log_heads h, unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::int[], $7::bigint[])
			AS u(id, channel_id, webhook_id, due_at, entity, place, seq)
		WHERE h.name = 'events'
	), ranked AS MATERIALIZED (
		SELECT w.*, row_number() OVER (PARTITION BY channel_id, entity ORDER BY seq, id) > 1
			OR COALESCE((SELECT true FROM queue q WHERE q.channel_id = w.channel_id AND q.entity = w.entity
				ORDER BY q.seq LIMIT 1), false) AS waits
		FROM w
	)
	INSERT INTO queue (delivery_id, channel_id, webhook_id, due_at, lease_owner, manual, bulk, entity, seq)
	SELECT id, channel_id, webhook_id, CASE WHEN waits THEN 9223372036854775807 ELSE due_at END, NULL, false, false, entity, seq
	FROM ranked RETURNING delivery_id, due_at`

func (b *publishBatch) queueOrdered(batch *pgx.Batch) {
	n := len(b.ordered)
	ids, channels, webhooks, dues := newUIDs(n), newUIDs(n), newUIDs(n), newBigints(n)
	entities, places, seqs := newTexts(n), newInts(n), newBigints(n)
	for i := range b.ordered {
		p := &b.ordered[i]
		ids.uid(uidOf(p.Delivery.ID))
		channels.uid(uidOf(p.Delivery.ChannelID))
		webhooks.uid(uidOf(p.Delivery.WebhookID))
		dues.bigint(micros(p.Due))
		entities.text(p.Entity)
		places.int(p.event)
		seqs.bigint(p.seq)
	}
	b.waiting = make(map[uid]bool)
	batch.Queue(insertOrdered, ids, channels, webhooks, dues, entities, places, seqs, int64(len(b.events))).Query(func(rows pgx.Rows) error {
		var id uid
		var due int64
		_, err := pgx.ForEachRow(rows, []any{&id, &due}, func() error {
			if due == parked {
				b.waiting[id] = true
			}
			return nil
		})
		return err
	})
}

// insertEvents draws the positions and appends in one statement.
const insertEvents = `WITH head AS (
		UPDATE log_heads SET position = position + cardinality($1::uuid[]) WHERE name = 'events'
		RETURNING position
	), new AS (
		INSERT INTO events (seq, id, tenant_id, type, version, entity_id, tags, data, idempotency_key,
			happened_at, created_at, test, traceparent)
		SELECT head.position - cardinality($1::uuid[]) + w.n, w.id, w.tenant_id, w.type, w.version, w.entity_id,
			w.tags, w.data, w.idempotency_key, w.happened_at, w.created_at, w.test, w.traceparent
		FROM head, (SELECT generate_subscripts($1::uuid[], 1) AS n, unnest($1::uuid[]) AS id, unnest($2::uuid[]) AS tenant_id,
			unnest($3::text[]) AS type, unnest($4::text[]) AS version, unnest($5::text[]) AS entity_id, unnest($6::text[]) AS tags,
			unnest($7::text[]) AS data, unnest($8::text[]) AS idempotency_key, unnest($9::bigint[]) AS happened_at,
			unnest($10::bigint[]) AS created_at, unnest($11::bool[]) AS test, unnest($12::text[]) AS traceparent) w
	)
	SELECT position - cardinality($1::uuid[]) FROM head`

func queueEvents(batch *pgx.Batch, list []*models.Event, base *int64) {
	batch.Queue(insertEvents, eventArrays(list)...).QueryRow(func(row pgx.Row) error {
		return row.Scan(base)
	})
}

func eventArrays(list []*models.Event) []any {
	n, size := len(list), 0
	for _, e := range list {
		size += len(e.Data)
	}
	ids, tenants, types, versions := newUIDs(n), newUIDs(n), newTexts(n), newTexts(n)
	entities, tags, datas, keys := newTexts(n), newTexts(n), newArray(pgtype.TextOID, n, size), newTexts(n)
	happened, created, tests, traces := newBigints(n), newBigints(n), newBools(n), newTexts(n)
	for _, e := range list {
		ids.uid(uidOf(e.ID))
		tenants.uid(uidOf(e.TenantID))
		types.text(e.Type)
		versions.text(e.Version)
		entities.word(e.EntityID)
		tags.word(tagsJSON(e.Tags))
		datas.bytes(e.Data)
		keys.word(e.IdempotencyKey)
		happened.bigint(micros(e.Timestamp))
		created.bigint(micros(e.CreatedAt))
		tests.bool(e.Test)
		traces.word(string(e.Trace))
	}
	return []any{ids, tenants, types, versions, entities, tags, datas, keys, happened, created, tests, traces}
}

// tagsJSON is empty for no tags.
func tagsJSON(tags []string) string {
	if len(tags) == 0 {
		return ""
	}
	text, _ := json.Marshal(tags) // strings always marshal
	return string(text)
}
