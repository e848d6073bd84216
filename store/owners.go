package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"carillon/models"
)

// Own takes channels that are free, whose owner's time has run out, or that are
// the node's already, and tells for each channel that was asked for who works it
// alone and until when. On SQLite one process has them all.
func (s *Store) Own(ctx context.Context, r models.OwnRequest) ([]models.Ownership, error) {
	channels := sortedIDs(r.Channels)
	owned := make([]models.Ownership, 0, len(channels))
	if !s.postgres() {
		for _, id := range channels {
			owned = append(owned, models.Ownership{ChannelID: id, Node: r.Node, Until: r.Until})
		}
		return owned, nil
	}
	for len(channels) > 0 {
		var some []models.Ownership
		err := s.retryDeadlocks(ctx, func() (err error) {
			some, err = s.own(ctx, &r, channels)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("own channels: %w", err)
		}
		owned = append(owned, some...)
		channels = unanswered(channels, some)
	}
	return owned, nil
}

// own answers for all but those channels that another node has taken for the
// first time while the statement ran, whose row it could not see.
const own = `WITH taken AS (
		INSERT INTO channel_owners AS o (channel_id, node, until)
		SELECT w.id, $2::uuid, $3::bigint FROM unnest($1::uuid[]) AS w(id)
		ON CONFLICT (channel_id) DO UPDATE SET node = excluded.node, until = excluded.until
		WHERE o.node = excluded.node OR o.until <= $4
		RETURNING channel_id, node, until
	)
	SELECT channel_id, node, until FROM taken
	UNION ALL
	SELECT o.channel_id, o.node, o.until FROM unnest($1::uuid[]) AS w(id) JOIN channel_owners o ON o.channel_id = w.id
	WHERE o.channel_id NOT IN (SELECT channel_id FROM taken)`

func (s *Store) own(ctx context.Context, r *models.OwnRequest, channels []models.ID) (owned []models.Ownership, err error) {
	batch := &pgx.Batch{}
	batch.Queue(steadyPlans)
	batch.Queue(own, uids(uidsOf(channels)), uid(r.Node), micros(r.Until), micros(r.Now)).Query(func(rows pgx.Rows) error {
		var channel, node uid
		var until int64
		_, err := pgx.ForEachRow(rows, []any{&channel, &node, &until}, func() error {
			owned = append(owned, models.Ownership{ChannelID: channel.id(models.PrefixChannel),
				Node: models.NodeID(node), Until: fromMicros(until)})
			return nil
		})
		return err
	})
	err = s.pool.SendBatch(ctx, batch).Close()
	return owned, err
}

func unanswered(channels []models.ID, answers []models.Ownership) (rest []models.ID) {
	answered := make(map[models.ID]bool, len(answers))
	for i := range answers {
		answered[answers[i].ChannelID] = true
	}
	for _, id := range channels {
		if !answered[id] {
			rest = append(rest, id)
		}
	}
	return rest
}

// Disown lets go of channels that the node has, and tells the others that they
// are free. What it does not have is left alone.
func (s *Store) Disown(ctx context.Context, node models.NodeID, channels []models.ID) error {
	if !s.postgres() || len(channels) == 0 {
		return nil
	}
	var freed []models.ID
	err := s.retryDeadlocks(ctx, func() error {
		rows, err := s.pool.Query(ctx, `DELETE FROM channel_owners WHERE channel_id = ANY ($1::uuid[]) AND node = $2
			RETURNING channel_id`, uids(uidsOf(sortedIDs(channels))), uid(node))
		if err != nil {
			return err
		}
		freed, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (models.ID, error) {
			id, err := scanUID(row)
			return id.id(models.PrefixChannel), err
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("disown channels: %w", err)
	}
	if len(freed) > 0 {
		s.committed(models.Commit{Freed: freed})
	}
	return nil
}

// forgetOwner is for a channel that is being deleted.
func (s *Store) forgetOwner(tx *gorm.DB, channel models.ID) error {
	if !s.postgres() {
		return nil
	}
	return tx.Exec("DELETE FROM channel_owners WHERE channel_id = ?", uidOf(channel)).Error
}
