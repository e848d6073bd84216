package store

import (
	"context"
	"fmt"

	"carillon/models"
)

// EventsHead is the newest position in the log of events; 0 while it is empty.
func (s *Store) EventsHead(ctx context.Context) (int64, error) { return s.head(ctx, "events") }

// AttemptsHead is the newest position in the log of attempts; 0 while it is empty.
func (s *Store) AttemptsHead(ctx context.Context) (int64, error) { return s.head(ctx, "attempts") }

func (s *Store) head(ctx context.Context, log string) (position int64, err error) {
	err = s.read.WithContext(ctx).Raw("SELECT position FROM log_heads WHERE name = ?", log).Row().Scan(&position)
	if err != nil {
		return 0, fmt.Errorf("read the head of %s: %w", log, err)
	}
	return position, nil
}

// EventsBetween reads the first events, up to limit, whose position is after the
// one and at most the other, by position. Positions are in the order of commits:
// once the head has reached upTo, nothing more appears up to there.
func (s *Store) EventsBetween(ctx context.Context, after, upTo int64, f models.EventFilter, limit int) ([]models.Event, error) {
	q := s.filterEvents(s.events(ctx), f).Where("e.seq > ? AND e.seq <= ?", after, upTo)
	events, err := collect(q.Order("e.seq").Limit(limit), scanEvent)
	if err != nil {
		return nil, fmt.Errorf("read the log of events: %w", err)
	}
	return events, nil
}

// AttemptsBetween does for attempts what EventsBetween does for events.
func (s *Store) AttemptsBetween(ctx context.Context, after, upTo int64, f models.AttemptFilter, limit int) ([]models.Attempt, error) {
	q := s.filterAttempts(s.attempts(ctx), f).Where("a.seq > ? AND a.seq <= ?", after, upTo)
	attempts, err := s.collectAttempts(ctx, q.Order("a.seq").Limit(limit))
	if err != nil {
		return nil, fmt.Errorf("read the log of attempts: %w", err)
	}
	return attempts, nil
}

// EventSeq is the position of an event and whose it is.
func (s *Store) EventSeq(ctx context.Context, id models.ID) (seq int64, tenant models.ID, err error) {
	return s.seq(ctx, "SELECT seq, tenant_id FROM events WHERE id = ?", "event", id)
}

// AttemptSeq is the position of an attempt and whose it is.
func (s *Store) AttemptSeq(ctx context.Context, id models.ID) (seq int64, tenant models.ID, err error) {
	return s.seq(ctx, "SELECT seq, tenant_id FROM attempts WHERE id = ?", "attempt", id)
}

func (s *Store) seq(ctx context.Context, query, what string, id models.ID) (int64, models.ID, error) {
	type place struct {
		seq    int64
		tenant uid
	}
	found, err := collect(s.read.WithContext(ctx).Raw(query, uidOf(id)), func(row scanner) (p place, err error) {
		err = row.Scan(&p.seq, &p.tenant)
		return p, err
	})
	switch {
	case err != nil:
		return 0, models.ID{}, fmt.Errorf("read the position of an %s: %w", what, err)
	case len(found) == 0:
		return 0, models.ID{}, models.NotFound(what, id)
	}
	return found[0].seq, found[0].tenant.id(models.PrefixTenant), nil
}
