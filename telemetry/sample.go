package telemetry

import (
	"context"
	"sync"
	"time"
)

// A sample is kept for as long as sampleRest, and for sampleShare times as long as
// it took: so the database gives it a twentieth of one connection's time at most,
// however often and by however many it is scraped.
const (
	sampleRest  = 10 * time.Second
	sampleShare = 20
)

// sample is something that is asked of the database now and then.
type sample[T any] struct {
	name  string
	limit time.Duration // how long it may take
	read  func(ctx context.Context, now time.Time) (T, error)

	mu     sync.Mutex
	value  T
	known  bool // the last reading succeeded
	at     time.Time
	until  time.Time
	took   time.Duration
	failed int
}

// get is the value that is known, read anew where it is too old; ok is false where
// it could not be read: then there is none, rather than an old one.
func (s *sample[T]) get(ctx context.Context, now func() time.Time) (value T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	begun := now()
	if begun.Before(s.until) {
		return s.value, s.known
	}
	bounded, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	read, err := s.read(bounded, begun)
	end := now()
	s.took, s.at = end.Sub(begun), begun
	s.until = end.Add(max(sampleRest, sampleShare*s.took))
	if s.value, s.known = read, err == nil; err != nil {
		s.failed++
	}
	return s.value, s.known
}

// state tells of the sampling itself.
func (s *sample[T]) state() sampleState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sampleState{name: s.name, known: s.known, at: s.at, took: s.took, failed: s.failed}
}

type sampleState struct {
	name   string
	known  bool
	at     time.Time
	took   time.Duration
	failed int
}
