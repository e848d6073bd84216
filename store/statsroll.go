package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

// RollStats counts the next attempts of the log, up to limit, into attempt_stats.
// Positions are dense and in the order of commits, and this one moves in the same
// transaction: each attempt counts once, whatever crashes. One node at a time
// does it. more says that there is more to count.
func (s *Store) RollStats(ctx context.Context, limit int) (more bool, err error) {
	err = s.retryDeadlocks(ctx, func() (err error) {
		more, err = s.rollStats(ctx, limit)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("count attempts: %w", err)
	}
	if !more {
		err = s.dropMinutes(ctx)
	}
	return more, err
}

func (s *Store) rollStats(ctx context.Context, limit int) (more bool, err error) {
	var roll *statRoll
	if !s.postgres() { // whoever writes holds all others up, and nobody else moves the position
		if roll, err = s.readRoll(s.read.WithContext(ctx), limit); err != nil || roll == nil {
			return false, err
		}
	}
	err = s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) (err error) {
		if s.postgres() {
			var mine []int64
			q := tx.Table("log_heads").Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Where("name = 'stats'")
			if err := q.Pluck("position", &mine).Error; err != nil || len(mine) == 0 {
				return err
			}
			if roll, err = s.readRoll(tx, limit); err != nil || roll == nil {
				return err
			}
		}
		return roll.store(tx)
	})
	if errors.Is(err, errCounted) {
		return true, nil
	}
	return roll != nil && roll.to < roll.head, err
}

// statRoll is what one step counts.
type statRoll struct {
	from, to, head int64
	rows           []statRecord
}

// readRoll counts the attempts behind the position, and adds what was counted of
// the same minutes and hours before; nil where there is nothing new.
func (s *Store) readRoll(tx *gorm.DB, limit int) (*statRoll, error) {
	from, head, err := statsPosition(tx)
	if err != nil || from >= head {
		return nil, err
	}
	r := &statRoll{from: from, to: min(from+int64(limit), head), head: head}
	q := tx.Table("attempts a").Where("a.seq > ? AND a.seq <= ?", r.from, r.to)
	counted, err := s.countRoll(q)
	if err != nil || len(counted) == 0 {
		return r, err
	}
	if err := s.addCounted(tx, counted); err != nil {
		return nil, err
	}
	for _, c := range counted {
		c.row.Succeeded, c.row.Failed, c.row.Latencies = c.succeeded.n, c.failed.n, c.blob()
		r.rows = append(r.rows, c.row)
	}
	slices.SortFunc(r.rows, compareStats)
	return r, nil
}

// statsPosition tells up to where the log of attempts is counted, and its end.
func statsPosition(tx *gorm.DB) (counted, head int64, err error) {
	err = tx.Raw(`SELECT (SELECT position FROM log_heads WHERE name = 'stats'),
		(SELECT position FROM log_heads WHERE name = 'attempts')`).Row().Scan(&counted, &head)
	return counted, head, err
}

// statCell is a row that is being counted.
type statCell struct {
	row statRecord
	tally
}

func (s *Store) countRoll(q *gorm.DB) (map[statKey]*statCell, error) {
	found, err := collect(q.Select(countedColumns).Where("a.trigger_kind <> ?", string(models.TriggerTest)), scanCounted)
	if err != nil {
		return nil, err
	}
	cells := make(map[statKey]*statCell)
	oldest := s.cfg.Now().Add(-minutesGone)
	for i := range found {
		a := &found[i]
		if a.webhook.zero() {
			continue // only tests have none
		}
		for _, unit := range []statUnit{statMinute, statHour} {
			start := unit.of(a.started)
			if unit == statMinute && start.Before(oldest) {
				continue
			}
			row := statRecord{Unit: string(unit), Start: micros(start), Tenant: a.tenant, Channel: a.channel,
				Webhook: a.webhook, Type: a.kind, Kind: a.channelKind}
			cell := cells[row.key()]
			if cell == nil {
				cell = &statCell{row: row}
				cells[row.key()] = cell
			}
			cell.count(a)
			if a.throttled {
				cell.row.Throttled++
			}
		}
	}
	return cells, nil
}

// addCounted reads the rows that are there already.
func (s *Store) addCounted(tx *gorm.DB, cells map[statKey]*statCell) error {
	starts := map[statUnit]map[int64]bool{statMinute: {}, statHour: {}}
	channels := make(map[uid]bool)
	for key := range cells {
		starts[key.unit][key.start] = true
		channels[key.channel] = true
	}
	in, list := s.inIDs("channel_id", setKeys(channels))
	for unit, of := range starts {
		if len(of) == 0 {
			continue
		}
		var rows []statRecord
		err := tx.Where(in, list).Where("unit = ? AND start IN ?", string(unit), setKeys(of)).Find(&rows).Error
		if err != nil {
			return err
		}
		for i := range rows {
			if cell := cells[rows[i].key()]; cell != nil {
				cell.row.Throttled += rows[i].Throttled
				if err := cell.add(rows[i].Succeeded, rows[i].Failed, rows[i].Latencies, nil); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// errCounted undoes a step: another process has made it.
var errCounted = errors.New("somebody else has counted")

// store writes the rows as they are now, and moves the position.
func (r *statRoll) store(tx *gorm.DB) error {
	if len(r.rows) > 0 {
		err := tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "channel_id"}, {Name: "unit"}, {Name: "start"}, {Name: "webhook_id"}, {Name: "event_type"}},
			DoUpdates: clause.AssignmentColumns([]string{"succeeded", "failed", "throttled", "latencies"}),
		}).CreateInBatches(&r.rows, listStep/2).Error
		if err != nil {
			return err
		}
	}
	moved := tx.Exec("UPDATE log_heads SET position = ? WHERE name = 'stats' AND position = ?", r.to, r.from)
	if moved.Error == nil && moved.RowsAffected == 0 {
		return errCounted
	}
	return moved.Error
}

// dropMinutes erases what is counted by the hour alone from now on.
func (s *Store) dropMinutes(ctx context.Context) error {
	err := s.write.WithContext(ctx).Exec("DELETE FROM attempt_stats WHERE unit = 'm' AND start < ?",
		micros(s.cfg.Now().Add(-minutesGone))).Error
	if err != nil {
		return fmt.Errorf("drop old counts: %w", err)
	}
	return nil
}
