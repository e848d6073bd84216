package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

// cancelBatch bounds the deliveries that one transaction cancels, and so the
// news that its commit carries.
const cancelBatch = 500

// Why a delivery was canceled.
const (
	canceledByPerson = "canceled by a person"
	webhookDeleted   = "its webhook was deleted"
	channelDeleted   = "its channel was deleted"
)

// backlog is the part of the queue that waits for something which is being deleted.
type backlog struct {
	reason string
	where  string
	args   []any
}

// webhookBacklog goes by the tenant's channels, because the queue is ordered by
// channel first. It finds what waits for channels that are no longer routed to.
func webhookBacklog(tenant, webhook models.ID) backlog {
	return backlog{
		reason: webhookDeleted,
		where:  "channel_id IN (SELECT id FROM channels WHERE tenant_id = ?) AND webhook_id = ?",
		args:   []any{uidOf(tenant), uidOf(webhook)},
	}
}

func channelBacklog(channel models.ID) backlog {
	return backlog{reason: channelDeleted, where: "channel_id = ?", args: []any{uidOf(channel)}}
}

func laneBacklog(lane models.Lane, reason string) backlog {
	return backlog{reason: reason, where: "channel_id = ? AND webhook_id = ?",
		args: []any{uidOf(lane.ChannelID), uidOf(lane.WebhookID)}}
}

// cancel ends a first batch, leased ones too. It passes by what another
// transaction is just completing, so that it waits for nobody, and by what is
// ordered: the lock for that comes before those which its callers hold.
func (b backlog) cancel(s *Store, tx *gorm.DB, commit *models.Commit, now time.Time) error {
	var ids []uid
	q := tx.Table("queue").Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Where(b.where, b.args...)
	if err := q.Where("entity IS NULL").Limit(cancelBatch).Pluck("delivery_id", &ids).Error; err != nil {
		return err
	}
	return b.end(s, tx, ids, nil, commit, now)
}

// cancelSome ends some of what is there, ordered or not; locked says what to do
// about rows that others hold.
func (b backlog) cancelSome(s *Store, tx *gorm.DB, commit *models.Commit, now time.Time, limit int, locked string) error {
	type found struct {
		id, channel uid
		ordered     bool
	}
	q := tx.Table("queue").Select("delivery_id, channel_id, entity IS NOT NULL").Where(b.where, b.args...)
	rows, err := collect(q.Limit(limit), func(row scanner) (f found, err error) {
		err = row.Scan(&f.id, &f.channel, &f.ordered)
		return f, err
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	ids, ordered := make([]uid, len(rows)), []uid(nil)
	for i, f := range rows {
		ids[i] = f.id
		if f.ordered {
			ordered = append(ordered, f.channel)
		}
	}
	slices.SortFunc(ordered, uid.compare)
	ordered = slices.Compact(ordered)
	if err := s.holdOrder(tx, ordered); err != nil {
		return err
	}
	var mine []uid
	q = tx.Table("queue").Clauses(clause.Locking{Strength: "UPDATE", Options: locked}).Where("delivery_id IN ?", ids)
	if err := q.Pluck("delivery_id", &mine).Error; err != nil {
		return err
	}
	return b.end(s, tx, mine, ordered, commit, now)
}

// end cancels deliveries whose rows of the queue are locked.
func (b backlog) end(s *Store, tx *gorm.DB, ids, held []uid, commit *models.Commit, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	if err := s.dequeueHeld(tx, ids, held, now, commit); err != nil {
		return err
	}
	err := tx.Exec("UPDATE deliveries SET status = ?, completed_at = ?, reason = ? WHERE id IN ?",
		string(models.DeliveryCanceled), micros(now), b.reason, ids).Error
	if err != nil {
		return err
	}
	canceled := tx.Table("deliveries d").Select(deliveryColumns, micros(now)).
		Joins("LEFT JOIN queue q ON q.delivery_id = d.id").Where("d.id IN ?", ids)
	commit.Updates, err = collect(canceled, scanDelivery)
	return err
}

// cancelRest goes on in further transactions until nothing waits. What it
// cancels belongs to something that is deleted already and that nobody claims
// from: a client that leaves does not stop it, and what an error or a crash
// leaves behind is swept up by PurgeDeleted.
func (s *Store) cancelRest(ctx context.Context, b backlog, now time.Time) {
	ctx = models.WithAudit(context.WithoutCancel(ctx), nil) // the deletion has written its entry
	for more := true; more; {
		var err error
		if more, err = s.cancelStep(ctx, b, now); err != nil {
			s.log.Warn("what waited for something deleted is left to the purge", "error", err)
			return
		}
	}
}

// cancelStep cancels one batch and says whether there was any.
func (s *Store) cancelStep(ctx context.Context, b backlog, now time.Time) (bool, error) {
	var commit models.Commit
	err := s.change(ctx, &commit, func(tx *gorm.DB) error {
		err := b.cancelSome(s, tx, &commit, now, cancelBatch, "SKIP LOCKED")
		if err != nil || len(commit.Updates) > 0 {
			return err
		}
		// Whatever is left is being completed: wait for one, and hold no other
		// row meanwhile, so that no deadlock can come of it.
		return b.cancelSome(s, tx, &commit, now, 1, "")
	})
	if err != nil {
		return false, fmt.Errorf("cancel deliveries: %w", err)
	}
	return len(commit.Updates) > 0, nil
}
