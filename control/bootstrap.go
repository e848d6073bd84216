package control

import (
	"context"
	"errors"
	"fmt"

	"carillon/auth"
	"carillon/models"
)

// The origins of keys that the server makes by itself.
const (
	originSetting    = "setting"     // CARILLON_ADMIN_KEY
	originFirstStart = "first-start" // made because there was none
)

// EnsureAdminKey sees to it that somebody can administer the server. A setting
// (CARILLON_ADMIN_KEY) becomes an administrator's key, and the one that it was
// before is revoked. Without a setting, and without any live administrator's
// key, one is made: its secret is returned, to be shown once. Of several nodes
// that start at once on an empty database one makes the key and the others
// return nothing.
func (c *Control) EnsureAdminKey(ctx context.Context, setting models.Secret) (made models.Secret, err error) {
	if !setting.Empty() {
		return models.Secret{}, c.ensureSetting(ctx, setting)
	}
	exists, err := c.otherAdministrator(ctx, models.ID{})
	if err != nil || exists {
		return models.Secret{}, err
	}
	secret := auth.NewSecret()
	err = c.storeAdministrator(ctx, "first start", secret, originFirstStart)
	if models.CodeOf(err) == models.CodeConflict {
		return models.Secret{}, nil // another node was quicker, and shows its key
	}
	if err != nil {
		return models.Secret{}, fmt.Errorf("make the first administrator's key: %w", err)
	}
	return secret, nil
}

func (c *Control) storeAdministrator(ctx context.Context, name string, secret models.Secret, origin string) error {
	_, err := c.storeKey(ctx, auth.Start(), models.ApiKey{
		Name: name, Scopes: []models.Scope{models.ScopeAdmin}, CreatedAt: c.now(),
	}, secret, origin)
	return err
}

// ensureSetting tries again where another node changes the same key meanwhile.
func (c *Control) ensureSetting(ctx context.Context, setting models.Secret) error {
	if err := auth.CheckKey(setting); err != nil {
		return fmt.Errorf("CARILLON_ADMIN_KEY cannot be used: %w", err)
	}
	var err error
	for range 10 {
		if err = c.trySetting(ctx, setting); models.CodeOf(err) != models.CodeConflict {
			return err
		}
	}
	return fmt.Errorf("store CARILLON_ADMIN_KEY, which other nodes keep changing: %w", err)
}

func (c *Control) trySetting(ctx context.Context, setting models.Secret) error {
	wanted, err := lookup(c.store.KeyByHash(ctx, c.hasher.Hash(setting)))
	if err != nil {
		return err
	}
	if wanted != nil && (wanted.TenantID != nil || !wanted.Live(c.now())) {
		return errors.New("CARILLON_ADMIN_KEY is a key that was made for something else, or that is over; give another one")
	}
	former, err := lookup(c.store.KeyByOrigin(ctx, originSetting))
	if err != nil {
		return err
	}
	if former != nil && (wanted == nil || wanted.ID != former.ID) {
		if _, err := c.revoke(ctx, auth.Start(), *former); err != nil {
			return err
		}
	}
	if wanted != nil {
		return nil
	}
	return c.storeAdministrator(ctx, "CARILLON_ADMIN_KEY", setting, originSetting)
}

// lookup is nil for a key that is not there.
func lookup(key models.ApiKey, err error) (*models.ApiKey, error) {
	if models.CodeOf(err) == models.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for an administrator's key: %w", err)
	}
	return &key, nil
}
