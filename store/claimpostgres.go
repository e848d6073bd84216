package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"carillon/models"
)

// openLanes narrows lanes l to those that may send now, which is the parameter $1.
// COALESCE hides from the planner an index of all channels that are not deleted,
// which it would read from end to end while they are few, and go on to later.
const openLanes = `
	JOIN channels c ON c.id = l.channel_id AND c.status = 'ACTIVE' AND COALESCE(c.deleted_at, 0) = 0
		AND (c.held_until IS NULL OR c.held_until <= $1)
	JOIN webhooks w ON w.id = l.webhook_id AND w.status = 'ACTIVE'`

const claimedWork = `
	SELECT ` + workColumns + ` FROM q
	JOIN deliveries d ON d.id = q.delivery_id JOIN events e ON e.id = d.event_id`

const claimPlain = `WITH due AS MATERIALIZED (
		SELECT d.delivery_id, d.lease_owner
		FROM unnest($4::uuid[], $5::uuid[], $6::bool[], $7::int[]) AS l(channel_id, webhook_id, bulk, most)` + openLanes + `
		CROSS JOIN LATERAL (
			SELECT delivery_id, lease_owner FROM queue
			WHERE channel_id = l.channel_id AND webhook_id = l.webhook_id AND bulk = l.bulk AND due_at <= $1
			ORDER BY due_at LIMIT l.most FOR UPDATE SKIP LOCKED
		) d
	), q AS (
		UPDATE queue SET due_at = $2, lease_owner = $3 FROM due WHERE queue.delivery_id = due.delivery_id
		RETURNING queue.delivery_id, queue.manual, due.lease_owner IS NOT NULL AS rescued, queue.bulk,
			queue.entity IS NOT NULL AS ordered, queue.message_id
	)` + claimedWork

// claimWindow reads what is due, and of what is not what nobody has touched yet:
// up to latest, which nothing that is fresh is due after.
const claimWindow = `SELECT l.n::int, d.delivery_id, d.due_at, d.lease_owner IS NOT NULL, d.message_id,
		l.channel_id, l.webhook_id, l.bulk, COALESCE(d.entity, ''), 0::bigint
	FROM unnest($2::int[], $3::uuid[], $4::uuid[], $5::bool[], $6::int[], $7::bigint[])
		AS l(n, channel_id, webhook_id, bulk, most, latest)` + openLanes + `
	CROSS JOIN LATERAL (
		SELECT delivery_id, due_at, lease_owner, message_id, entity FROM queue
		WHERE channel_id = l.channel_id AND webhook_id = l.webhook_id AND bulk = l.bulk AND due_at <= l.latest
			AND (due_at <= $1 OR lease_owner IS NULL AND message_id IS NULL)
		ORDER BY due_at LIMIT l.most FOR UPDATE SKIP LOCKED
	) d`

const claimFollowers = `SELECT 0, d.delivery_id, d.due_at, false, NULL::uuid,
		h.channel_id, d.webhook_id, d.bulk, h.entity, d.seq
	FROM unnest($1::uuid[], $2::text[]) AS h(channel_id, entity)
	CROSS JOIN LATERAL (
		SELECT delivery_id, due_at, webhook_id, bulk, seq FROM queue
		WHERE channel_id = h.channel_id AND entity = h.entity AND due_at = 9223372036854775807
		ORDER BY seq, delivery_id LIMIT $3 FOR UPDATE
	) d`

const leaseTaken = `WITH q AS (
		UPDATE queue SET due_at = $1, lease_owner = $2, message_id = t.message_id
		FROM unnest($3::uuid[], $4::uuid[], $5::bool[]) AS t(delivery_id, message_id, rescued)
		WHERE queue.delivery_id = t.delivery_id
		RETURNING queue.delivery_id, queue.manual, t.rescued, queue.bulk, queue.entity IS NOT NULL AS ordered, queue.message_id
	)` + claimedWork

// leaseMade waits for whoever holds a row of a message: of two that took up parts
// of one, the database ends one transaction, so that the other has it whole.
const leaseMade = `WITH due AS MATERIALIZED (
		SELECT delivery_id, lease_owner FROM queue WHERE message_id = ANY ($3::uuid[]) AND due_at <= $4
		ORDER BY delivery_id FOR UPDATE
	), q AS (
		UPDATE queue SET due_at = $1, lease_owner = $2 FROM due WHERE queue.delivery_id = due.delivery_id
		RETURNING queue.delivery_id, queue.manual, due.lease_owner IS NOT NULL AS rescued, queue.bulk,
			queue.entity IS NOT NULL AS ordered, queue.message_id
	)` + claimedWork

