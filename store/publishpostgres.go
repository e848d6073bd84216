package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"carillon/models"
)

// A publication shares the locks of its tenants with others; a change of a
// tenant's webhooks or channels takes them alone. They are kept in memory, unlike
// those of rows, and are granted in the order of asking, so that neither starves.
const (
	tenantLocks = 0x6361726c // the class of these advisory locks
	lockSlots   = 64         // bounds how many a transaction holds
)

// slotsOf are the locks of tenants or of channels, sorted.
func slotsOf(ids []uid) []int32 {
	var taken [lockSlots]bool
	for _, id := range ids {
		taken[id[len(id)-1]%lockSlots] = true // the end of a UUIDv7 is random
	}
	var slots []int32
	for i := range taken {
		if taken[i] {
			slots = append(slots, int32(i))
		}
	}
	return slots
}

// endWhenIdle begins every transaction that holds locks while this process
// decides: a node that has gone silent holds the others back no longer than that.
const endWhenIdle = `SELECT set_config('idle_in_transaction_session_timeout', '3s', true)`

const shareTenants = `SELECT pg_advisory_xact_lock_shared($1::int, slot) FROM unnest($2::int[]) slot`

// A guard divides by zero, which undoes the transaction, where something is not
// as it was taken to be. So the usual case needs one round trip and no decision between.
const (
	guardGenerations = `SELECT 1 / (count(*) = cardinality($1::uuid[]))::int
		FROM unnest($1::uuid[], $2::bigint[]) AS w(id, generation)
		JOIN tenants t ON t.id = w.id AND t.generation = w.generation AND t.deleted_at IS NULL`
	guardKeys = `WITH new AS (` + insertKeys + ` RETURNING 1) SELECT 1 / (count(*) = cardinality($1::uuid[]))::int FROM new`
)

const insertKeys = `INSERT INTO idempotency_keys (tenant_id, key, fingerprint, event_id, created_at)
	SELECT * FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[], $5::bigint[]) ON CONFLICT DO NOTHING`

// publishAtOnce takes it that no route is stale and no key was used before, and
// sends everything in one pipeline, which is one transaction. Where that fails by
// a guard, nothing was stored.
func (s *Store) publishAtOnce(ctx context.Context, jobs []*publishJob) (c models.Commit, err error) {
	b, err := planPublish(jobs, nil)
	if err != nil {
		return c, err
	}
	tenants, generations := generationsOf(jobs)
	batch := &pgx.Batch{}
	if len(b.ordered) > 0 {
		batch.Queue(lockOrder, orderLocks, orderSlots(jobs))
	}
	batch.Queue(shareTenants, tenantLocks, slotsOf(tenants))
	batch.Queue(guardGenerations, uids(tenants), generations)
	if keys := keysOf(jobs); len(keys) > 0 {
		batch.Queue(guardKeys, keyArrays(keys)...)
	}
	var base int64
	s.queuePublish(batch, b, &base)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return c, err
	}
	return b.commit(base), nil
}

// generationsOf lists what the jobs were routed by: of a tenant that they
// differ on, both, so that the guard fails.
func generationsOf(jobs []*publishJob) (tenants []uid, generations []int64) {
	type routedBy struct {
		tenant     uid
		generation int64
	}
	seen := make(map[routedBy]bool)
	for _, j := range jobs {
		for i := range j.in.Items {
			tenant := j.in.Items[i].Event.TenantID
			by := routedBy{tenant: uidOf(tenant), generation: j.in.Generations[tenant]}
			if !seen[by] {
				seen[by] = true
				tenants, generations = append(tenants, by.tenant), append(generations, by.generation)
			}
		}
	}
	return tenants, generations
}

// publishPostgres finds out what stands in the way of some, step by step.
func (s *Store) publishPostgres(ctx context.Context, jobs []*publishJob) (c models.Commit, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
		if slots := orderSlots(jobs); len(slots) > 0 {
			if _, err := tx.Exec(ctx, lockOrder, orderLocks, slots); err != nil {
				return err
			}
		}
		c, err = publishIn(&pgPublish{ctx: ctx, s: s, tx: tx}, jobs)
		return err
	})
	return c, err
}

// orderSlots are the locks of the channels that the jobs bring ordered work.
func orderSlots(jobs []*publishJob) []int32 {
	var channels []uid
	for _, j := range jobs {
		for i := range j.in.Items {
			for k := range j.in.Items[i].Placements {
				if p := &j.in.Items[i].Placements[k]; p.Entity != "" {
					channels = append(channels, uidOf(p.Delivery.ChannelID))
				}
			}
		}
	}
	return slotsOf(channels)
}

type pgPublish struct {
	ctx context.Context
	s   *Store
	tx  pgx.Tx
}

