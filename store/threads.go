package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// Thread is the message that those of an entity go below, at the target that the
// channel has now; its Thread is empty where there is none yet.
func (s *Store) Thread(ctx context.Context, channel models.ID, entity, target string) (t models.Thread, err error) {
	q := s.read.WithContext(ctx).Raw("SELECT thread, used_at FROM threads WHERE channel_id = ? AND entity = ? AND target = ?",
		uidOf(channel), entity, target)
	found, err := collect(q, func(row scanner) (t models.Thread, err error) {
		var used int64
		err = row.Scan(&t.Thread, &used)
		t.UsedAt = fromMicros(used)
		return t, err
	})
	if err != nil {
		return t, fmt.Errorf("find a thread: %w", err)
	}
	if len(found) > 0 {
		t = found[0]
	}
	t.Entity, t.Target = entity, target
	return t, nil
}

// forgetThreads is for a channel whose messages go elsewhere now, or nowhere.
func forgetThreads(tx *gorm.DB, channel models.ID) error {
	return tx.Exec("DELETE FROM threads WHERE channel_id = ?", uidOf(channel)).Error
}

// threadsKept is how long a thread is remembered that nothing goes below any more,
// or longer, as long as events are.
const threadsKept = 90 * 24 * time.Hour
