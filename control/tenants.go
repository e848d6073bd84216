package control

import (
	"context"
	"encoding/json"
	"time"

	"carillon/auth"
	"carillon/models"
)

// tenantStore tells CONFLICT on externalId and NOT_FOUND for deleted tenants.
type tenantStore interface {
	CreateTenant(ctx context.Context, t models.Tenant) error
	UpdateTenant(ctx context.Context, id models.ID, change func(*models.Tenant) error) (models.Tenant, error)
	DeleteTenant(ctx context.Context, id models.ID, now time.Time) error
	TenantsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Tenant, error)
}

// noMetadata is the metadata of a tenant that was given none.
const noMetadata = `{}`

// CreateTenant needs ADMIN.
func (c *Control) CreateTenant(ctx context.Context, p *auth.Principal, in CreateTenant) (models.Tenant, error) {
	if err := p.Need(models.ScopeAdmin); err != nil {
		return models.Tenant{}, err
	}
	now := c.now()
	t := models.Tenant{
		ID: models.NewID(models.PrefixTenant), Name: in.Name, ExternalID: copied(in.ExternalID),
		Metadata: jsonOr(in.Metadata, json.RawMessage(noMetadata)), CreatedAt: now, UpdatedAt: now,
	}
	if err := t.Validate(); err != nil {
		return models.Tenant{}, err
	}
	ctx, err := c.act(ctx, p, models.AuditTenantCreate, &t.ID, t.ID).with(ctx, named(t.Name))
	if err != nil {
		return models.Tenant{}, err
	}
	if err := c.store.CreateTenant(ctx, t); err != nil {
		return models.Tenant{}, err
	}
	return t, nil
}

// UpdateTenant needs ADMIN.
func (c *Control) UpdateTenant(ctx context.Context, p *auth.Principal, in UpdateTenant) (models.Tenant, error) {
	if err := p.Need(models.ScopeAdmin); err != nil {
		return models.Tenant{}, err
	}
	if err := checkID("id", in.ID, models.PrefixTenant); err != nil {
		return models.Tenant{}, err
	}
	a := c.act(ctx, p, models.AuditTenantUpdate, &in.ID, in.ID)
	return update(ctx, a, c.store.UpdateTenant, in.ID, func(t *models.Tenant) error {
		if err := required("name", &t.Name, in.Name); err != nil {
			return err
		}
		t.ExternalID = in.ExternalID.pointer(t.ExternalID)
		t.Metadata = jsonOr(in.Metadata.or(t.Metadata, nil), json.RawMessage(noMetadata))
		t.UpdatedAt = c.now()
		return t.Validate()
	}, toldTenant)
}

// DeleteTenant needs ADMIN. Nothing of the tenant is left to be found, and its
// keys open nothing.
func (c *Control) DeleteTenant(ctx context.Context, p *auth.Principal, id models.ID) error {
	if err := p.Need(models.ScopeAdmin); err != nil {
		return err
	}
	if err := checkID("id", id, models.PrefixTenant); err != nil {
		return err
	}
	// Of no tenant, so that it is not erased with this one.
	ctx, err := c.act(ctx, p, models.AuditTenantDelete, nil, id).with(ctx, detail{})
	if err != nil {
		return err
	}
	if err := c.store.DeleteTenant(ctx, id, c.now()); err != nil {
		return err
	}
	c.keysRevoked()
	c.log.Info("a tenant was deleted", "tenant_id", id, "by_key", p.KeyID)
	return nil
}
