package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// exactRange is the longest time whose attempts are counted one by one where the
// buckets do not begin at whole minutes.
const exactRange = time.Hour

// DeliveryStats counts attempts in buckets from From on, one each interval, empty
// ones too. What lasts an hour at most, buckets below a minute, and those of one
// event or delivery are exact. In longer times an attempt counts in the bucket in
// which its minute begins, and those that From and To cut are exact still; further
// back than 48 hours, in the bucket in which its hour begins.
func (s *Store) DeliveryStats(ctx context.Context, r models.StatsRequest) ([]models.StatsBucket, error) {
	c, err := newStatsCount(r)
	if err != nil {
		return nil, err
	}
	if !c.from.Before(c.to) {
		return c.answer(), nil
	}
	if err := s.snapshot(ctx, func(tx *gorm.DB) error { return s.countStats(tx, c) }); err != nil {
		return nil, fmt.Errorf("count deliveries: %w", err)
	}
	return c.answer(), nil
}

// snapshot lets fn read one state of the database: what has been counted and what
// has not fit together.
func (s *Store) snapshot(ctx context.Context, fn func(tx *gorm.DB) error) error {
	var options []*sql.TxOptions
	if s.postgres() {
		options = append(options, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	}
	return s.read.WithContext(ctx).Transaction(fn, options...)
}

// statsCount is an answer that is being counted.
type statsCount struct {
	models.StatsRequest
	from, to time.Time // what the request and its filter have in common
	buckets  []tally
}

func newStatsCount(r models.StatsRequest) (*statsCount, error) {
	if r.Interval <= 0 {
		return nil, models.Invalid("interval", "must be more than 0s")
	}
	length := r.To.Sub(r.From)
	if length <= 0 {
		return nil, models.Invalid("to", "must be after from")
	}
	n := length / r.Interval
	if length%r.Interval > 0 {
		n++
	}
	if n > models.MaxStatsBuckets {
		return nil, models.Invalid("interval", "makes %d buckets of the time; at most %d are allowed", n, models.MaxStatsBuckets)
	}
	c := &statsCount{StatsRequest: r, from: r.From, to: r.To, buckets: make([]tally, n)}
	if f := r.Filter.From; f != nil && f.After(c.from) {
		c.from = *f
	}
	if t := r.Filter.To; t != nil && t.Before(c.to) {
		c.to = *t
	}
	c.Filter.From, c.Filter.To, c.Filter.IncludeTests = nil, nil, false
	return c, nil
}

// at is the bucket of a time; that of a unit which From cuts is the first one.
func (c *statsCount) at(t time.Time) *tally {
	i := max(t.Sub(c.From), 0) / c.Interval
	return &c.buckets[min(int(i), len(c.buckets)-1)]
}

func (c *statsCount) answer() []models.StatsBucket {
	out := make([]models.StatsBucket, len(c.buckets))
	for i := range c.buckets {
		b := &c.buckets[i]
		out[i] = models.StatsBucket{Start: c.From.Add(time.Duration(i) * c.Interval),
			Succeeded: int(b.succeeded.n), Failed: int(b.failed.n),
			LatencyP50: b.quantile(0.5), LatencyP95: b.quantile(0.95)}
	}
	return out
}

// wholeUnits says that every bucket is made of whole units.
func (c *statsCount) wholeUnits(u statUnit) bool {
	return u.of(c.From).Equal(c.From) && u.of(c.from).Equal(c.from) && c.Interval%u.length() == 0
}

func (s *Store) countStats(tx *gorm.DB, c *statsCount) error {
	if c.Filter.EventID != nil || c.Filter.DeliveryID != nil {
		return s.countFew(tx, c)
	}
	if c.Interval < time.Minute || c.to.Sub(c.from) <= exactRange && !c.wholeUnits(statMinute) {
		return s.countLog(tx, c, c.from, c.to)
	}
	return s.countRows(tx, c)
}

// countFew counts the attempts of one event or one delivery.
func (s *Store) countFew(tx *gorm.DB, c *statsCount) error {
	f := c.Filter
	f.From, f.To = &c.from, &c.to
	q := s.via(tx.Table("attempts a"), "attempts a", attemptIndex(&f))
	if f.EventID != nil {
		q = q.Where("a.delivery_id IN (SELECT id FROM deliveries WHERE event_id = ?)", uidOf(*f.EventID))
	}
	return eachAttempt(s.filterAttempts(ofLiveTenants(q, "a.tenant_id"), f), func(a *countedAttempt) { c.at(a.started).count(a) })
}

// countLog counts one by one what began in a time.
func (s *Store) countLog(tx *gorm.DB, c *statsCount, from, to time.Time) error {
	if !from.Before(to) {
		return nil
	}
	lo, hi, err := s.logBetween(tx, from, to)
	if err != nil {
		return err
	}
	f := c.Filter
	f.From, f.To = &from, &to
	return s.countPart(tx, f, lo, hi, func(a *countedAttempt) { c.at(a.started).count(a) })
}

// countPart counts a part of the log: after lo and up to hi.
func (s *Store) countPart(tx *gorm.DB, f models.AttemptFilter, lo, hi int64, count func(*countedAttempt)) error {
	q := s.via(tx.Table("attempts a"), "attempts a", attemptIndex(&f)).Where("a.seq > ? AND a.seq <= ?", lo, hi)
	return eachAttempt(s.filterAttempts(ofLiveTenants(q, "a.tenant_id"), f), count)
}
