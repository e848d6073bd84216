package store

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// ChannelHealths tells how channels have done since a time, in whole minutes, and
// further back than 48 hours in whole hours; and what waits for each. A great
// backlog may be as old as ten times what it takes to count it.
func (s *Store) ChannelHealths(ctx context.Context, ids []models.ID, since time.Time) (map[models.ID]models.ChannelHealth, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	tallies := make(map[uid]*tally, len(ids))
	for _, id := range ids {
		tallies[uidOf(id)] = new(tally)
	}
	if err := s.snapshot(ctx, func(tx *gorm.DB) error { return s.countHealth(tx, tallies, since) }); err != nil {
		return nil, fmt.Errorf("count the attempts of channels: %w", err)
	}
	waiting, err := s.channelBacklogs(ctx, setKeys(tallies))
	if err != nil {
		return nil, fmt.Errorf("count what waits for channels: %w", err)
	}
	out := make(map[models.ID]models.ChannelHealth, len(ids))
	for id, t := range tallies {
		w := waiting[id]
		out[id.id(models.PrefixChannel)] = models.ChannelHealth{
			Attempts: int(t.succeeded.n + t.failed.n), Succeeded: int(t.succeeded.n), Failed: int(t.failed.n),
			LatencyP50: t.quantile(0.5), LatencyP95: t.quantile(0.95), Backlog: w.n, OldestPending: w.oldest,
		}
	}
	return out, nil
}

// countHealth counts by hours, and the first hour by minutes where they are kept.
func (s *Store) countHealth(tx *gorm.DB, tallies map[uid]*tally, since time.Time) error {
	end := statHour.after(s.cfg.Now()).Add(time.Hour) // later than all
	hours := unitRange{unit: statHour, from: statHour.of(since), to: end}
	ranges := []unitRange{hours}
	if since.After(s.cfg.Now().Add(-minutesKept)) {
		first := statHour.after(since)
		ranges = []unitRange{
			{unit: statMinute, from: statMinute.of(since), to: first},
			{unit: statHour, from: first, to: end},
		}
	}
	in, list := s.inIDs("channel_id", setKeys(tallies))
	tallyOf := func(channel uid, _ time.Time) *tally { return tallies[channel] }
	for i := range ranges {
		if err := s.addRows(tx.Table("attempt_stats").Where(in, list), &ranges[i], nil, tallyOf); err != nil {
			return err
		}
	}
	counted, head, err := statsPosition(tx)
	if err != nil || counted >= head {
		return err
	}
	in, list = s.inIDs("a.channel_id", setKeys(tallies))
	q := s.via(tx.Table("attempts a"), "attempts a", "attempts_channel").Where(in, list).
		Where("a.seq > ? AND a.seq <= ? AND a.trigger_kind <> ?", counted, head, string(models.TriggerTest))
	return eachAttempt(q, func(a *countedAttempt) {
		if slices.ContainsFunc(ranges, func(u unitRange) bool { return u.holds(a.started) }) {
			tallies[a.channel].count(a)
		}
	})
}

func setKeys[K comparable, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// waitingCount is what waits for a channel: what is to be sent, not what is SENT.
type waitingCount struct {
	n      int
	oldest *time.Time // when the oldest delivery was created
}

// fewWaiting is how many rows are counted at each question, for many channels at
// once; more are counted by channel, and the result is remembered for a while.
const fewWaiting = 1000

const countFewWaiting = `SELECT c.id, (SELECT count(*) FROM (SELECT 1 AS one FROM queue q WHERE q.channel_id = c.id AND q.due_at <> 9223372036854775806 LIMIT ?) few),
		(SELECT d.created_at FROM deliveries d WHERE d.id = (SELECT few.delivery_id FROM
			(SELECT q.delivery_id FROM queue q WHERE q.channel_id = c.id AND q.due_at <> 9223372036854775806 LIMIT ?) few ORDER BY few.delivery_id LIMIT 1))
	FROM channels c WHERE `

func (s *Store) channelBacklogs(ctx context.Context, ids []uid) (map[uid]waitingCount, error) {
	type counted struct {
		id     uid
		n      int
		oldest *int64
	}
	in, list := s.inIDs("c.id", ids)
	found, err := collect(s.read.WithContext(ctx).Raw(countFewWaiting+in, fewWaiting+1, fewWaiting+1, list), func(row scanner) (c counted, err error) {
		err = row.Scan(&c.id, &c.n, &c.oldest)
		return c, err
	})
	if err != nil {
		return nil, err
	}
	out := make(map[uid]waitingCount, len(found))
	for _, c := range found {
		out[c.id] = waitingCount{n: c.n, oldest: fromMicrosPtr(c.oldest)}
		if c.n > fewWaiting {
			if out[c.id], err = s.counts.of(s.cfg.Now, c.id, func() (waitingCount, error) { return s.countWaiting(ctx, c.id) }); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// countWaiting goes along all that waits for a channel. OFFSET keeps PostgreSQL
// from looking for the oldest one among all channels.
func (s *Store) countWaiting(ctx context.Context, channel uid) (b waitingCount, err error) {
	tx := s.read.WithContext(ctx)
	if err := tx.Raw("SELECT count(*) FROM queue WHERE channel_id = ? AND due_at <> 9223372036854775806", channel).Row().Scan(&b.n); err != nil {
		return b, err
	}
	oldest, err := collect(tx.Raw(`SELECT d.created_at FROM deliveries d WHERE d.id = (SELECT w.delivery_id FROM
		(SELECT delivery_id FROM queue WHERE channel_id = ? AND due_at <> 9223372036854775806 LIMIT ? OFFSET 0) w ORDER BY w.delivery_id LIMIT 1)`,
		channel, b.n+1), func(row scanner) (created int64, err error) {
		err = row.Scan(&created)
		return created, err
	})
	if len(oldest) > 0 {
		b.oldest = fromMicrosPtr(&oldest[0])
	}
	return b, err
}

// What took less than quickCount is counted again at the next question; else it
// is remembered rememberFor times as long as it took.
const (
	quickCount  = 5 * time.Millisecond
	rememberFor = 10
)

// backlogCounts remembers counts that took long.
type backlogCounts struct {
	mu    sync.Mutex
	known map[uid]rememberedCount
}

type rememberedCount struct {
	backlog waitingCount
	until   time.Time
}

func (c *backlogCounts) of(now func() time.Time, channel uid, count func() (waitingCount, error)) (waitingCount, error) {
	begun := now()
	c.mu.Lock()
	r, ok := c.known[channel]
	c.mu.Unlock()
	if ok && begun.Before(r.until) {
		return r.backlog, nil
	}
	b, err := count()
	if err != nil {
		return b, err
	}
	end := now()
	took := end.Sub(begun)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.known, channel)
	if took >= quickCount {
		if c.known == nil {
			c.known = make(map[uid]rememberedCount)
		}
		c.known[channel] = rememberedCount{backlog: b, until: end.Add(rememberFor * took)}
	}
	return b, nil
}
