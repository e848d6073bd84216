package control

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carillon/auth"
	"carillon/models"
)

// webhookStore tells CONFLICT on name, and NOT_FOUND with the field
// routes.N.channelId for a channel that is not a live one of the same tenant.
type webhookStore interface {
	WebhooksByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Webhook, error)
	CreateWebhook(ctx context.Context, w models.Webhook) error
	UpdateWebhook(ctx context.Context, id models.ID, change func(*models.Webhook) error) (models.Webhook, error)
	DeleteWebhook(ctx context.Context, id models.ID, now time.Time) error
}

// CreateWebhook needs MANAGE, as do all verbs on webhooks.
func (c *Control) CreateWebhook(ctx context.Context, p *auth.Principal, in CreateWebhook) (models.Webhook, error) {
	tenant, err := c.tenant(p, in.TenantID)
	if err != nil {
		return models.Webhook{}, err
	}
	now := c.now()
	w := models.Webhook{
		ID: models.NewID(models.PrefixWebhook), TenantID: tenant, Name: in.Name, Description: value(in.Description, ""),
		EventTypes: slices.Clone(in.EventTypes), Filter: value(in.Filter, ""), Routes: slices.Clone(in.Routes), Status: models.WebhookActive,
		CreatedAt: now, UpdatedAt: now,
	}
	if err := checkWebhook(&w); err != nil {
		return models.Webhook{}, err
	}
	if err := c.checkFilter(in.Filter); err != nil {
		return models.Webhook{}, err
	}
	if err := c.checkRoutes(ctx, &w); err != nil {
		return models.Webhook{}, err
	}
	told := named(w.Name).plus("eventTypes", w.EventTypes).plus("routes", routeTexts(w.Routes))
	if ctx, err = c.act(ctx, p, models.AuditWebhookCreate, &w.TenantID, w.ID).with(ctx, told); err != nil {
		return models.Webhook{}, err
	}
	if err := c.store.CreateWebhook(ctx, w); err != nil {
		return models.Webhook{}, err
	}
	return w, nil
}

// tenant is whose a new thing is, for a principal that may make it.
func (c *Control) tenant(p *auth.Principal, requested *models.ID) (models.ID, error) {
	if err := p.Need(models.ScopeManage); err != nil {
		return models.ID{}, err
	}
	if requested != nil {
		if err := checkID("tenantId", *requested, models.PrefixTenant); err != nil {
			return models.ID{}, err
		}
	}
	return p.Tenant("tenantId", requested)
}

func checkWebhook(w *models.Webhook) error {
	if err := w.Validate(); err != nil {
		return err
	}
	for i, route := range w.Routes {
		if err := checkID(fmt.Sprintf("routes.%d.channelId", i), route.ChannelID, models.PrefixChannel); err != nil {
			return err
		}
	}
	return nil
}

// UpdateWebhook changes what is given.
func (c *Control) UpdateWebhook(ctx context.Context, p *auth.Principal, in UpdateWebhook) (models.Webhook, error) {
	before, err := c.webhook(ctx, p, in.ID)
	if err != nil {
		return models.Webhook{}, err
	}
	// Checked here, so that the transaction does not wait for it.
	if err := c.checkFilter(in.Filter.Value); err != nil {
		return models.Webhook{}, err
	}
	if err := c.checkRerouted(ctx, before, &in); err != nil {
		return models.Webhook{}, err
	}
	a := c.act(ctx, p, models.AuditWebhookUpdate, &before.TenantID, before.ID)
	return update(ctx, a, c.store.UpdateWebhook, in.ID, func(w *models.Webhook) error {
		if err := in.apply(w); err != nil {
			return err
		}
		w.UpdatedAt = c.now()
		return checkWebhook(w)
	}, toldWebhook)
}

func (in *UpdateWebhook) apply(w *models.Webhook) error {
	if err := required("name", &w.Name, in.Name); err != nil {
		return err
	}
	if err := required("eventTypes", &w.EventTypes, in.EventTypes); err != nil {
		return err
	}
	if err := required("routes", &w.Routes, in.Routes); err != nil {
		return err
	}
	w.EventTypes, w.Routes = slices.Clone(w.EventTypes), slices.Clone(w.Routes)
	w.Description = in.Description.or(w.Description, "")
	w.Filter = in.Filter.or(w.Filter, "")
	return nil
}

// checkRerouted checks the templates of what an update makes of a webhook.
func (c *Control) checkRerouted(ctx context.Context, w models.Webhook, in *UpdateWebhook) error {
	if !in.Routes.Given && !in.EventTypes.Given {
		return nil
	}
	if err := in.apply(&w); err != nil {
		return err
	}
	if err := checkWebhook(&w); err != nil {
		return err
	}
	return c.checkRoutes(ctx, &w)
}

// checkFilter takes nil for no filter.
func (c *Control) checkFilter(source *string) error {
	if source == nil {
		return nil
	}
	compiler, err := c.filters()
	if err != nil {
		return err
	}
	_, err = compiler.Compile(*source)
	return err
}

// DeleteWebhook also cancels what still waits for it.
func (c *Control) DeleteWebhook(ctx context.Context, p *auth.Principal, id models.ID) error {
	w, err := c.webhook(ctx, p, id)
	if err != nil {
		return err
	}
	if ctx, err = c.act(ctx, p, models.AuditWebhookDelete, &w.TenantID, id).with(ctx, named(w.Name)); err != nil {
		return err
	}
	return c.store.DeleteWebhook(ctx, id, c.now())
}

// PauseWebhook lets its deliveries wait.
func (c *Control) PauseWebhook(ctx context.Context, p *auth.Principal, id models.ID) (models.Webhook, error) {
	return c.setWebhookStatus(ctx, p, id, models.WebhookPaused, models.AuditWebhookPause)
}

// ResumeWebhook sends what waited.
func (c *Control) ResumeWebhook(ctx context.Context, p *auth.Principal, id models.ID) (models.Webhook, error) {
	return c.setWebhookStatus(ctx, p, id, models.WebhookActive, models.AuditWebhookResume)
}

func (c *Control) setWebhookStatus(ctx context.Context, p *auth.Principal, id models.ID, status models.WebhookStatus, action models.AuditAction) (models.Webhook, error) {
	w, err := c.webhook(ctx, p, id)
	if err != nil || w.Status == status {
		return w, err
	}
	return update(ctx, c.act(ctx, p, action, &w.TenantID, id), c.store.UpdateWebhook, id, func(w *models.Webhook) error {
		if w.Status == status {
			return errUnchanged
		}
		w.Status, w.UpdatedAt = status, c.now()
		return nil
	}, toldWebhook)
}

// webhook finds one that the principal may change. Things never change hands,
// so that the answer still holds when the change is made.
func (c *Control) webhook(ctx context.Context, p *auth.Principal, id models.ID) (models.Webhook, error) {
	if err := p.Need(models.ScopeManage); err != nil {
		return models.Webhook{}, err
	}
	if err := checkID("id", id, models.PrefixWebhook); err != nil {
		return models.Webhook{}, err
	}
	found, err := c.store.WebhooksByID(ctx, []models.ID{id})
	if err != nil {
		return models.Webhook{}, err
	}
	w, ok := found[id]
	if !ok || !p.Sees(w.TenantID) {
		return models.Webhook{}, models.NotFound("webhook", id)
	}
	return w, nil
}
