package app

import (
	"context"
	"fmt"
	"time"

	"carillon/auth"
	"carillon/models"
	"carillon/store"
)

// newSessions signs with the secret that all nodes share, so that each opens
// what another has issued.
func newSessions(ctx context.Context, s *store.Store) (*auth.Sessions, error) {
	secret, err := s.ServerSecret(ctx, "session-key", drawSecret)
	if err != nil {
		return nil, err
	}
	return auth.NewSessions(secret), nil
}

// maxLogin bounds a login link as the API bounds portal sessions.
const maxLogin = 24 * time.Hour

// LoginURL is the console's address with a session of an administrator, which
// ends after ttl. Nothing can end it before: show it to whoever started the
// server, and to nobody else. The fragment of an address reaches no server and
// no log.
func (a *App) LoginURL(ttl time.Duration) (string, error) {
	if ttl <= 0 || ttl > maxLogin {
		return "", fmt.Errorf("make a login link: %s is out of range; give more than 0s and at most %s", ttl, models.FormatDuration(maxLogin))
	}
	token, err := a.rooms.tokens.Issue(auth.Session{
		ID: models.NewID(models.PrefixSession), Scopes: []models.Scope{models.ScopeAdmin},
		ExpiresAt: a.rooms.clock.Now().Add(ttl),
	})
	if err != nil {
		return "", err
	}
	return a.URL() + "/#token=" + token.Reveal(), nil
}
