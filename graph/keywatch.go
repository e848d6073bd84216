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

// keyWatch ends subscriptions whose keys or sessions no longer open. It asks
// for the keys and tenants of all of them at once, in one round every so often;
// an end that is known beforehand comes on time.
type keyWatch struct {
	read  keyReader
	now   func() time.Time
	every time.Duration
	log   *slog.Logger

	mu      sync.Mutex
	watched map[ground]map[*watched]struct{}
	stop    context.CancelFunc // of the rounds, which go on while something is watched
	running sync.WaitGroup
}

// keyReader leaves out what does not exist.
type keyReader interface {
	ApiKeysByID(ctx context.Context, ids []models.ID) (map[models.ID]models.ApiKey, error)
	TenantsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Tenant, error)
}

// ground is what must last for a subscription to go on: its key; for a session
// the key that made it, and the tenant. Either may be zero.
type ground struct{ key, tenant models.ID }

// watched is a subscription, ended by its end.
type watched struct {
	end  func(error)
	gone error // why, where its ground is gone
}

func newKeyWatch(cfg Config) *keyWatch {
	return &keyWatch{read: cfg.Reader, now: cfg.Now, every: cfg.Recheck, log: cfg.Log, watched: map[ground]map[*watched]struct{}{}}
}

// watch calls end once the principal's key or session does not open any more,
// until leave is called.
func (w *keyWatch) watch(p *auth.Principal, end func(error)) (leave func()) {
	if p == nil {
		return func() {}
	}
	on := ground{key: p.KeyID}
	if p.Portal() {
		on.tenant = *p.TenantID
	}
	one, cancel := &watched{end: end, gone: revoked(p)}, w.expireOnTime(p, end)
	w.enter(on, one)
	return func() {
		cancel()
		w.leave(on, one)
	}
}

// expireOnTime calls end when the key or session is over; cancel keeps it from that.
func (w *keyWatch) expireOnTime(p *auth.Principal, end func(error)) (cancel func()) {
	if p.ExpiresAt == nil {
		return func() {}
	}
	w.running.Add(1)
	timer := time.AfterFunc(p.ExpiresAt.Sub(w.now()), func() {
		defer w.running.Done()
		end(expired(p))
	})
	return func() {
		if timer.Stop() {
			w.running.Done()
		}
	}
}

func (w *keyWatch) enter(on ground, one *watched) {
	if on == (ground{}) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.watched) == 0 {
		ctx, stop := context.WithCancel(context.Background())
		w.stop = stop
		w.running.Go(func() { w.run(ctx) })
	}
	if w.watched[on] == nil {
		w.watched[on] = map[*watched]struct{}{}
	}
	w.watched[on][one] = struct{}{}
}

func (w *keyWatch) leave(on ground, one *watched) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watched[on] == nil {
		return
	}
	delete(w.watched[on], one)
	if len(w.watched[on]) == 0 {
		delete(w.watched, on)
	}
	if len(w.watched) == 0 {
		w.stop()
	}
}

// wait returns when nothing runs, once all have left.
func (w *keyWatch) wait() { w.running.Wait() }

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

// round looks at all that is watched. Where the database does not say, nobody
// is cut off.
func (w *keyWatch) round(ctx context.Context) {
	for grounds := range slices.Chunk(w.grounds(), models.MaxPage) {
		keys, tenants, err := w.look(ctx, grounds)
		if err != nil {
			if ctx.Err() == nil {
				w.log.WarnContext(ctx, "the keys of subscriptions could not be checked", "error", err)
			}
			return
		}
		now := w.now()
		for _, on := range grounds {
			key, known := keys[on.key]
			_, there := tenants[on.tenant]
			if !on.key.IsZero() && (!known || !key.Live(now)) || !on.tenant.IsZero() && !there {
				w.end(on)
			}
		}
	}
}

func (w *keyWatch) look(ctx context.Context, grounds []ground) (
	keys map[models.ID]models.ApiKey, tenants map[models.ID]models.Tenant, err error,
) {
	var ofKeys, ofTenants []models.ID
	for _, on := range grounds {
		if !on.key.IsZero() {
			ofKeys = append(ofKeys, on.key)
		}
		if !on.tenant.IsZero() {
			ofTenants = append(ofTenants, on.tenant)
		}
	}
	if keys, err = w.read.ApiKeysByID(ctx, ofKeys); err != nil || len(ofTenants) == 0 {
		return keys, nil, err
	}
	tenants, err = w.read.TenantsByID(ctx, ofTenants)
	return keys, tenants, err
}

func (w *keyWatch) grounds() []ground {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.watched))
}

func (w *keyWatch) end(on ground) {
	w.mu.Lock()
	ended := slices.Collect(maps.Keys(w.watched[on]))
	w.mu.Unlock()
	for _, one := range ended {
		one.end(one.gone)
	}
}

// expired and revoked are what a subscriber is told.
func expired(p *auth.Principal) error {
	if p.SessionID.IsZero() {
		return unauthenticated("this API key has expired")
	}
	return unauthenticated("this session has expired; ask for a new link")
}

func revoked(p *auth.Principal) error {
	if p.SessionID.IsZero() {
		return unauthenticated("the API key has been revoked or has expired")
	}
	return unauthenticated("this session has been ended; ask for a new link")
}

func unauthenticated(message string) error {
	return &models.Error{Code: models.CodeUnauthenticated, Message: message}
}
