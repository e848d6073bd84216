package store

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"carillon/models"
)

// Requeue makes deliveries due again with their schedule begun anew, all or
// none: what waits is moved, with the whole message if it was put into one, and
// what is final comes back into the queue. On a channel that keeps the order of
// each entity it is the next of its own. CONFLICT where an attempt is under way,
// where it waits behind others, or where there is nothing left to send to.
func (s *Store) Requeue(ctx context.Context, list []models.Requeue) error {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b models.Requeue) int { return a.DeliveryID.Compare(b.DeliveryID) })
	var commit models.Commit
	err := s.change(ctx, &commit, func(tx *gorm.DB) error {
		ids := make([]uid, len(list))
		for i := range list {
			ids[i] = uidOf(list[i].DeliveryID)
		}
		held, err := s.holdOrderOf(tx, ids)
		if err != nil {
			return err
		}
		for i := range list {
			if err := s.requeue(tx, &list[i], held); err != nil {
				return err
			}
		}
		return s.tell(tx, ids, &commit)
	})
	if err != nil {
		return fmt.Errorf("requeue deliveries: %w", err)
	}
	return nil
}

// holdOrderOf takes the locks of the ordered channels that the deliveries go to.
func (s *Store) holdOrderOf(tx *gorm.DB, deliveries []uid) (held []uid, err error) {
	in, list := s.inIDs("d.id", deliveries)
	held, err = collect(tx.Raw(`SELECT DISTINCT d.channel_id FROM deliveries d JOIN channels c ON c.id = d.channel_id
		LEFT JOIN queue q ON q.delivery_id = d.id
		WHERE (c.ordering = ? OR q.entity IS NOT NULL) AND `+in, string(models.OrderPerEntity), list), scanUID)
	if err != nil {
		return nil, err
	}
	return held, s.holdOrder(tx, held)
}

// requeueWaits moves what waits and is free: the delivery alone, or its message.
const requeueWaits = `UPDATE queue SET due_at = ?, lease_owner = NULL, bulk = false,
		manual = CASE WHEN delivery_id = ? THEN CAST(? AS boolean) ELSE manual END
	WHERE (delivery_id = ? OR message_id = (SELECT m.message_id FROM queue m WHERE m.delivery_id = ?))
		AND due_at < 9223372036854775806 AND (lease_owner IS NULL OR due_at <= ?)
	RETURNING delivery_id`

func (s *Store) requeue(tx *gorm.DB, r *models.Requeue, held []uid) error {
	id, now := uidOf(r.DeliveryID), micros(s.cfg.Now())
	moved, err := collect(tx.Raw(requeueWaits, micros(r.Due), id, r.Manual, id, id, now), scanUID)
	if err != nil {
		return err
	}
	if !slices.Contains(moved, id) {
		back, err := s.putBack(tx, []uid{id}, held, returning{due: micros(r.Due), manual: r.Manual})
		switch {
		case err != nil:
			return err
		case len(back) == 0:
			return whyNotRequeued(tx, r.DeliveryID)
		}
	}
	return s.beginAnew(tx, []uid{id})
}

// beginAnew gives deliveries that are in the queue again their whole schedule.
func (s *Store) beginAnew(tx *gorm.DB, ids []uid) error {
	in, list := s.inIDs("delivery_id", ids)
	if err := tx.Exec("DELETE FROM failures WHERE "+in, list).Error; err != nil {
		return err
	}
	in, list = s.inIDs("id", ids)
	result := tx.Exec(`UPDATE deliveries SET retry_base = attempt_count, completed_at = NULL, reason = NULL,
		status = CASE WHEN attempt_count > 0 THEN 'RETRYING' ELSE 'PENDING' END WHERE `+in, list)
	if result.Error == nil && int(result.RowsAffected) < len(ids) {
		return errTryAgain // retention has erased one meanwhile
	}
	return result.Error
}

// returning is how deliveries come back into the queue.
type returning struct {
	due          int64
	manual, bulk bool
}

