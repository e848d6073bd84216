package wire

import (
	"context"
	"sync"
)

// stream is a connection that lives longer than one answer.
type stream interface {
	drain() // end in good order; does not block
	cut()   // end now
}

// streams are the open connections, known so that a stop can end them.
type streams struct {
	mu       sync.Mutex
	open     map[stream]struct{}
	draining bool
	empty    chan struct{} // closed once draining and none is open
}

func (s *streams) init() {
	s.open = make(map[stream]struct{})
	s.empty = make(chan struct{})
}

// add reports false once the server drains; the stream must not begin then.
func (s *streams) add(st stream) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return false
	}
	s.open[st] = struct{}{}
	return true
}

func (s *streams) remove(st stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, st)
	if s.draining && len(s.open) == 0 {
		close(s.empty)
	}
}

func (s *streams) drain(ctx context.Context) error {
	for _, st := range s.begin() {
		st.drain()
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
	}
	for _, st := range s.begin() {
		st.cut()
	}
	return ctx.Err()
}

func (s *streams) begin() []stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.draining && len(s.open) == 0 {
		close(s.empty)
	}
	s.draining = true
	all := make([]stream, 0, len(s.open))
	for st := range s.open {
		all = append(all, st)
	}
	return all
}
