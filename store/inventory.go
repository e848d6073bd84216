package store

import (
	"context"
	"fmt"
	"os"

	"gorm.io/gorm"

	"carillon/models"
)

// Inventory counts tenants, channels, webhooks and open recoveries.
func (s *Store) Inventory(ctx context.Context) (models.Inventory, error) {
	in := models.Inventory{Channels: map[models.ChannelCount]int{}, Webhooks: map[models.WebhookStatus]int{}}
	err := s.snapshot(ctx, func(tx *gorm.DB) error {
		if err := tx.Raw("SELECT count(*) FROM tenants WHERE deleted_at IS NULL").Row().Scan(&in.Tenants); err != nil {
			return err
		}
		const open = `SELECT count(*), COALESCE(sum(total - done), 0) FROM recoveries WHERE completed_at IS NULL AND canceled_at IS NULL`
		if err := tx.Raw(open).Row().Scan(&in.Recoveries, &in.ToRecover); err != nil {
			return err
		}
		type counted struct {
			what models.ChannelCount
			n    int
		}
		channels, err := collect(tx.Raw("SELECT kind, status, count(*) FROM channels WHERE deleted_at IS NULL GROUP BY kind, status"),
			func(row scanner) (c counted, err error) {
				err = row.Scan(&c.what.Kind, &c.what.Status, &c.n)
				return c, err
			})
		if err != nil {
			return err
		}
		for _, c := range channels {
			in.Channels[c.what] = c.n
		}
		_, err = collect(tx.Raw("SELECT status, count(*) FROM webhooks GROUP BY status"), func(row scanner) (status models.WebhookStatus, err error) {
			var n int
			err = row.Scan(&status, &n)
			in.Webhooks[status] = n
			return status, err
		})
		return err
	})
	if err != nil {
		return in, fmt.Errorf("count what there is: %w", err)
	}
	return in, nil
}

// Size is how many bytes the database takes on disk, its log included where that
// stands beside it.
func (s *Store) Size(ctx context.Context) (bytes int64, err error) {
	if s.postgres() {
		err = s.reader.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes)
	} else {
		for _, suffix := range []string{"", "-wal"} {
			file, statErr := os.Stat(s.file + suffix)
			if statErr != nil {
				err = statErr
				break
			}
			bytes += file.Size()
		}
	}
	if err != nil {
		return 0, fmt.Errorf("measure the database: %w", err)
	}
	return bytes, nil
}
