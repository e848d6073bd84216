package store

import (
	"context"

	"gorm.io/gorm"

	"carillon/models"
)

const suppressionColumns = "s.channel_id, s.address, s.reason, s.created_at"

type suppressed struct {
	channel uid
	models.Suppression
}

func scanSuppressed(row scanner) (s suppressed, err error) {
	var created int64
	err = row.Scan(&s.channel, &s.Address, &s.Reason, &created)
	s.CreatedAt = fromMicros(created)
	return s, err
}

// withSuppressed fills in whom the channels send to no more, in one statement.
func (s *Store) withSuppressed(tx *gorm.DB, channels []models.Channel) ([]models.Channel, error) {
	if len(channels) == 0 {
		return channels, nil
	}
	ids, at := make([]uid, len(channels)), make(map[uid]*models.Channel, len(channels))
	for i := range channels {
		ids[i] = uidOf(channels[i].ID)
		at[ids[i]] = &channels[i]
	}
	in, list := s.inIDs("s.channel_id", ids)
	found, err := collect(tx.Raw("SELECT "+suppressionColumns+" FROM suppressions s WHERE "+in+" ORDER BY s.created_at DESC, s.address", list),
		scanSuppressed)
	for i := range found {
		if c := at[found[i].channel]; c != nil {
			c.Suppressed = append(c.Suppressed, found[i].Suppression)
		}
	}
	return channels, err
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
			return models.Under("address", models.NotFound("suppression of", address))
		}
		c, err = s.takeChannel(tx, channel)
		return err
	})
	return c, err
}
