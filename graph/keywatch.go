package graph

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"carillon/auth"
	"carillon/models"
)

// keyWatch says whether the keys of running subscriptions still open. All
// subscriptions of a key share one look at the database.
type keyWatch struct {
	read  func(ctx context.Context, ids []models.ID) (map[models.ID]models.ApiKey, error)
	now   func() time.Time
	every time.Duration
	log   *slog.Logger

	mu   sync.Mutex
	seen map[models.ID]verdict
}

type verdict struct {
	err   error
	until time.Time
}

// keysWatched bounds what is remembered; beyond, everything is asked anew.
const keysWatched = 10_000

func newKeyWatch(cfg Config) *keyWatch {
	w := &keyWatch{now: cfg.Now, every: cfg.Recheck, log: cfg.Log, seen: map[models.ID]verdict{}}
	if cfg.Reader != nil {
		w.read = cfg.Reader.ApiKeysByID
	}
	return w
}

// check is nil while the key opens, or while the database does not say.
func (w *keyWatch) check(ctx context.Context, p *auth.Principal) error {
	if p == nil || p.KeyID.IsZero() {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if v, ok := w.seen[p.KeyID]; ok && now.Before(v.until) {
		return v.err
	}
	keys, err := w.read(ctx, []models.ID{p.KeyID})
	if err != nil {
		if ctx.Err() == nil {
			w.log.WarnContext(ctx, "the key of a subscription could not be checked", "key_id", p.KeyID, "error", err)
		}
		return nil
	}
	v := verdict{until: now.Add(w.every)}
	if key, ok := keys[p.KeyID]; !ok || !key.Live(now) {
		v.err = &models.Error{Code: models.CodeUnauthenticated, Message: "the API key has been revoked or has expired"}
	}
	if len(w.seen) >= keysWatched {
		clear(w.seen)
	}
	w.seen[p.KeyID] = v
	return v.err
}
