package store

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"carillon/models"
)

// suppressed is a row of suppressions as it comes with its channel.
type suppressed struct {
	Address string `json:"a"`
	Reason  string `json:"r"`
	Created int64  `json:"c"`
}

// The columns of channelRecord.
const channelColumns = `channels.id, channels.tenant_id, channels.name, channels.kind, channels.config, channels.secrets, channels.template_id,
	channels.retry_policy, channels.limits, channels.batching, channels.ordering, channels.held_until, channels.status, channels.status_reason,
	channels.consecutive_failures, channels.failing_since, channels.created_at, channels.updated_at, channels.deleted_at`

// The channels with whom each sends to no more, newest first.
const (
	channelsPostgres = channelColumns + `, (SELECT json_agg(json_build_object('a', s.address, 'r', s.reason, 'c', s.created_at)
		ORDER BY s.created_at DESC, s.address)::text FROM suppressions s WHERE s.channel_id = channels.id) AS suppressed`
	channelsLite = channelColumns + `, (SELECT json_group_array(json_object('a', s.address, 'r', s.reason, 'c', s.created_at)
		ORDER BY s.created_at DESC, s.address) FROM suppressions s WHERE s.channel_id = channels.id) AS suppressed`
)

// findChannels reads the channels of a query.
func (s *Store) findChannels(q *gorm.DB) ([]models.Channel, error) {
	columns := channelsLite
	if s.postgres() {
		columns = channelsPostgres
	}
	return findAll(q.Select(columns), s.channelOf)
}

func readSuppressed(text *string) ([]models.Suppression, error) {
	if text == nil {
		return nil, nil
	}
	var rows []suppressed
	if err := json.Unmarshal([]byte(*text), &rows); err != nil || len(rows) == 0 {
		return nil, err
	}
	list := make([]models.Suppression, len(rows))
	for i, r := range rows {
		list[i] = models.Suppression{Address: r.Address, Reason: r.Reason, CreatedAt: fromMicros(r.Created)}
	}
	return list, nil
}

// LiftSuppression lets a recipient of a channel be sent to again. NOT_FOUND for one
// that is not suppressed.
func (s *Store) LiftSuppression(ctx context.Context, channel models.ID, address string) (c models.Channel, err error) {
	commit := &models.Commit{}
	err = s.change(ctx, commit, func(tx *gorm.DB) error {
		if _, err := s.lockChannel(tx, commit, channel); err != nil {
			return err
		}
		result := tx.Exec("DELETE FROM suppressions WHERE channel_id = ? AND address = ?", uidOf(channel), address)
		switch {
		case result.Error != nil:
			return result.Error
		case result.RowsAffected == 0:
			e := models.NotFound("suppression of", fmt.Sprintf("%q on this channel", address))
			e.Field = "address"
			return e
		}
		c, err = s.takeChannel(tx, channel)
		return err
	})
	return c, err
}
