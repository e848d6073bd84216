package testkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrCompleted ends a stream that the server completed.
var ErrCompleted = errors.New("the server completed the subscription")

// Stream is a subscription under way, over whichever transport.
type Stream struct {
	items  chan json.RawMessage
	cancel context.CancelFunc
	done   chan struct{} // the reading goroutine has ended
	hangUp func()        // says goodbye; may be nil

	mu  sync.Mutex
	err error
}

func newStream(cancel context.CancelFunc) *Stream {
	return &Stream{items: make(chan json.RawMessage), cancel: cancel, done: make(chan struct{})}
}

// run reads answers until read fails, and hands them on one by one: a test
// that does not take them is a slow client.
func (s *Stream) run(ctx context.Context, read func() (*answer, error)) {
	defer close(s.done)
	defer close(s.items)
	for {
		a, err := read()
		var data json.RawMessage
		if err == nil {
			err = a.result(&data)
		}
		if err != nil {
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
			return
		}
		select {
		case s.items <- data:
		case <-ctx.Done():
			return
		}
	}
}

// Next waits for the next item and decodes its data into out. At the end of
// the stream it is why: ErrCompleted, Errors, or a broken connection.
func (s *Stream) Next(ctx context.Context, out any) error {
	select {
	case data, ok := <-s.items:
		if !ok {
			return s.end()
		}
		return json.Unmarshal(data, out)
	case <-ctx.Done():
		return fmt.Errorf("wait for the next item: %w", ctx.Err())
	}
}

func (s *Stream) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		return io.ErrUnexpectedEOF
	}
	return s.err
}

// Close ends the subscription and waits for its goroutine.
func (s *Stream) Close() {
	if s.hangUp != nil {
		s.hangUp()
	}
	s.cancel()
	<-s.done
}
