package auth

import (
	"context"
	"fmt"
	"time"

	"carillon/models"
)

// ground is what a session stands on: it ends with its tenant and with the key
// that made it. Either may be zero.
type ground struct{ tenant, key models.ID }

// standing is a ground as it was read.
type standing struct {
	gone  bool           // the tenant or the key is not there
	key   *models.ApiKey // nil where no key made the session
	until time.Time
}

func (s *standing) holds(now time.Time) bool {
	return !s.gone && (s.key == nil || s.key.Live(now))
}

// session opens a token and makes sure that it still stands.
func (a *Authenticator) session(ctx context.Context, token models.Secret, now time.Time) (*Principal, error) {
	session, err := a.sessions.open(token)
	if err != nil {
		return nil, made{unauthenticated("this session is not valid; ask for a new link")}
	}
	if !now.Before(session.ExpiresAt) {
		return nil, unauthenticated("this session has expired; ask for a new link")
	}
	on := ground{key: session.KeyID}
	if session.TenantID != nil {
		on.tenant = *session.TenantID
	}
	found, err := a.stand(ctx, on, now)
	if err != nil {
		return nil, err
	}
	if !found.holds(now) {
		return nil, unauthenticated("this session has been ended; ask for a new link")
	}
	return session.principal(), nil
}

// stand answers from memory where it can.
func (a *Authenticator) stand(ctx context.Context, on ground, now time.Time) (*standing, error) {
	if on == (ground{}) {
		return &standing{}, nil
	}
	if found, ok := a.grounds.Get(on); ok && now.Before(found.until) {
		return found, nil
	}
	epoch := a.currentEpoch()
	found := &standing{until: now.Add(knownFor)}
	if err := a.readGround(ctx, on, found); err != nil {
		return nil, fmt.Errorf("look up what a session stands on: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if epoch == a.epoch {
		a.grounds.Add(on, found)
	}
	return found, nil
}

func (a *Authenticator) readGround(ctx context.Context, on ground, found *standing) error {
	if !on.tenant.IsZero() {
		tenants, err := a.store.TenantsByID(ctx, []models.ID{on.tenant})
		if err != nil {
			return err
		}
		_, there := tenants[on.tenant]
		found.gone = !there
	}
	if on.key.IsZero() || found.gone {
		return nil
	}
	keys, err := a.store.ApiKeysByID(ctx, []models.ID{on.key})
	if err != nil {
		return err
	}
	key, there := keys[on.key]
	found.key, found.gone = &key, !there
	return nil
}