func (p *pgPublish) generations(tenants []uid) (map[uid]int64, error) {
	batch := &pgx.Batch{}
	batch.Queue(endWhenIdle)
	batch.Queue(shareTenants, tenantLocks, slotsOf(tenants))
	if err := p.tx.SendBatch(p.ctx, batch).Close(); err != nil {
		return nil, err
	}
	rows, err := p.tx.Query(p.ctx, `SELECT id, generation FROM tenants WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL`, uids(tenants))
	if err != nil {
		return nil, err
	}
	out := make(map[uid]int64, len(tenants))
	var id uid
	var generation int64
	_, err = pgx.ForEachRow(rows, []any{&id, &generation}, func() error {
		out[id] = generation
		return nil
	})
	return out, err
}

func (p *pgPublish) stored(events []uid) (map[uid]bool, error) {
	rows, err := p.tx.Query(p.ctx, "SELECT id FROM events WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE", uids(events))
	if err != nil {
		return nil, err
	}
	out := make(map[uid]bool, len(events))
	var id uid
	_, err = pgx.ForEachRow(rows, []any{&id}, func() error {
		out[id] = true
		return nil
	})
	return out, err
}

const readKeys = `SELECT k.tenant_id, k.key, k.fingerprint, k.event_id, k.created_at, e.id IS NOT NULL
	FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS w(tenant_id, key, event_id)
	JOIN idempotency_keys k ON k.tenant_id = w.tenant_id AND k.key = w.key AND k.event_id <> w.event_id
	LEFT JOIN events e ON e.id = k.event_id`

func (p *pgPublish) claim(keys []keyUse) (map[keyID]keyUse, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	arrays := keyArrays(keys)
	tag, err := p.tx.Exec(p.ctx, insertKeys, arrays...)
	if err != nil || tag.RowsAffected() == int64(len(keys)) {
		return nil, err
	}
	rows, err := p.tx.Query(p.ctx, readKeys, arrays[0], arrays[1], arrays[3])
	if err != nil {
		return nil, err
	}
	used, kept, err := scanUses(rows)
	if err != nil {
		return nil, err
	}
	if tag.RowsAffected()+int64(len(used)) < int64(len(keys)) {
		return nil, fmt.Errorf("an idempotency key was erased meanwhile: %w", errTryAgain)
	}
	rows, err = p.tx.Query(p.ctx, "SELECT "+eventColumns+" FROM events e WHERE e.id = ANY ($1::uuid[])", kept)
	if err != nil {
		return nil, err
	}
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.Event, error) { return scanEvent(row) })
	return withEvents(used, events), err
}

func scanUses(rows pgx.Rows) (used map[keyID]keyUse, kept uids, err error) {
	used, kept = make(map[keyID]keyUse), uids{}
	var k keyID
	var fingerprint []byte
	var id uid
	var created int64
	var keeps bool
	_, err = pgx.ForEachRow(rows, []any{&k.tenant, &k.key, &fingerprint, &id, &created, &keeps}, func() error {
		used[k] = firstUse(k, fingerprint, id, created)
		if keeps {
			kept = append(kept, id)
		}
		return nil
	})
	return used, kept, err
}

func firstUse(k keyID, fingerprint []byte, event uid, created int64) keyUse {
	use := keyUse{keyID: k, event: &models.Event{ID: event.id(models.PrefixEvent), CreatedAt: fromMicros(created)}}
	copy(use.fingerprint[:], fingerprint)
	return use
}

// withEvents fills in those events that are still kept.
func withEvents(used map[keyID]keyUse, events []models.Event) map[keyID]keyUse {
	for i := range events {
		e := &events[i]
		k := keyID{tenant: uidOf(e.TenantID), key: e.IdempotencyKey}
		if use, ok := used[k]; ok {
			use.event = e
			used[k] = use
		}
	}
	return used
}

func (p *pgPublish) insert(b *publishBatch) (base int64, err error) {
	batch := &pgx.Batch{}
	p.s.queuePublish(batch, b, &base)
	return base, p.tx.SendBatch(p.ctx, batch).Close()
}

func (p *pgPublish) record(e *models.AuditEntry) error {
	_, err := p.tx.Exec(p.ctx, insertAudit, auditArgs(e)...)
	return err
}

func keyArrays(keys []keyUse) []any {
	n := len(keys)
	tenants, names, events, created := newUIDs(n), newTexts(n), newUIDs(n), newBigints(n)
	fingerprints := newArray(pgtype.ByteaOID, n, 32*n)
	for i := range keys {
		k := &keys[i]
		tenants.uid(k.tenant)
		names.text(k.key)
		fingerprints.bytes(k.fingerprint[:])
		events.uid(uidOf(k.event.ID))
		created.bigint(micros(k.event.CreatedAt))
	}
	return []any{tenants, names, fingerprints, events, created}
}
