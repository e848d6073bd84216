package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"carillon/models"
)

// steadyPlans keeps the planner from reading whole tables in this transaction, by
// an index from end to end either. It would while they are small, and a plan that
// is kept goes on to do so when they have grown: a queue that was found empty
// would be joined to each batch row by row. So what joins is planned each time;
// keepPlans ends that for what does not.
const steadyPlans = `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
	set_config('enable_mergejoin', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)`

const keepPlans = `SELECT set_config('plan_cache_mode', 'auto', true)`

const dequeue = `DELETE FROM queue q USING unnest($1::uuid[], $2::uuid[]) AS w(id, owner)
	WHERE q.delivery_id = w.id AND q.lease_owner = w.owner`

const guardDequeue = `WITH gone AS (` + dequeue + ` AND q.entity IS NULL RETURNING 1)
	SELECT 1 / (count(*) = cardinality($1::uuid[]))::int FROM gone`

// guardOrdered also lets the next of each entity go: see unparkPostgres. What it
// deletes it still sees; none of that is parked.
const guardOrdered = `WITH gone AS MATERIALIZED (` + dequeue + ` RETURNING q.delivery_id, q.channel_id, q.entity, q.message_id
	), next AS MATERIALIZED (
		SELECT n.delivery_id FROM (SELECT DISTINCT channel_id, entity, message_id FROM gone WHERE entity IS NOT NULL) g
		CROSS JOIN LATERAL (SELECT q.delivery_id FROM queue q
			WHERE q.channel_id = g.channel_id AND q.entity = g.entity AND q.due_at = 9223372036854775807
			ORDER BY q.seq, q.delivery_id LIMIT 1) n
		WHERE NOT EXISTS (SELECT 1 FROM queue m WHERE m.message_id = g.message_id AND m.entity || '' = g.entity
			AND m.delivery_id <> ALL ($1::uuid[]))
	), freed AS (
		UPDATE queue q SET due_at = $3 FROM next WHERE q.delivery_id = next.delivery_id
		RETURNING q.channel_id, q.webhook_id, q.bulk
	)
	SELECT f.channel_id, f.webhook_id, COALESCE(f.bulk, false)
	FROM (SELECT 1 / (count(*) = cardinality($1::uuid[]))::int AS passed FROM gone) guard LEFT JOIN freed f ON true
	WHERE guard.passed = 1`

const requeueWaiting = `UPDATE queue q SET due_at = w.due_at, lease_owner = NULL, manual = false
	FROM unnest($1::uuid[], $2::bigint[]) AS w(id, due_at) WHERE q.delivery_id = w.id`

const updateDeliveries = `UPDATE deliveries d
	SET status = w.status, attempt_count = w.attempt_count, retry_base = w.retry_base, completed_at = w.completed_at, reason = w.reason
	FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::bigint[], $6::text[])
		AS w(id, status, attempt_count, retry_base, completed_at, reason)
	WHERE d.id = w.id`

const insertFailures = `INSERT INTO failures (delivery_id, tenant_id, failed_at)
	SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])
	ON CONFLICT (delivery_id) DO UPDATE SET failed_at = excluded.failed_at`

const resetHealth = `UPDATE channels SET consecutive_failures = 0, failing_since = NULL
	WHERE id = ANY ($1::uuid[]) AND consecutive_failures > 0`

const updateHealth = `UPDATE channels SET consecutive_failures = $2, failing_since = $3, held_until = $4, ordinary_failed_at = $5 WHERE id = $1`

const disableChannel = `UPDATE channels SET consecutive_failures = $2, failing_since = $3, held_until = $4,
	ordinary_failed_at = $5, status = $6, status_reason = $7, updated_at = $8 WHERE id = $1`

