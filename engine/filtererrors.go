package engine

import (
	"context"
	"sync"
	"time"

	"carillon/models"
)

// countPause is how long failures of filters are gathered before they are stored.
const countPause = time.Second

// filterErrors counts the events that the filters of webhooks failed on.
type filterErrors struct {
	store func(ctx context.Context, counts map[models.ID]int64) error
	some  chan struct{} // holds a token while there may be counts

	mu     sync.Mutex
	counts map[models.ID]int64
}

func newFilterErrors(s Store) *filterErrors {
	return &filterErrors{store: s.CountFilterErrors, some: make(chan struct{}, 1), counts: map[models.ID]int64{}}
}

// add counts one event for each of the webhooks.
func (f *filterErrors) add(webhooks []models.ID) {
	if len(webhooks) == 0 {
		return
	}
	f.mu.Lock()
	for _, id := range webhooks {
		f.counts[id]++
	}
	f.mu.Unlock()
	f.rouse()
}

func (f *filterErrors) rouse() {
	select {
	case f.some <- struct{}{}:
	default: // it is awake already
	}
}

// flush stores what was counted; where that fails, it stays counted.
func (f *filterErrors) flush(ctx context.Context) error {
	f.mu.Lock()
	counts := f.counts
	f.counts = map[models.ID]int64{}
	f.mu.Unlock()
	if len(counts) == 0 {
		return nil
	}
	err := f.store(ctx, counts)
	if err == nil {
		return nil
	}
	f.mu.Lock()
	for id, n := range counts {
		f.counts[id] += n
	}
	f.mu.Unlock()
	f.rouse()
	return err
}

// countLoop stores the failures of filters about every second in which there are
// any, until ctx ends. Drain stores the rest.
func (e *Engine) countLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.filterErrors.some:
		}
		e.rest(ctx, e.clock.Now().Add(countPause), nil)
		if ctx.Err() != nil {
			return
		}
		// What has begun is not cut short by the stop.
		if err := e.flushFilterErrors(context.WithoutCancel(ctx)); err != nil {
			e.log.Warn("failures of filters could not be counted yet", "error", err)
		}
	}
}

func (e *Engine) flushFilterErrors(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, leaveTime)
	defer cancel()
	return e.filterErrors.flush(ctx)
}

// countRest stores what is left at a stop.
func (e *Engine) countRest(ctx context.Context) {
	if err := e.flushFilterErrors(ctx); err != nil {
		e.log.Warn("failures of filters could not be counted before the stop", "error", err)
	}
}
