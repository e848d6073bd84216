package store

import (
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// unitRange is a time that is counted by rows of one unit.
type unitRange struct {
	unit     statUnit
	from, to time.Time // beginnings of units
}

func (u *unitRange) holds(t time.Time) bool {
	start := u.unit.of(t)
	return !start.Before(u.from) && start.Before(u.to)
}

// countRows counts by hours where minutes are not kept or not needed, then by
// minutes, and what is left at the edges from the log.
func (s *Store) countRows(tx *gorm.DB, c *statsCount) error {
	now := s.cfg.Now()
	hours := statHour.after(now.Add(-minutesKept))
	if c.wholeUnits(statHour) {
		hours = statHour.of(c.to)
	}
	ranges := make([]unitRange, 0, 2)
	next := c.from
	if next.Before(hours) {
		end := earlier(hours, statHour.after(c.to))
		ranges = append(ranges, unitRange{unit: statHour, from: statHour.of(next), to: end})
		next = end
	}
	if next.Before(c.to) {
		first, last := statMinute.after(next), statMinute.of(c.to)
		if c.to.After(now) { // nothing began later that would have to be left out
			last = statMinute.after(c.to)
		}
		if err := s.countLog(tx, c, next, earlier(first, c.to)); err != nil {
			return err
		}
		if first.Before(last) {
			ranges = append(ranges, unitRange{unit: statMinute, from: first, to: last})
			first = last
		}
		if err := s.countLog(tx, c, first, c.to); err != nil {
			return err
		}
	}
	return s.countUnits(tx, c.Filter, ranges, func(_ uid, start time.Time) *tally { return c.at(start) })
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// countUnits adds the rows of some ranges, and the end of the log that is in no
// row yet, to the tallies of their channels and beginnings.
func (s *Store) countUnits(tx *gorm.DB, f models.AttemptFilter, ranges []unitRange, tallyOf func(channel uid, start time.Time) *tally) error {
	for i := range ranges {
		if err := s.addRows(s.filterStats(tx, f), &ranges[i], f.Status, tallyOf); err != nil {
			return err
		}
	}
	if len(ranges) == 0 {
		return nil
	}
	counted, head, err := statsPosition(tx)
	if err != nil || counted >= head {
		return err
	}
	return s.countPart(tx, f, counted, head, func(a *countedAttempt) {
		for i := range ranges {
			if u := &ranges[i]; u.holds(a.started) {
				tallyOf(a.channel, u.unit.of(a.started)).count(a)
				return
			}
		}
	})
}

func (s *Store) addRows(q *gorm.DB, u *unitRange, only *models.AttemptStatus, tallyOf func(uid, time.Time) *tally) error {
	rows, err := q.Select("channel_id, start, succeeded, failed, latencies").
		Where("unit = ? AND start >= ? AND start < ?", string(u.unit), micros(u.from), micros(u.to)).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var channel uid
		var start, succeeded, failed int64
		var latencies []byte
		if err := rows.Scan(&channel, &start, &succeeded, &failed, &latencies); err != nil {
			return err
		}
		if err := tallyOf(channel, fromMicros(start)).add(succeeded, failed, latencies, only); err != nil {
			return err
		}
	}
	return rows.Err()
}

// filterStats narrows attempt_stats as filterAttempts does attempts; the times
// and the status are the caller's.
func (s *Store) filterStats(tx *gorm.DB, f models.AttemptFilter) *gorm.DB {
	q, tenant := tx.Table("attempt_stats"), "tenant_id"
	if f.ChannelID != nil && !s.postgres() {
		tenant = "+tenant_id" // the plus keeps SQLite to the order of channels
	}
	q = whereID(q, tenant, f.TenantID)
	q = whereID(q, "channel_id", f.ChannelID)
	q = whereID(q, "webhook_id", f.WebhookID)
	q = whereText(q, "kind", f.ChannelKind)
	q = whereIn(q, "event_type", f.EventTypes)
	if f.TenantID == nil {
		q = ofLiveTenants(q, "tenant_id")
	}
	return q
}