func (s *Store) claimPostgres(ctx context.Context, r *models.ClaimRequest) (work []models.Work, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) (err error) {
		work, err = claimIn(&pgClaim{ctx: ctx, tx: tx, r: r}, r)
		return err
	})
	return work, err
}

type pgClaim struct {
	ctx context.Context
	tx  pgx.Tx
	r   *models.ClaimRequest
}

func (c *pgClaim) first(plain, batching []models.LaneQuota) (work []models.Work, found []candidate, err error) {
	batch := &pgx.Batch{}
	batch.Queue(endWhenIdle)
	batch.Queue(steadyPlans)
	now := micros(c.r.Now)
	if n := len(plain); n > 0 {
		channels, webhooks, bulks, most := make(uids, n), make(uids, n), make([]bool, n), make([]int32, n)
		for i, q := range plain {
			channels[i], webhooks[i], bulks[i], most[i] = uidOf(q.Lane.ChannelID), uidOf(q.Lane.WebhookID), q.Lane.Bulk, int32(q.Max)
		}
		batch.Queue(claimPlain, now, micros(c.r.Until), uid(c.r.Owner), channels, webhooks, bulks, most).Query(c.read(&work))
	}
	if n := len(batching); n > 0 {
		places, most, latest := make([]int32, n), make([]int32, n), make([]int64, n)
		channels, webhooks, bulks := make(uids, n), make(uids, n), make([]bool, n)
		for i, q := range batching {
			channels[i], webhooks[i], bulks[i] = uidOf(q.Lane.ChannelID), uidOf(q.Lane.WebhookID), q.Lane.Bulk
			places[i], most[i], latest[i] = int32(i), int32(window(&q)), micros(c.r.Now.Add(q.Batching.MaxWait))
		}
		batch.Queue(claimWindow, now, places, channels, webhooks, bulks, most, latest).Query(readCandidates(&found))
	}
	err = c.tx.SendBatch(c.ctx, batch).Close()
	return work, found, err
}

func (c *pgClaim) followers(heads []candidate, most int) (found []candidate, err error) {
	n := len(heads)
	channels, entities := make(uids, n), make([]string, n)
	for i := range heads {
		channels[i], entities[i] = heads[i].channel, heads[i].entity
	}
	rows, err := c.tx.Query(c.ctx, claimFollowers, channels, entities, most)
	if err != nil {
		return nil, err
	}
	err = readCandidates(&found)(rows)
	return found, err
}

func (c *pgClaim) lease(taken []candidate, made []uid) (work []models.Work, err error) {
	batch := &pgx.Batch{}
	if n := len(taken); n > 0 {
		ids, messages, rescued := newUIDs(n), newUIDs(n), newBools(n)
		for i := range taken {
			ids.uid(taken[i].id)
			messages.uid(taken[i].message)
			rescued.bool(taken[i].rescued)
		}
		batch.Queue(leaseTaken, micros(c.r.Until), uid(c.r.Owner), ids, messages, rescued).Query(c.read(&work))
	}
	if len(made) > 0 {
		batch.Queue(leaseMade, micros(c.r.Until), uid(c.r.Owner), uids(made), micros(c.r.Now)).Query(c.read(&work))
	}
	err = c.tx.SendBatch(c.ctx, batch).Close()
	return work, err
}

// read adds what a statement has claimed.
func (c *pgClaim) read(work *[]models.Work) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		some, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.Work, error) { return scanWork(row, c.r.Until) })
		*work = append(*work, some...)
		return err
	}
}

func readCandidates(found *[]candidate) func(pgx.Rows) error {
	return func(rows pgx.Rows) (err error) {
		*found, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (candidate, error) { return scanCandidate(row) })
		return err
	}
}

func scanCandidate(row scanner) (c candidate, err error) {
	err = row.Scan(&c.lane, &c.id, &c.due, &c.rescued, &c.message, &c.channel, &c.webhook, &c.bulk, &c.entity, &c.seq)
	return c, err
}
