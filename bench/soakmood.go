package main

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// ill is a way for an endpoint to be unwell.
type ill struct {
	name   string
	delay  time.Duration
	answer string // empty breaks the connection off
	takes  bool   // it answers well in the end
}

func ills() []ill {
	return []ill{
		{name: "fails", answer: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"},
		{name: "throttles", answer: "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"},
		{name: "is unavailable", answer: "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"},
		{name: "resets"},
		{name: "hangs", delay: 2 * soakTimeout},
		{name: "is slow", delay: soakTimeout / 5, takes: true},
	}
}

// mood is how an endpoint answers at the moment.
type mood struct{ ill atomic.Pointer[ill] }

// now is nil while it is well.
func (m *mood) now() *ill {
	if m == nil {
		return nil
	}
	return m.ill.Load()
}

// live has spells of illness, until ctx ends; then it is well.
func (m *mood) live(ctx context.Context, random *rand.Rand) {
	defer m.ill.Store(nil)
	all := ills()
	for ctx.Err() == nil {
		wait(ctx, between(random, 3*time.Second, 12*time.Second))
		one := all[random.IntN(len(all))]
		m.ill.Store(&one)
		wait(ctx, between(random, time.Second, 3*time.Second))
		m.ill.Store(nil)
	}
}

func between(random *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(random.Int64N(int64(high-low)))
}