// completeAtOnce takes it that every lease is held and every attempt succeeded,
// and sends everything in one pipeline, which is one transaction. Where that
// fails by the guard, nothing was stored.
func (s *Store) completeAtOnce(ctx context.Context, jobs []*completeJob) (c models.Commit, err error) {
	p, err := completeAll(jobs)
	if errors.Is(err, errNotAll) {
		return s.completePostgres(ctx, jobs)
	}
	_, p.resets = p.channels()
	owners := make(uids, 0, len(p.final))
	for _, j := range jobs {
		for range j.in.Parts {
			owners = append(owners, uid(j.in.Owner))
		}
	}
	batch := &pgx.Batch{}
	p.queueGuarded(batch, jobs, owners)
	var base int64
	if err := s.queueComplete(batch, p, &base); err != nil {
		return c, err
	}
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return c, err
	}
	return p.commit(base), nil
}

// queueGuarded takes the deliveries out of the queue, if all are still in it.
func (p *completePlan) queueGuarded(batch *pgx.Batch, jobs []*completeJob, owners uids) {
	ordered := orderedIn(jobs)
	if len(ordered) > 0 {
		batch.Queue(lockOrder, orderLocks, slotsOf(ordered))
	}
	batch.Queue(steadyPlans)
	if len(ordered) == 0 {
		batch.Queue(guardDequeue, uids(p.final), owners)
	} else {
		batch.Queue(guardOrdered, uids(p.final), owners, micros(p.freed)).Query(func(rows pgx.Rows) error {
			return addLanes(rows, p.freed, &p.lanes)
		})
	}
	p.final = nil
}

// completePostgres finds out which leases are held.
func (s *Store) completePostgres(ctx context.Context, jobs []*completeJob) (c models.Commit, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
		if ordered := orderedIn(jobs); len(ordered) > 0 {
			if _, err := tx.Exec(ctx, lockOrder, orderLocks, slotsOf(ordered)); err != nil {
				return err
			}
		}
		c, err = completeIn(&pgComplete{ctx: ctx, s: s, tx: tx}, jobs)
		return err
	})
	return c, err
}

type pgComplete struct {
	ctx context.Context
	s   *Store
	tx  pgx.Tx
}

func (p *pgComplete) leases(deliveries []uid) (map[uid]lease, error) {
	batch := &pgx.Batch{}
	batch.Queue(endWhenIdle)
	batch.Queue(steadyPlans)
	leases := make(map[uid]lease, len(deliveries))
	batch.Queue(`SELECT delivery_id, lease_owner, channel_id, message_id, COALESCE(entity, '') FROM queue
		WHERE delivery_id = ANY ($1::uuid[]) ORDER BY delivery_id FOR UPDATE`, uids(deliveries)).Query(func(rows pgx.Rows) error {
		var id uid
		var l lease
		_, err := pgx.ForEachRow(rows, []any{&id, &l.owner, &l.channel, &l.message, &l.entity}, func() error {
			leases[id] = l
			return nil
		})
		return err
	})
	return leases, p.tx.SendBatch(p.ctx, batch).Close()
}

func (p *pgComplete) canceled(deliveries []uid) (map[uid]models.Delivery, error) {
	rows, err := p.tx.Query(p.ctx, "SELECT "+plainDeliveryColumns+` FROM deliveries d
		WHERE d.id = ANY ($1::uuid[]) AND d.status = $2 ORDER BY d.id FOR UPDATE`, uids(deliveries), string(models.DeliveryCanceled))
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.Delivery, error) { return scanPlainDelivery(row) })
	out := make(map[uid]models.Delivery, len(list))
	for i := range list {
		out[uidOf(list[i].ID)] = list[i]
	}
	return out, err
}

func (p *pgComplete) health(channels []uid) (map[uid]*channelHealth, error) {
	rows, err := p.tx.Query(p.ctx, `SELECT id, tenant_id, status, consecutive_failures, failing_since, held_until, ordinary_failed_at FROM channels
		WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE`, uids(channels))
	if err != nil {
		return nil, err
	}
	out := make(map[uid]*channelHealth, len(channels))
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*channelHealth, error) { return scanHealth(row) })
	for _, h := range list {
		out[h.id] = h
	}
	return out, err
}

