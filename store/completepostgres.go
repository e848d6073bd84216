package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"carillon/models"
)

// steadyPlans keeps the planner from reading whole tables in this transaction. It
// would while they are small, and a prepared statement goes on to do so when they
// have grown.
const steadyPlans = `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
	set_config('enable_mergejoin', 'off', true)`

const dequeue = `DELETE FROM queue q USING unnest($1::uuid[], $2::uuid[]) AS w(id, owner)
	WHERE q.delivery_id = w.id AND q.lease_owner = w.owner`

const guardDequeue = `WITH gone AS (` + dequeue + ` RETURNING 1)
	SELECT 1 / (count(*) = cardinality($1::uuid[]))::int FROM gone`

const requeueWaiting = `UPDATE queue q SET due_at = w.due_at, lease_owner = NULL, manual = false
	FROM unnest($1::uuid[], $2::bigint[]) AS w(id, due_at) WHERE q.delivery_id = w.id`

const updateDeliveries = `UPDATE deliveries d
	SET status = w.status, attempt_count = w.attempt_count, completed_at = w.completed_at
	FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[]) AS w(id, status, attempt_count, completed_at)
	WHERE d.id = w.id`

const resetHealth = `UPDATE channels SET consecutive_failures = 0, failing_since = NULL
	WHERE id = ANY ($1::uuid[]) AND consecutive_failures > 0`

const updateHealth = `UPDATE channels SET consecutive_failures = $2, failing_since = $3 WHERE id = $1`

const disableChannel = `UPDATE channels SET consecutive_failures = $2, failing_since = $3,
	status = $4, status_reason = $5, updated_at = $6 WHERE id = $1`

// completeAtOnce takes it that every lease is held and every attempt succeeded,
// and sends everything in one pipeline, which is one transaction. Where that
// fails by the guard, nothing was stored.
func (s *Store) completeAtOnce(ctx context.Context, jobs []*completeJob) (c models.Commit, err error) {
	p, err := completeAll(jobs)
	if errors.Is(err, errNotAll) {
		return s.completePostgres(ctx, jobs)
	}
	_, p.resets = p.channels()
	owners := make(uids, len(jobs))
	for i, j := range jobs {
		owners[i] = uid(j.in.Owner)
	}
	batch := &pgx.Batch{}
	batch.Queue(steadyPlans)
	batch.Queue(guardDequeue, uids(p.final), owners)
	p.final = nil
	var base int64
	s.queueComplete(batch, p, &base)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return c, err
	}
	return p.commit(base), nil
}

