package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// happening is an event as its company's software would publish it.
type happening struct {
	Type     string   `json:"type"`
	EntityID string   `json:"entityId"`
	Tags     []string `json:"tags,omitempty"`
	Data     record   `json:"data"`
	// Key lets the server drop what was published twice.
	Key string `json:"idempotencyKey"`
}

// publisher publishes the events of one company.
type publisher struct {
	tenant string
	name   string
	api    *api
	log    *slog.Logger
	next   func() happening
	burst  int           // events at once, at the start
	pause  time.Duration // between those that follow, on average

	count int
	drawn *rand.Rand
}

// Stream publishes until ctx ends: many events at once, then some every few
// seconds. It returns once all of it has stopped.
func (d *Demo) Stream(ctx context.Context) {
	var wg sync.WaitGroup
	for _, p := range d.streams {
		wg.Go(func() { p.run(ctx) })
	}
	wg.Wait()
}

// burstSize is how many events a request of the burst has.
const burstSize = 30

func (p *publisher) run(ctx context.Context) {
	p.drawn = draws(p.name + " pauses")
	for left := p.burst; left > 0; left -= burstSize {
		events := make([]happening, min(left, burstSize))
		for i := range events {
			events[i] = p.draw()
		}
		p.publish(ctx, publishEvents, object{"events": events})
	}
	for {
		// Between half of the pause and one and a half.
		timer := time.NewTimer(p.pause/2 + time.Duration(p.drawn.Int64N(int64(p.pause))))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			p.publish(ctx, publishOneEvent, p.draw())
		}
	}
}

func (p *publisher) draw() happening {
	p.count++
	h := p.next()
	h.Key = fmt.Sprintf("%s-%d", p.name, p.count)
	return h
}

// publish gives up an event that cannot be published, and says so: the demo goes
// on, whatever a visitor did to its tenants and keys.
func (p *publisher) publish(ctx context.Context, mutation string, input any) {
	if err := p.api.ask(ctx, mutation, input, nil); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		p.log.Debug("an event was not published", "publisher", p.name, "error", err)
	}
}

// draws is a source of chance that is the same in every run.
func draws(name string) *rand.Rand {
	var seed uint64
	for _, c := range name {
		seed = seed*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(seed, 20))
}

// pick draws one of a list.
func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
