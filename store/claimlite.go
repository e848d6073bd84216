package store

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"carillon/models"
)

const (
	// liteClaimed is what a statement shows of a row before it is claimed.
	liteClaimed = `SELECT ` + workColumns + ` FROM (SELECT delivery_id, manual, lease_owner IS NOT NULL AS rescued, bulk,
			entity IS NOT NULL AS ordered, message_id, due_at FROM queue WHERE `
	liteWork = `) q JOIN deliveries d ON d.id = q.delivery_id JOIN events e ON e.id = d.event_id`
	liteOpen = ` AND EXISTS (SELECT 1 FROM channels c WHERE c.id = queue.channel_id AND c.status = 'ACTIVE' AND c.deleted_at IS NULL
				AND COALESCE(c.held_until, 0) <= ?)
			AND EXISTS (SELECT 1 FROM webhooks w WHERE w.id = queue.webhook_id AND w.status = 'ACTIVE')`

	claimPlainLite = liteClaimed + `channel_id = ? AND webhook_id = ? AND bulk = ? AND due_at <= ?` + liteOpen + `
			ORDER BY due_at LIMIT ?` + liteWork
	claimOneLite  = liteClaimed + `delivery_id = ?` + liteWork
	claimMadeLite = liteClaimed + `message_id = ? AND due_at <= ?` + liteWork

	claimWindowLite = `SELECT CAST(? AS integer), delivery_id, due_at, lease_owner IS NOT NULL, message_id,
			channel_id, webhook_id, bulk, COALESCE(entity, ''), 0
		FROM queue WHERE channel_id = ? AND webhook_id = ? AND bulk = ? AND due_at <= ?
			AND (due_at <= ? OR lease_owner IS NULL AND message_id IS NULL)` + liteOpen + ` ORDER BY due_at LIMIT ?`
	claimFollowersLite = `SELECT 0, delivery_id, due_at, 0, NULL, channel_id, webhook_id, bulk, entity, seq
		FROM queue WHERE channel_id = ? AND entity = ? AND due_at = 9223372036854775807
		ORDER BY seq, delivery_id LIMIT ?`
)

func (s *Store) claimLite(ctx context.Context, r *models.ClaimRequest) (work []models.Work, err error) {
	err = s.liteTx(ctx, func(l *lite) (err error) {
		work, err = claimIn(&liteClaim{lite: l, r: r}, r)
		return err
	})
	return work, err
}

type liteClaim struct {
	*lite
	r *models.ClaimRequest
}

func (c *liteClaim) first(plain, batching []models.LaneQuota) (work []models.Work, found []candidate, err error) {
	now := micros(c.r.Now)
	for _, q := range plain {
		from := len(work)
		err := c.query(c.read(&work), claimPlainLite, uidOf(q.Lane.ChannelID), uidOf(q.Lane.WebhookID), q.Lane.Bulk, now, now, q.Max)
		if err == nil {
			err = c.take(work[from:])
		}
		if err != nil {
			return nil, nil, err
		}
	}
	for i, q := range batching {
		err := c.query(readLiteCandidates(&found), claimWindowLite, i, uidOf(q.Lane.ChannelID), uidOf(q.Lane.WebhookID), q.Lane.Bulk,
			micros(c.r.Now.Add(q.Batching.MaxWait)), now, now, window(&q))
		if err != nil {
			return nil, nil, err
		}
	}
	return work, found, nil
}

func (c *liteClaim) followers(heads []candidate, most int) (found []candidate, err error) {
	for i := range heads {
		if err := c.query(readLiteCandidates(&found), claimFollowersLite, heads[i].channel, heads[i].entity, most); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (c *liteClaim) lease(taken []candidate, made []uid) (work []models.Work, err error) {
	for i := range taken {
		if _, err := c.exec("UPDATE queue SET message_id = ? WHERE delivery_id = ?", taken[i].message, taken[i].id); err != nil {
			return nil, err
		}
		if err := c.query(c.read(&work), claimOneLite, taken[i].id); err != nil {
			return nil, err
		}
	}
	if err := c.take(work); err != nil {
		return nil, err
	}
	for _, message := range made {
		from := len(work) // one that was seen before has nothing more that is due
		err := c.query(c.read(&work), claimMadeLite, message, micros(c.r.Now))
		if err == nil {
			err = c.take(work[from:])
		}
		if err != nil {
			return nil, err
		}
	}
	return work, nil
}

// take leases what was read.
func (c *liteClaim) take(work []models.Work) error {
	for i := range work {
		_, err := c.exec("UPDATE queue SET due_at = ?, lease_owner = ? WHERE delivery_id = ?",
			micros(c.r.Until), uid(c.r.Owner), uidOf(work[i].Delivery.ID))
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *liteClaim) read(work *[]models.Work) func(*sqlite3.Stmt) error {
	return func(row *sqlite3.Stmt) error {
		w, err := scanWork(liteRow{stmt: row}, c.r.Until)
		*work = append(*work, w)
		return err
	}
}

func readLiteCandidates(found *[]candidate) func(*sqlite3.Stmt) error {
	return func(row *sqlite3.Stmt) error {
		c, err := scanCandidate(liteRow{stmt: row})
		*found = append(*found, c)
		return err
	}
}
