package control

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carillon/auth"
	"carillon/models"
)

// keyStore tells NOT_FOUND for keys that are not there. Only one live key may
// be of each origin; a second is CONFLICT.
type keyStore interface {
	ApiKeys(ctx context.Context, page models.Page, f models.ApiKeyFilter) (models.Connection[models.ApiKey], error)
	ApiKeysByID(ctx context.Context, ids []models.ID) (map[models.ID]models.ApiKey, error)
	KeyByHash(ctx context.Context, hash []byte) (models.ApiKey, error)
	KeyByOrigin(ctx context.Context, origin string) (models.ApiKey, error)
	CreateApiKey(ctx context.Context, k models.ApiKey, origin string) error
	RevokeApiKey(ctx context.Context, id models.ID, now time.Time) (models.ApiKey, error)
}

// CreateApiKey makes any key for an administrator; for a tenant's key with
// MANAGE, one of its own tenant with no more than its own scopes. The secret is
// in no other answer.
func (c *Control) CreateApiKey(ctx context.Context, p *auth.Principal, in CreateApiKey) (models.ApiKey, models.Secret, error) {
	fail := func(err error) (models.ApiKey, models.Secret, error) { return models.ApiKey{}, models.Secret{}, err }
	if err := p.Need(models.ScopeManage); err != nil {
		return fail(err)
	}
	if err := p.NotByPortal("make API keys"); err != nil {
		return fail(err)
	}
	tenant, err := keyTenant(p, in.TenantID)
	if err != nil {
		return fail(err)
	}
	scopes, err := grant(p, in.Scopes)
	if err != nil {
		return fail(err)
	}
	key := models.ApiKey{Name: in.Name, TenantID: tenant, Scopes: scopes, CreatedAt: c.now()}
	if in.ExpiresAt != nil {
		expires := exact(*in.ExpiresAt)
		if !expires.After(key.CreatedAt) {
			return fail(models.Invalid("expiresAt", "is not in the future"))
		}
		key.ExpiresAt = &expires
	}
	secret := auth.NewSecret()
	if key, err = c.storeKey(ctx, p, key, secret, ""); err != nil {
		return fail(err)
	}
	c.log.Info("an API key was made", "key_id", key.ID, "by_key", p.KeyID)
	return key, secret, nil
}

func (c *Control) storeKey(ctx context.Context, p *auth.Principal, key models.ApiKey, secret models.Secret, origin string) (models.ApiKey, error) {
	key.ID = models.NewID(models.PrefixApiKey)
	key.Hint, key.Hash = auth.Hint(secret), c.hasher.Hash(secret)
	if err := key.Validate(); err != nil {
		return models.ApiKey{}, err
	}
	told := named(key.Name).plus("scopes", key.Scopes)
	if key.ExpiresAt != nil {
		told["expiresAt"] = key.ExpiresAt
	}
	ctx, err := c.act(ctx, p, models.AuditKeyCreate, key.TenantID, key.ID).with(ctx, told)
	if err != nil {
		return models.ApiKey{}, err
	}
	return key, c.store.CreateApiKey(ctx, key, origin)
}

// keyTenant is the tenant of a new key; only an administrator may name none.
func keyTenant(p *auth.Principal, requested *models.ID) (*models.ID, error) {
	if requested != nil {
		if err := checkID("tenantId", *requested, models.PrefixTenant); err != nil {
			return nil, err
		}
	}
	tenant, err := p.Filter(requested)
	return copied(tenant), err
}

// grant is the scopes without repeats, none beyond those of the principal.
func grant(p *auth.Principal, asked []models.Scope) ([]models.Scope, error) {
	var scopes []models.Scope
	for i, scope := range asked {
		field := fmt.Sprintf("scopes.%d", i)
		switch scope {
		case models.ScopeAdmin, models.ScopeManage, models.ScopePublish, models.ScopeRead:
		default:
			return nil, models.Invalid(field, "is not one of ADMIN, MANAGE, PUBLISH, READ")
		}
		if !p.Allows(scope) {
			return nil, &models.Error{Code: models.CodeForbidden, Field: field,
				Message: fmt.Sprintf("this key lacks the scope %s and so cannot give it to another", scope)}
		}
		if !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes, nil
}

// RevokeApiKey ends a key for good. A tenant's key with MANAGE may revoke those
// of its tenant, and every key may revoke itself. A key that was revoked before
// stays as it was.
func (c *Control) RevokeApiKey(ctx context.Context, p *auth.Principal, id models.ID) (models.ApiKey, error) {
	key, err := c.revocable(ctx, p, id)
	if err != nil || key.RevokedAt != nil {
		return key, err
	}
	if slices.Contains(key.Scopes, models.ScopeAdmin) && key.Live(c.now()) {
		c.revoking.Lock()
		defer c.revoking.Unlock()
		other, err := c.otherAdministrator(ctx, id)
		if err != nil {
			return models.ApiKey{}, err
		}
		if !other {
			return models.ApiKey{}, models.Conflict("id",
				"this is the last administrator's key; make another one before, here or on the server with: carillon key create")
		}
	}
	return c.revoke(ctx, p, key)
}

func (c *Control) revoke(ctx context.Context, p *auth.Principal, key models.ApiKey) (models.ApiKey, error) {
	id := key.ID
	ctx, err := c.act(ctx, p, models.AuditKeyRevoke, key.TenantID, id).with(ctx, named(key.Name))
	if err != nil {
		return models.ApiKey{}, err
	}
	key, err = c.store.RevokeApiKey(ctx, id, c.now())
	if err != nil {
		return models.ApiKey{}, err
	}
	c.keysRevoked(id)
	c.log.Info("an API key was revoked", "key_id", id, "by_key", p.KeyID)
	return key, nil
}

// revocable finds the key if the principal may revoke it.
func (c *Control) revocable(ctx context.Context, p *auth.Principal, id models.ID) (models.ApiKey, error) {
	if err := p.NotByPortal("revoke API keys"); err != nil {
		return models.ApiKey{}, err
	}
	if p == nil || p.KeyID != id {
		if err := p.Need(models.ScopeManage); err != nil {
			return models.ApiKey{}, err
		}
	}
	if err := checkID("id", id, models.PrefixApiKey); err != nil {
		return models.ApiKey{}, err
	}
	found, err := c.store.ApiKeysByID(ctx, []models.ID{id})
	if err != nil {
		return models.ApiKey{}, err
	}
	key, ok := found[id]
	visible := p.KeyID == id || p.Allows(models.ScopeAdmin) || key.TenantID != nil && p.Sees(*key.TenantID)
	if !ok || !visible {
		return models.ApiKey{}, models.NotFound("key", id)
	}
	return key, nil
}

// otherAdministrator says whether an administrator's key other than except is
// live. Keys are listed oldest first and administrators' come early.
func (c *Control) otherAdministrator(ctx context.Context, except models.ID) (bool, error) {
	now := c.now()
	page := models.Page{First: models.MaxPage}
	for {
		keys, err := c.store.ApiKeys(ctx, page, models.ApiKeyFilter{})
		if err != nil {
			return false, err
		}
		for i := range keys.Nodes {
			key := &keys.Nodes[i]
			if key.ID != except && slices.Contains(key.Scopes, models.ScopeAdmin) && key.Live(now) {
				return true, nil
			}
		}
		if !keys.HasNext || len(keys.Cursors) == 0 {
			return false, nil
		}
		page.After = keys.Cursors[len(keys.Cursors)-1]
	}
}
