package app

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

// logPause is the least time between two writes of the log, unless something
// went wrong: under load there are thousands of lines a second, and a system
// call for each would cost more than the line.
const logPause = 100 * time.Millisecond

// logBuffer gathers lines. The first one is written at once; what follows
// within a pause is written at its end.
type logBuffer struct {
	mu      sync.Mutex
	w       io.Writer
	lines   []byte
	pausing bool
}

// Write takes a line in.
func (b *logBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line...)
	if !b.pausing {
		b.pause()
		return len(line), b.write()
	}
	return len(line), nil
}

func (b *logBuffer) pause() {
	b.pausing = true
	time.AfterFunc(logPause, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.pausing = false
		if len(b.lines) > 0 {
			b.pause()
			_ = b.write() // there is nowhere to tell
		}
	})
}

func (b *logBuffer) write() error {
	_, err := b.w.Write(b.lines)
	b.lines = b.lines[:0]
	return err
}

// Flush writes what is left.
func (b *logBuffer) Flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) > 0 {
		_ = b.write()
	}
}

// promptHandler writes what is amiss at once, with all that came before it.
type promptHandler struct {
	slog.Handler
	buffer *logBuffer
}

// Handle is slog's.
func (h promptHandler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelError {
		h.buffer.Flush()
	}
	return err
}

// WithAttrs is slog's.
func (h promptHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return promptHandler{h.Handler.WithAttrs(attrs), h.buffer}
}

// WithGroup is slog's.
func (h promptHandler) WithGroup(name string) slog.Handler {
	return promptHandler{h.Handler.WithGroup(name), h.buffer}
}