// putBack inserts deliveries that are not in the queue and still have somewhere to
// go, and tells which they are. They are due a microsecond apart, the last of them
// at the time that is given. An entity that is ordered goes on with the row that
// it has; those that come back wait behind it.
func (s *Store) putBack(tx *gorm.DB, ids, held []uid, r returning) ([]uid, error) {
	in, list := s.inIDs("d.id", ids)
	type row struct {
		id, channel uid
		ordered     bool
	}
	back, err := collect(tx.Raw(`WITH w AS (
			SELECT d.id, d.channel_id, d.webhook_id, e.seq,
				CASE WHEN c.ordering = 'PER_ENTITY' THEN e.entity_id END AS entity
			FROM deliveries d
			JOIN webhooks w ON w.id = d.webhook_id
			JOIN channels c ON c.id = d.channel_id AND c.deleted_at IS NULL
			JOIN events e ON e.id = d.event_id
			WHERE NOT d.test AND `+in+`
		)
		INSERT INTO queue (delivery_id, channel_id, webhook_id, due_at, lease_owner, manual, bulk, entity, seq)
		SELECT id, channel_id, webhook_id,
			CASE WHEN entity IS NOT NULL AND (row_number() OVER (PARTITION BY channel_id, entity ORDER BY seq, id) > 1
					OR COALESCE((SELECT true FROM queue q WHERE q.channel_id = w.channel_id AND q.entity = w.entity ORDER BY q.seq LIMIT 1), false))
				THEN 9223372036854775807 ELSE CAST(? AS bigint) + 1 - row_number() OVER (ORDER BY id DESC) END,
			NULL, CAST(? AS boolean), CAST(? AS boolean), entity, CASE WHEN entity IS NOT NULL THEN seq END
		FROM w WHERE true
		ON CONFLICT (delivery_id) DO NOTHING
		RETURNING delivery_id, channel_id, entity IS NOT NULL`, list, r.due, r.manual, r.bulk),
		func(s scanner) (b row, err error) {
			err = s.Scan(&b.id, &b.channel, &b.ordered)
			return b, err
		})
	if err != nil {
		return nil, err
	}
	out := make([]uid, len(back))
	for i, b := range back {
		if out[i] = b.id; b.ordered && !slices.Contains(held, b.channel) {
			return nil, errTryAgain // it was ordered after the look at it
		}
	}
	return out, nil
}

func whyNotRequeued(tx *gorm.DB, delivery models.ID) error {
	found, err := collect(tx.Raw(`SELECT d.test, d.status = 'SENT', w.id IS NOT NULL AND c.deleted_at IS NULL,
			(SELECT f.delivery_id FROM queue q JOIN queue f ON f.channel_id = q.channel_id AND f.entity = q.entity
				WHERE q.delivery_id = d.id AND q.due_at = 9223372036854775807 AND f.due_at <> 9223372036854775807
				ORDER BY f.seq, f.delivery_id LIMIT 1)
		FROM deliveries d
		LEFT JOIN webhooks w ON w.id = d.webhook_id LEFT JOIN channels c ON c.id = d.channel_id
		WHERE d.id = ?`, uidOf(delivery)),
		func(row scanner) (state struct {
			test, sent, routed bool
			behind             uid
		}, err error) {
			err = row.Scan(&state.test, &state.sent, &state.routed, &state.behind)
			return state, err
		})
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return models.NotFound("delivery", delivery)
	case found[0].test:
		return models.Conflict("id", "%s is the delivery of a test event; send another test event instead", delivery)
	case found[0].sent:
		return models.Conflict("id", "%s was taken by the provider; its delivery report is awaited", delivery)
	case !found[0].routed:
		return models.Conflict("id", "the webhook or the channel of %s was deleted", delivery)
	case !found[0].behind.zero():
		return models.Conflict("id", "%s waits behind %s, which goes to the channel before it", delivery,
			found[0].behind.id(models.PrefixDelivery))
	}
	return models.Conflict("id", "an attempt of %s is under way; try again when it has ended", delivery)
}
