package graph

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"carillon/auth"
	"carillon/models"
)

// keyWatch ends subscriptions whose keys no longer open. It asks for the keys
// of all of them at once, in one round every so often.
type keyWatch struct {
	read  func(ctx context.Context, ids []models.ID) (map[models.ID]models.ApiKey, error)
	now   func() time.Time
	every time.Duration
	log   *slog.Logger

	mu      sync.Mutex
	watched map[models.ID]map[*watched]struct{} // by key
	stop    context.CancelFunc                  // of the rounds, which go on while a key is watched
	rounds  sync.WaitGroup
}

// watched is a subscription, ended by its end.
type watched struct{ end func(error) }

func newKeyWatch(cfg Config) *keyWatch {
	w := &keyWatch{now: cfg.Now, every: cfg.Recheck, log: cfg.Log, watched: map[models.ID]map[*watched]struct{}{}}
	if cfg.Reader != nil {
		w.read = cfg.Reader.ApiKeysByID
	}
	return w
}

// watch calls end once the principal's key does not open any more, until leave
// is called.
func (w *keyWatch) watch(p *auth.Principal, end func(error)) (leave func()) {
	if p == nil || p.KeyID.IsZero() {
		return func() {}
	}
	id, one := p.KeyID, &watched{end: end}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.watched) == 0 {
		ctx, stop := context.WithCancel(context.Background())
		w.stop = stop
		w.rounds.Go(func() { w.run(ctx) })
	}
	if w.watched[id] == nil {
		w.watched[id] = map[*watched]struct{}{}
	}
	w.watched[id][one] = struct{}{}
	return func() { w.leave(id, one) }
}

func (w *keyWatch) leave(id models.ID, one *watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.watched[id], one)
	if len(w.watched[id]) == 0 {
		delete(w.watched, id)
	}
	if len(w.watched) == 0 {
		w.stop()
	}
}

// wait returns when nothing runs, once all have left.
func (w *keyWatch) wait() { w.rounds.Wait() }

func (w *keyWatch) run(ctx context.Context) {
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.round(ctx)
		}
	}
}

// round looks at every key that is watched. Where the database does not say,
// nobody is cut off.
func (w *keyWatch) round(ctx context.Context) {
	for ids := range slices.Chunk(w.ids(), models.MaxPage) {
		keys, err := w.read(ctx, ids)
		if err != nil {
			if ctx.Err() == nil {
				w.log.WarnContext(ctx, "the keys of subscriptions could not be checked", "error", err)
			}
			return
		}
		now := w.now()
		for _, id := range ids {
			if key, ok := keys[id]; !ok || !key.Live(now) {
				w.expire(id)
			}
		}
	}
}

func (w *keyWatch) ids() []models.ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.watched))
}

func (w *keyWatch) expire(id models.ID) {
	w.mu.Lock()
	ended := slices.Collect(maps.Keys(w.watched[id]))
	w.mu.Unlock()
	for _, one := range ended {
		one.end(&models.Error{Code: models.CodeUnauthenticated, Message: "the API key has been revoked or has expired"})
	}
}
