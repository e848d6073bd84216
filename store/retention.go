package store

import (
	"context"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// keysKept is how much longer than their events idempotency keys are kept, so
// that a late repeat still is one.
const keysKept = 24 * time.Hour

// pastWalk is how far this process has come in its pass through the past: what
// still waits is read once in each.
type pastWalk struct {
	mu    sync.Mutex
	phase pastPhase
	seq   int64 // of the events
	keys  int64 // when the keys were created
}

// pastPhase is what a pass erases, one after the other.
type pastPhase int

const (
	pastEvents pastPhase = iota
	pastKeys
	pastRest
)

// PurgeOld erases a part of what was complete before the cutoff: up to limit
// events with their deliveries and attempts, each event as a whole, then the
// idempotency keys of such events, a day later, and old counts and recoveries. A
// pass goes through the past from its beginning; more says that this one is not at
// its end, and behind for how long what it erased could have been gone. It holds no
// lock that publishing takes.
func (s *Store) PurgeOld(ctx context.Context, cutoff time.Time, limit int) (more bool, behind time.Duration, err error) {
	p := &s.past
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.phase {
	case pastEvents:
		p.seq, behind, more, err = s.purgeEvents(ctx, p.seq, cutoff, limit)
	case pastKeys:
		p.keys, more, err = s.purgeKeys(ctx, p.keys, cutoff.Add(-keysKept), limit)
	case pastRest:
		more, err = s.purgeRest(ctx, cutoff, limit)
	}
	if err != nil {
		return false, 0, fmt.Errorf("purge what is old: %w", err)
	}
	if more {
		return true, behind, nil
	}
	if p.phase++; p.phase <= pastRest {
		return true, behind, nil
	}
	p.phase, p.seq, p.keys = pastEvents, 0, 0
	return false, behind, nil
}

// purgeEvents looks at the events after a position.
func (s *Store) purgeEvents(ctx context.Context, after int64, cutoff time.Time, limit int) (reached int64, behind time.Duration, more bool, err error) {
	events, err := s.oldEvents(ctx, after, limit)
	if err != nil {
		return after, 0, false, err
	}
	more = len(events) == limit
	for i := range events {
		if events[i].created >= micros(cutoff) {
			events, more = events[:i], false // what comes after is younger still
			break
		}
	}
	if len(events) == 0 {
		return after, 0, false, nil
	}
	reached = events[len(events)-1].seq
	past, err := s.readPast(ctx, events, cutoff)
	if err != nil || len(past.going) == 0 {
		return reached, 0, more, err
	}
	err = s.retryDeadlocks(ctx, func() error {
		return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.erase(tx, past, cutoff) })
	})
	if err == nil {
		s.cfg.Observer.Purged(purgeOfEvents, len(past.going))
	}
	for i := range events {
		if past.going[events[i].id] {
			behind = cutoff.Sub(fromMicros(events[i].created))
			break
		}
	}
	return reached, behind, more, err
}

type oldEvent struct {
	id           uid
	seq, created int64
}

func (s *Store) oldEvents(ctx context.Context, after int64, limit int) ([]oldEvent, error) {
	q := s.read.WithContext(ctx).Raw("SELECT id, seq, created_at FROM events WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
	return collect(q, func(row scanner) (e oldEvent, err error) {
		err = row.Scan(&e.id, &e.seq, &e.created)
		return e, err
	})
}

// past is a part of the past: events that are complete, and what belongs to them.
type past struct {
	going    map[uid]bool // the events that are to be erased
	eventOf  map[uid]uid  // of each delivery
	contents []content
}

// content is an attempt that keeps what was sent for others of its message.
type content struct {
	event uid
	mates []uid // the deliveries of the others
}

// readPast finds out which events are complete as a whole.
func (s *Store) readPast(ctx context.Context, events []oldEvent, cutoff time.Time) (*past, error) {
	p := &past{going: make(map[uid]bool, len(events)), eventOf: make(map[uid]uid)}
	ids := make([]uid, len(events))
	for i := range events {
		ids[i] = events[i].id
		p.going[ids[i]] = true
	}
	type old struct {
		id, event uid
		completed *int64
	}
	in, list := s.inIDs("event_id", ids)
	deliveries, err := collect(s.via(s.read.WithContext(ctx).Table("deliveries"), "deliveries", "deliveries_event").
		Select("id, event_id, completed_at").Where(in, list), func(row scanner) (d old, err error) {
		err = row.Scan(&d.id, &d.event, &d.completed)
		return d, err
	})
	if err != nil {
		return nil, err
	}
	for _, d := range deliveries {
		p.eventOf[d.id] = d.event
		if d.completed == nil || *d.completed >= micros(cutoff) {
			delete(p.going, d.event)
		}
	}
	if err := s.readContents(ctx, p); err != nil {
		return nil, err
	}
	p.settle()
	return p, nil
}

// settle keeps the events whose attempts hold the content of messages that others
// are in which stay.
func (p *past) settle() {
	for changed := true; changed; {
		changed = false
		for _, c := range p.contents {
			if p.going[c.event] && !p.allGo(c.mates) {
				delete(p.going, c.event)
				changed = true
			}
		}
	}
}

func (p *past) allGo(deliveries []uid) bool {
	for _, d := range deliveries {
		if event, known := p.eventOf[d]; !known || !p.going[event] {
			return false
		}
	}
	return true
}

// deliveries are those of the events that go.
func (p *past) deliveries() (ids []uid) {
	for id, event := range p.eventOf {
		if p.going[event] {
			ids = append(ids, id)
		}
	}
	return ids
}

// erase takes the deliveries first, as everybody does who changes one; an event of
// which one is busy, or was put back into the queue, stays.
func (s *Store) erase(tx *gorm.DB, p *past, cutoff time.Time) error {
	ids := p.deliveries()
	in, list := s.inIDs("id", ids)
	var held []uid
	q := tx.Table("deliveries").Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"})
	if err := q.Where(in, list).Where("completed_at < ?", micros(cutoff)).Pluck("id", &held).Error; err != nil {
		return err
	}
	if len(held) < len(ids) {
		has := make(map[uid]bool, len(held))
		for _, id := range held {
			has[id] = true
		}
		for _, id := range ids {
			if !has[id] {
				delete(p.going, p.eventOf[id])
			}
		}
		p.settle()
		ids = p.deliveries()
	}
	in, list = s.inIDs("delivery_id", ids)
	for _, table := range []string{"attempts", "failures"} {
		if err := tx.Exec("DELETE FROM "+table+" WHERE "+in, list).Error; err != nil {
			return err
		}
	}
	in, list = s.inIDs("id", ids)
	if err := tx.Exec("DELETE FROM deliveries WHERE "+in, list).Error; err != nil {
		return err
	}
	in, list = s.inIDs("id", setKeys(p.going))
	return tx.Exec("DELETE FROM events WHERE "+in, list).Error
}