func scanHealth(row scanner) (*channelHealth, error) {
	var h channelHealth
	var since, held, ordinary *int64
	var status string
	err := row.Scan(&h.id, &h.tenant, &status, &h.failures, &since, &held, &ordinary)
	h.status, h.failingSince, h.held = models.ChannelStatus(status), fromMicrosPtr(since), fromMicrosPtr(held)
	h.ordinary = fromMicrosPtr(ordinary)
	return &h, err
}

func (p *pgComplete) record(plan *completePlan) (base int64, err error) {
	batch := &pgx.Batch{}
	if len(plan.waiting) > 0 {
		ids, dues := make(uids, len(plan.waiting)), make([]int64, len(plan.waiting))
		for i := range plan.waiting {
			ids[i], dues[i] = uidOf(plan.waiting[i].ID), dueOf(&plan.waiting[i])
		}
		batch.Queue(requeueWaiting, ids, dues)
	}
	if len(plan.final) > 0 {
		batch.Queue("DELETE FROM queue WHERE delivery_id = ANY ($1::uuid[])", uids(plan.final))
	}
	if len(plan.removed) > 0 {
		queueUnpark(batch, plan.removed, micros(plan.freed), &plan.lanes)
	}
	if err := p.s.queueComplete(batch, plan, &base); err != nil {
		return 0, err
	}
	return base, p.tx.SendBatch(p.ctx, batch).Close()
}

// queueComplete queues all but the changes of the queue, the log last.
func (s *Store) queueComplete(batch *pgx.Batch, p *completePlan, base *int64) error {
	kept, err := p.statements()
	if err != nil {
		return err
	}
	update, states := updateStates(p.states)
	batch.Queue(update, states...)
	if failures := failuresOf(p.states); len(failures) > 0 {
		batch.Queue(insertFailures, failureArrays(failures)...)
	}
	if len(p.resets) > 0 {
		batch.Queue(resetHealth, uids(p.resets))
	}
	for _, h := range p.changed {
		if h.disabled {
			batch.Queue(disableChannel, h.id, h.failures, microsPtr(h.failingSince), microsPtr(h.held), microsPtr(h.ordinary),
				string(h.status), h.reason, micros(h.at))
		} else {
			batch.Queue(updateHealth, h.id, h.failures, microsPtr(h.failingSince), microsPtr(h.held), microsPtr(h.ordinary))
		}
	}
	for _, tenant := range p.news.Tenants {
		batch.Queue("UPDATE tenants SET generation = generation + 1 WHERE id = $1", uidOf(tenant))
	}
	for i := range kept {
		batch.Queue(kept[i].query, kept[i].args...)
	}
	batch.Queue(keepPlans)
	queueAttempts(batch, p.attempts, base)
	return nil
}

func stateArrays(states []models.Delivery) []any {
	n := len(states)
	ids, statuses, counts, bases, completed, reasons := newUIDs(n), newTexts(n), newInts(n), newInts(n), newBigints(n), newTexts(n)
	for i := range states {
		d := &states[i]
		ids.uid(uidOf(d.ID))
		statuses.text(string(d.Status))
		counts.int(d.AttemptCount)
		bases.int(d.RetryBase)
		completed.bigintPtr(microsPtr(d.CompletedAt))
		reasons.textPtr(reasonOf(d))
	}
	return []any{ids, statuses, counts, bases, completed, reasons}
}

func failureArrays(failures []*models.Delivery) []any {
	n := len(failures)
	ids, tenants, failed := newUIDs(n), newUIDs(n), newBigints(n)
	for _, d := range failures {
		ids.uid(uidOf(d.ID))
		tenants.uid(uidOf(d.TenantID))
		failed.bigint(micros(*d.CompletedAt))
	}
	return []any{ids, tenants, failed}
}
