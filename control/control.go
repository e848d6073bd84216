// Package control is the control plane: the verbs on tenants, keys, event
// types, webhooks, channels and templates. Every verb takes the Principal that asks, and
// holds the scopes, the wall between tenants and the validity of what is
// stored, whatever door the request came through. It reads no lists, moves no
// event and knows no SQL.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"carillon/auth"
	"carillon/filters"
	"carillon/models"
)

// Store is what the verbs need of the database; each part stands beside its verbs.
type Store interface {
	tenantStore
	keyStore
	eventTypeStore
	webhookStore
	channelStore
	templateStore
	previewStore
	auditStore
}

// Config is what a Control is made of.
type Config struct {
	Store    Store
	Hasher   *auth.Hasher       // of API keys
	Sessions *auth.Sessions     // CreatePortalSession alone needs it, and
	URL      func() string      // how clients reach the server, without a slash at the end
	Rules    models.ConfigRules // which channels the server's settings allow
	Now      func() time.Time
	Log      *slog.Logger // nil discards
	// KeysRevoked hears, after the commit, which keys open nothing any more; no
	// ids at all means that any may be among them. It must not block. May be nil.
	KeysRevoked func(ids ...models.ID)
}

// Control has the verbs. It is safe for concurrent use.
type Control struct {
	store       Store
	hasher      *auth.Hasher
	sessions    *auth.Sessions
	url         func() string
	rules       models.ConfigRules
	clock       func() time.Time
	log         *slog.Logger
	keysRevoked func(ids ...models.ID)

	filters func() (*filters.Compiler, error) // made when it is first asked for

	revoking sync.Mutex // administrators' keys are revoked one after the other
}

// New is a Control; it starts nothing.
func New(cfg Config) *Control {
	c := &Control{store: cfg.Store, hasher: cfg.Hasher, sessions: cfg.Sessions, url: cfg.URL, rules: cfg.Rules,
		clock: cfg.Now, log: cfg.Log, keysRevoked: cfg.KeysRevoked, filters: sync.OnceValues(filters.NewCompiler)}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.keysRevoked == nil {
		c.keysRevoked = func(...models.ID) {}
	}
	return c
}

// now is as exact as the databases are, so that what a verb returns is what
// will be read back.
func (c *Control) now() time.Time { return exact(c.clock()) }

func exact(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// errUnchanged leaves an update without a write: there is nothing to do.
var errUnchanged = errors.New("nothing to change")

// update runs a store's update whose change may say errUnchanged; then the
// answer is what was there. told is what the audit log has of it.
func update[K, T any](ctx context.Context, a act, run func(context.Context, K, func(*T) error) (T, error), id K,
	change func(*T) error, told func(before, after *T) detail,
) (T, error) {
	var before T
	after, err := run(models.WithAudit(ctx, a.entry), id, func(t *T) error {
		before = *t
		if err := change(t); err != nil {
			return err
		}
		return a.tell(told(&before, t))
	})
	if errors.Is(err, errUnchanged) {
		return before, nil
	}
	if err != nil {
		var none T
		return none, err
	}
	return after, nil
}

// checkID takes an id of the kind that the field is about.
func checkID(field string, id models.ID, kind models.Prefix) error {
	if id.IsZero() || id.Prefix != kind {
		return models.Invalid(field, "is not an id that begins with %s_", kind)
	}
	return nil
}

// or is the value after the change: current where it is left out, cleared for null.
func (c Change[T]) or(current, cleared T) T {
	switch {
	case !c.Given:
		return current
	case c.Value == nil:
		return cleared
	}
	return *c.Value
}

// pointer is or for a value that may be absent.
func (c Change[T]) pointer(current *T) *T {
	if !c.Given {
		return current
	}
	return copied(c.Value)
}

// apply changes what to points at; null empties it.
func (c Change[T]) apply(to *T) {
	var empty T
	*to = c.or(*to, empty)
}

// required changes to what cannot be null.
func required[T any](field string, to *T, c Change[T]) error {
	if c.Given && c.Value == nil {
		return models.Invalid(field, "cannot be null; leave it out to keep it")
	}
	*to = c.or(*to, *to)
	return nil
}

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func value[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// jsonOr is the JSON value without white space, or otherwise for none and for null.
func jsonOr(raw, otherwise json.RawMessage) json.RawMessage {
	if trimmed := bytes.TrimSpace(raw); len(trimmed) == 0 || string(trimmed) == "null" {
		return otherwise
	}
	return models.CompactJSON(raw)
}