// completePostgres finds out which leases are held.
func (s *Store) completePostgres(ctx context.Context, jobs []*completeJob) (c models.Commit, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
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

func (p *pgComplete) leases(deliveries []uid) (map[uid]uid, error) {
	batch := &pgx.Batch{}
	batch.Queue(endWhenIdle)
	batch.Queue(steadyPlans)
	owners := make(map[uid]uid, len(deliveries))
	batch.Queue(`SELECT delivery_id, lease_owner FROM queue WHERE delivery_id = ANY ($1::uuid[])
		ORDER BY delivery_id FOR UPDATE`, uids(deliveries)).Query(func(rows pgx.Rows) error {
		var id, owner uid
		_, err := pgx.ForEachRow(rows, []any{&id, &owner}, func() error {
			owners[id] = owner
			return nil
		})
		return err
	})
	return owners, p.tx.SendBatch(p.ctx, batch).Close()
}

func (p *pgComplete) canceled(deliveries []uid) (map[uid]models.Delivery, error) {
	rows, err := p.tx.Query(p.ctx, `SELECT id, attempt_count, completed_at FROM deliveries
		WHERE id = ANY ($1::uuid[]) AND status = $2 ORDER BY id FOR UPDATE`, uids(deliveries), string(models.DeliveryCanceled))
	if err != nil {
		return nil, err
	}
	out := make(map[uid]models.Delivery)
	var id uid
	var count int
	var completed *int64
	_, err = pgx.ForEachRow(rows, []any{&id, &count, &completed}, func() error {
		out[id] = canceledDelivery(id, count, completed)
		return nil
	})
	return out, err
}

// canceledDelivery is as much of one as the plan needs.
func canceledDelivery(id uid, attempts int, completed *int64) models.Delivery {
	return models.Delivery{ID: id.id(models.PrefixDelivery), Status: models.DeliveryCanceled,
		AttemptCount: attempts, CompletedAt: fromMicrosPtr(completed)}
}

func (p *pgComplete) health(channels []uid) (map[uid]*channelHealth, error) {
	rows, err := p.tx.Query(p.ctx, `SELECT id, tenant_id, status, consecutive_failures, failing_since FROM channels
		WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL ORDER BY id FOR UPDATE`, uids(channels))
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
	var since *int64
	var status string
	err := row.Scan(&h.id, &h.tenant, &status, &h.failures, &since)
	h.status, h.failingSince = models.ChannelStatus(status), fromMicrosPtr(since)
	return &h, err
}

func (p *pgComplete) record(plan *completePlan) (base int64, err error) {
	batch := &pgx.Batch{}
	if len(plan.waiting) > 0 {
		ids, dues := make(uids, len(plan.waiting)), make([]int64, len(plan.waiting))
		for i := range plan.waiting {
			ids[i], dues[i] = uidOf(plan.waiting[i].ID), micros(*plan.waiting[i].NextAttemptAt)
		}
		batch.Queue(requeueWaiting, ids, dues)
	}
	if len(plan.final) > 0 {
		batch.Queue("DELETE FROM queue WHERE delivery_id = ANY ($1::uuid[])", uids(plan.final))
	}
	p.s.queueComplete(batch, plan, &base)
	return base, p.tx.SendBatch(p.ctx, batch).Close()
}

// queueComplete queues all but the changes of the queue, the log last.
func (s *Store) queueComplete(batch *pgx.Batch, p *completePlan, base *int64) {
	batch.Queue(updateDeliveries, stateArrays(p.states)...)
	if len(p.resets) > 0 {
		batch.Queue(resetHealth, uids(p.resets))
	}
	for _, h := range p.changed {
		if h.disabled {
			batch.Queue(disableChannel, h.id, h.failures, microsPtr(h.failingSince), string(h.status), h.reason, micros(h.at))
		} else {
			batch.Queue(updateHealth, h.id, h.failures, microsPtr(h.failingSince))
		}
	}
	for _, tenant := range p.news.Tenants {
		batch.Queue("UPDATE tenants SET generation = generation + 1 WHERE id = $1", uidOf(tenant))
	}
	n := s.notices(&models.Commit{Lanes: p.news.Lanes, Tenants: p.news.Tenants}) // an attempt tells of its delivery
	n.queueRest(batch)
	queueAttempts(batch, p.attempts, n, base)
}

func stateArrays(states []models.Delivery) []any {
	n := len(states)
	ids, statuses, counts, completed := make(uids, n), make([]string, n), make([]int32, n), make(bigints, n)
	for i := range states {
		d := &states[i]
		ids[i], statuses[i], counts[i] = uidOf(d.ID), string(d.Status), int32(d.AttemptCount)
		completed[i] = int8Of(microsPtr(d.CompletedAt))
	}
	return []any{ids, statuses, counts, completed}
}

// insertAttempts draws the positions and tells the other nodes in one statement.
const insertAttempts = `WITH head AS (
		UPDATE log_heads SET position = position + cardinality($1::uuid[]) WHERE name = 'attempts'
		RETURNING position
	), new AS (
		INSERT INTO attempts (id, tenant_id, delivery_id, event_id, event_type, webhook_id, channel_id, channel_kind,
			number, trigger_kind, status, request_id, target, request_headers, request_body,
			response_code, response_headers, response_body, error_code, error_message, error_retryable,
			started_at, latency, next_attempt_at, seq)
		SELECT w.id, w.tenant_id, w.delivery_id, w.event_id, w.event_type, w.webhook_id, w.channel_id, w.channel_kind,
			w.number, w.trigger_kind, w.status, w.request_id, w.target, w.request_headers, w.request_body,
			w.response_code, w.response_headers, w.response_body, w.error_code, w.error_message, w.error_retryable,
			w.started_at, w.latency, w.next_attempt_at, head.position - cardinality($1::uuid[]) + w.n
		FROM head, unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::text[],
			$9::int[], $10::text[], $11::text[], $12::uuid[], $13::text[], $14::text[], $15::text[],
			$16::int[], $17::text[], $18::text[], $19::text[], $20::text[], $21::bool[],
			$22::bigint[], $23::bigint[], $24::bigint[]) WITH ORDINALITY
			AS w(id, tenant_id, delivery_id, event_id, event_type, webhook_id, channel_id, channel_kind,
				number, trigger_kind, status, request_id, target, request_headers, request_body,
				response_code, response_headers, response_body, error_code, error_message, error_retryable,
				started_at, latency, next_attempt_at, n)
	)
	SELECT position - cardinality($1::uuid[]), pg_notify('carillon', $25::text || position || $26::text)::text FROM head`

func queueAttempts(batch *pgx.Batch, list []*models.Attempt, n notices, base *int64) {
	batch.Queue(insertAttempts, append(attemptArrays(list), n.before("a"), n.after())...).QueryRow(func(row pgx.Row) error {
		return row.Scan(base, nil)
	})
}

func attemptArrays(list []*models.Attempt) []any {
	n := len(list)
	ids, tenants, deliveries, events := make(uids, n), make(uids, n), make(uids, n), make(uids, n)
	webhooks, channels, requests := make(uids, n), make(uids, n), make(uids, n)
	types, kinds, triggers, statuses := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	targets, headers, bodies := make([]string, n), make([]string, n), make([]string, n)
	numbers, codes := make([]int32, n), make(pgtype.FlatArray[pgtype.Int4], n)
	gotHeaders, gotBodies, errCodes, errTexts := make(texts, n), make(texts, n), make(texts, n), make(texts, n)
	retryable := make(pgtype.FlatArray[pgtype.Bool], n)
	started, latencies, nexts := make([]int64, n), make([]int64, n), make(bigints, n)
	for i, a := range list {
		r := attemptTextOf(a)
		ids[i], tenants[i], deliveries[i], events[i] = uidOf(a.ID), uidOf(a.TenantID), uidOf(a.DeliveryID), uidOf(a.EventID)
		webhooks[i], channels[i], requests[i] = uidOf(a.WebhookID), uidOf(a.ChannelID), uidOf(a.RequestID)
		types[i], kinds[i], triggers[i], statuses[i] = a.EventType, string(a.ChannelKind), string(a.Trigger), string(a.Status)
		targets[i], headers[i], bodies[i] = r.target, r.requestHeaders, r.requestBody
		numbers[i] = int32(a.Number)
		if a.ResponseCode != nil {
			codes[i] = pgtype.Int4{Int32: int32(*a.ResponseCode), Valid: true}
		}
		gotHeaders[i], gotBodies[i] = textOfPtr(r.responseHeaders), textOfPtr(r.responseBody)
		errCodes[i], errTexts[i] = textOfPtr(r.errorCode), textOfPtr(r.errorMessage)
		if a.Error != nil {
			retryable[i] = pgtype.Bool{Bool: a.Error.Retryable, Valid: true}
		}
		started[i], latencies[i], nexts[i] = micros(a.StartedAt), a.Latency.Microseconds(), int8Of(microsPtr(a.NextAttemptAt))
	}
	return []any{ids, tenants, deliveries, events, types, webhooks, channels, kinds,
		numbers, triggers, statuses, requests, targets, headers, bodies,
		codes, gotHeaders, gotBodies, errCodes, errTexts, retryable, started, latencies, nexts}
}
