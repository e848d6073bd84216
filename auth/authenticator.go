package auth

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"carillon/models"
)

// Store is what the Authenticator needs of the database.
type Store interface {
	// KeyByHash finds a key, expired or not; NOT_FOUND where there is none. A
	// revoked key may be either.
	KeyByHash(ctx context.Context, hash []byte) (models.ApiKey, error)
	// ApiKeysByID and TenantsByID leave out what does not exist, and what is
	// deleted; a revoked key may be either.
	ApiKeysByID(ctx context.Context, ids []models.ID) (map[models.ID]models.ApiKey, error)
	TenantsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Tenant, error)
	// TouchKey records when a key was last used.
	TouchKey(ctx context.Context, id models.ID, at time.Time) error
}

// Config is what an Authenticator is made of.
type Config struct {
	Store    Store
	Hasher   *Hasher
	Sessions *Sessions // nil takes keys alone
	Now      func() time.Time
	// Suspect says that whoever ctx belongs to has sent many wrong keys of late.
	// Keys that this node has not seen before are then looked up a few at a time;
	// all others are served as ever. nil suspects nobody.
	Suspect func(ctx context.Context) bool
	Log     *slog.Logger // nil discards
}

// How long an answer of the database is trusted, and how many are kept. What
// another node revokes is refused here after knownFor at the latest.
const (
	knownFor   = 5 * time.Second
	unknownFor = 2 * time.Second
	cacheSize  = 10_000 // keys, as many again that do not exist, and as many grounds of sessions

	// suspectLookups is how many keys of suspects the database is asked for at once.
	suspectLookups = 2
)

// Authenticator turns Authorization headers into Principals. It is safe for
// concurrent use; Close ends it.
type Authenticator struct {
	store    Store
	hasher   *Hasher
	sessions *Sessions
	now      func() time.Time
	used     *usage
	suspect  func(ctx context.Context) bool
	turns    chan struct{} // of suspects

	// Apart, so that a flood of made-up keys cannot push out the real ones.
	known   *lru.Cache[digest, *entry]
	unknown *lru.Cache[digest, time.Time] // until when
	grounds *lru.Cache[ground, *standing]

	mu    sync.Mutex // orders Forget against what loads put into known and grounds
	epoch uint64     // grows with every Forget
}

type digest = [sha256.Size]byte

// entry is a key as it was read, and the one Principal of all who use it.
type entry struct {
	key       models.ApiKey
	principal *Principal
	until     time.Time
	touched   atomic.Int64 // when lastUsedAt was last handed over, in unix seconds
}

// NewAuthenticator starts the goroutine that writes lastUsedAt; Close ends it.
func NewAuthenticator(cfg Config) *Authenticator {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Authenticator{
		store:    cfg.Store,
		hasher:   cfg.Hasher,
		sessions: cfg.Sessions,
		now:      cfg.Now,
		used:     newUsage(cfg.Store, cfg.Log),
		suspect:  cfg.Suspect,
		turns:    make(chan struct{}, suspectLookups),
		known:    newCache[digest, *entry](),
		unknown:  newCache[digest, time.Time](),
		grounds:  newCache[ground, *standing](),
	}
}

func newCache[K comparable, V any]() *lru.Cache[K, V] {
	cache, err := lru.New[K, V](cacheSize)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return cache
}

// Close waits for what lastUsedAt times are under way. It may be called twice.
func (a *Authenticator) Close() { a.used.close() }

// Authenticate reads the value of an Authorization header: a key, or the token
// of a session. An empty value is nobody: nil without an error. What does not
// open is UNAUTHENTICATED.
func (a *Authenticator) Authenticate(ctx context.Context, header string) (*Principal, error) {
	secret, err := parseHeader(header)
	if err != nil {
		return nil, made{err}
	}
	if secret.Empty() {
		return nil, err
	}
	now := a.now()
	if a.sessions != nil && isSession(secret) {
		return a.session(ctx, secret, now)
	}
	hash := a.hasher.sum(secret.Reveal())
	e, err := a.find(ctx, hash, now)
	if err != nil {
		return nil, err
	}
	switch {
	case e.key.RevokedAt != nil:
		return nil, unauthenticated("this API key has been revoked")
	case !e.key.Live(now):
		return nil, unauthenticated("this API key has expired")
	}
	a.used.note(e, now)
	return e.principal, nil
}

// find answers from memory where it can.
func (a *Authenticator) find(ctx context.Context, hash digest, now time.Time) (*entry, error) {
	former, ok := a.known.Get(hash)
	if ok && now.Before(former.until) {
		return former, nil
	}
	if until, ok := a.unknown.Get(hash); ok && now.Before(until) {
		return nil, unknownKey()
	}
	if former == nil && a.suspect != nil && a.suspect(ctx) {
		select {
		case a.turns <- struct{}{}:
			defer func() { <-a.turns }()
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the look-up of an API key: %w", ctx.Err())
		}
	}
	epoch := a.currentEpoch()
	key, err := a.store.KeyByHash(ctx, hash[:])
	if models.CodeOf(err) == models.CodeNotFound {
		a.unknown.Add(hash, now.Add(unknownFor))
		return nil, unknownKey()
	}
	if err != nil {
		return nil, fmt.Errorf("look up an API key: %w", err)
	}
	e := newEntry(key, former, now.Add(knownFor))
	a.remember(epoch, hash, e)
	return e, nil
}

func unknownKey() error { return made{unauthenticated("this API key is not known")} }

func newEntry(key models.ApiKey, former *entry, until time.Time) *entry {
	e := &entry{key: key, until: until, principal: &Principal{
		KeyID: key.ID, KeyName: key.Name, TenantID: key.TenantID, Scopes: slices.Clone(key.Scopes), ExpiresAt: key.ExpiresAt,
	}}
	if key.LastUsedAt != nil {
		e.touched.Store(key.LastUsedAt.Unix())
	}
	// What was handed over may not have been written when the key was read.
	if former != nil {
		e.touched.Store(max(e.touched.Load(), former.touched.Load()))
	}
	return e
}

func (a *Authenticator) currentEpoch() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.epoch
}

// remember keeps what was read, unless a Forget came after the reading began:
// then it may be older than the revocation.
func (a *Authenticator) remember(epoch uint64, hash digest, e *entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if epoch == a.epoch {
		a.known.Add(hash, e)
		a.unknown.Remove(hash)
	}
}

// Forget makes the next use of the keys, and of the sessions that they made,
// ask the database: after they were revoked, or their tenant deleted. Without
// ids it forgets every key and session.
func (a *Authenticator) Forget(ids ...models.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.epoch++
	if len(ids) == 0 {
		a.known.Purge()
		a.unknown.Purge()
		a.grounds.Purge()
		return
	}
	for _, on := range a.grounds.Keys() {
		if slices.Contains(ids, on.key) {
			a.grounds.Remove(on)
		}
	}
	for _, hash := range a.known.Keys() {
		if e, ok := a.known.Peek(hash); ok && slices.Contains(ids, e.key.ID) {
			a.known.Remove(hash)
		}
	}
}
