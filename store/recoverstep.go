package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// recoverLook bounds the failures that one step looks at, in multiples of what
// it may put back: with a narrow filter most are of no interest.
const recoverLook = 50

// RecoverStep puts the next part of an open recovery back into the queue: of
// several the one whose turn was longest ago, and none that another node holds.
// worked is false where nothing is open.
func (s *Store) RecoverStep(ctx context.Context, step models.RecoveryStep) (r models.Recovery, worked bool, err error) {
	if r, worked, err = s.recoverStep(ctx, &step); err != nil {
		return r, false, fmt.Errorf("recover deliveries: %w", err)
	}
	return r, worked, nil
}

func (s *Store) recoverStep(ctx context.Context, step *models.RecoveryStep) (r models.Recovery, worked bool, err error) {
	record, err := s.nextRecovery(ctx, step)
	if record == nil || err != nil {
		return r, false, err
	}
	if r, err = record.model(); err != nil {
		return r, false, err
	}
	// What is to be put back is looked for before the transaction, which then
	// holds nobody up for longer than it takes to write.
	part, err := s.recoverPart(ctx, record, &r, step.Limit)
	if err != nil {
		return r, false, err
	}
	var commit models.Commit
	err = s.change(ctx, &commit, func(tx *gorm.DB) error {
		taken, err := record.take(tx, step, part)
		if !taken || err != nil {
			return err // another node has moved it on meanwhile
		}
		if err := s.recover(tx, part.deliveries, step.Now, &commit); err != nil {
			return err
		}
		moved, err := liveRecoveries(tx.Where("id = ?", record.ID))
		if len(moved) > 0 {
			r, commit.Recoveries = moved[0], moved
		}
		return err
	})
	return r, true, err
}

// nextRecovery leaves out what another node works on.
func (s *Store) nextRecovery(ctx context.Context, step *models.RecoveryStep) (*recoveryRecord, error) {
	var open []recoveryRecord
	err := s.read.WithContext(ctx).Where("completed_at IS NULL AND canceled_at IS NULL").
		Where("(lease_until IS NULL OR lease_owner = ? OR lease_until <= ?)", uid(step.Node), micros(step.Now)).
		Order("COALESCE(lease_until, 0), id").Limit(1).Find(&open).Error
	if len(open) == 0 || err != nil {
		return nil, err
	}
	return &open[0], nil
}

// recoverPart is what one step does.
type recoverPart struct {
	deliveries []uid // ascending
	reached    uid   // the last one that was looked at
	last       bool  // nothing is left behind it
}

// recoverPart looks at the next failures, in the order of their ids.
func (s *Store) recoverPart(ctx context.Context, record *recoveryRecord, r *models.Recovery, limit int) (p recoverPart, err error) {
	q := s.recoverable(ctx, r).Select("f.delivery_id").Order("f.delivery_id").Limit(limit)
	if r.Filter.EventID != nil { // few: they are found by their event
		p.deliveries, err = collect(beyondUID(q, "f.delivery_id", record.Reached), scanUID)
		p.reached, p.last = lastUID(p.deliveries), len(p.deliveries) < limit
		return p, err
	}
	window := s.read.WithContext(ctx).Table("failures").Where("failed_at <= ?", micros(r.CreatedAt)).
		Order("delivery_id").Limit(recoverLook * limit)
	window = beyondUID(whereID(window, "tenant_id", r.Filter.TenantID), "delivery_id", record.Reached)
	looked, err := collect(window.Select("delivery_id"), scanUID)
	if err != nil || len(looked) == 0 {
		return recoverPart{last: true}, err
	}
	p.reached = lastUID(looked)
	q = beyondUID(q, "f.delivery_id", record.Reached).Where("f.delivery_id <= ?", p.reached)
	p.deliveries, err = collect(q, scanUID)
	if len(p.deliveries) == limit {
		p.reached = lastUID(p.deliveries)
	} else {
		p.last = len(looked) < recoverLook*limit
	}
	return p, err
}

// recoverable are the failures f that the recovery names, with their deliveries d.
func (s *Store) recoverable(ctx context.Context, r *models.Recovery) *gorm.DB {
	f := r.Filter
	f.Statuses = nil // all of them are FAILED
	q := s.read.WithContext(ctx).Table("failures f").Joins("JOIN deliveries d ON d.id = f.delivery_id").
		Where("f.failed_at <= ?", micros(r.CreatedAt))
	if !s.postgres() && f.EventID != nil {
		q = s.read.WithContext(ctx).Table("deliveries d INDEXED BY deliveries_event").
			Joins("CROSS JOIN failures f").Where("f.delivery_id = d.id AND f.failed_at <= ?", micros(r.CreatedAt))
	}
	return s.filterDeliveries(ofLiveTenants(whereID(q, "f.tenant_id", f.TenantID), "f.tenant_id"), f)
}

// beyondUID is for lists that are read on from an id; the zero one is before all.
func beyondUID(q *gorm.DB, column string, reached uid) *gorm.DB {
	if reached.zero() {
		return q
	}
	return q.Where(column+" > ?", reached)
}

func lastUID(ids []uid) (last uid) {
	if len(ids) > 0 {
		last = ids[len(ids)-1]
	}
	return last
}

// take moves the recovery on, if it still is where it was when it was read.
func (r *recoveryRecord) take(tx *gorm.DB, step *models.RecoveryStep, p recoverPart) (taken bool, err error) {
	if p.reached.zero() {
		p.reached = r.Reached
	}
	q := tx.Table("recoveries").Where("id = ? AND completed_at IS NULL AND canceled_at IS NULL", r.ID).
		Where("(lease_until IS NULL OR lease_owner = ? OR lease_until <= ?)", uid(step.Node), micros(step.Now))
	if r.Reached.zero() {
		q = q.Where("reached IS NULL")
	} else {
		q = q.Where("reached = ?", r.Reached)
	}
	done := r.Done + len(p.deliveries)
	changes := map[string]any{"done": done, "total": max(r.Total, done), "reached": p.reached,
		"lease_owner": uid(step.Node), "lease_until": micros(step.Until)}
	if p.last {
		changes["completed_at"] = micros(step.Now)
	}
	result := q.Updates(changes)
	return result.RowsAffected > 0, result.Error
}

// recover begins the schedules of failed deliveries anew, behind all that is fresh
// and in the order of ids. What can no longer be sent stays as it is, and so does
// what somebody else puts back.
func (s *Store) recover(tx *gorm.DB, ids []uid, now time.Time, commit *models.Commit) error {
	held, err := s.holdOrderOf(tx, ids)
	if err != nil {
		return err
	}
	in, list := s.inIDs("delivery_id", ids)
	failed, err := collect(tx.Table("failures").Select("delivery_id").Where(in, list), scanUID)
	if err != nil || len(failed) == 0 {
		return err
	}
	back, err := s.putBack(tx, failed, held, returning{due: micros(now), bulk: true})
	if err != nil || len(back) == 0 {
		return err
	}
	// Rows are locked in the same order as when a person retries.
	in, list = s.inIDs("delivery_id", back)
	gone := tx.Exec("DELETE FROM failures WHERE "+in, list)
	switch {
	case gone.Error != nil:
		return gone.Error
	case int(gone.RowsAffected) < len(back):
		return errTryAgain // one was retried meanwhile, and that has ended already
	}
	if err := s.beginAnew(tx, back); err != nil {
		return err
	}
	return s.tell(tx, back, commit)
}
