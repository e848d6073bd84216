package graph

import (
	"context"
	"strings"

	"carillon/auth"
	"carillon/engine"
	"carillon/graph/model"
	"carillon/models"
)

// one reads a thing by its id, behind the tenant wall: nil for what belongs to
// another tenant, as for what does not exist.
func one[T any](
	ctx context.Context, id models.ID, read func(context.Context, models.ID) (*T, error), tenant func(*T) models.ID,
) (*T, error) {
	v, err := read(ctx, id)
	if err != nil || v == nil || !auth.From(ctx).Sees(tenant(v)) {
		return nil, err
	}
	return v, nil
}

func (r *resolver) tenant(ctx context.Context, id models.ID) (*models.Tenant, error) {
	return one(ctx, id, from(ctx).tenant, func(t *models.Tenant) models.ID { return t.ID })
}

// apiKey shows administrators' keys, which have no tenant, to administrators,
// and none to a portal.
func (r *resolver) apiKey(ctx context.Context, id models.ID) (*models.ApiKey, error) {
	if auth.From(ctx).Portal() {
		return nil, nil
	}
	return one(ctx, id, from(ctx).apiKey, func(k *models.ApiKey) models.ID {
		if k.TenantID == nil {
			return models.ID{}
		}
		return *k.TenantID
	})
}

func (r *resolver) webhook(ctx context.Context, id models.ID) (*models.Webhook, error) {
	return one(ctx, id, from(ctx).webhook, func(w *models.Webhook) models.ID { return w.TenantID })
}

// channel shows no deleted one: only what was sent through it does.
func (r *resolver) channel(ctx context.Context, id models.ID) (*models.Channel, error) {
	live := func(ctx context.Context, id models.ID) (*models.Channel, error) {
		return existing(r.cfg.Reader.ChannelLive(ctx, id))
	}
	return one(ctx, id, live, func(c *models.Channel) models.ID { return c.TenantID })
}

func (r *resolver) event(ctx context.Context, id models.ID) (*models.Event, error) {
	return one(ctx, id, from(ctx).event, func(e *models.Event) models.ID { return e.TenantID })
}

func (r *resolver) delivery(ctx context.Context, id models.ID) (*models.Delivery, error) {
	return one(ctx, id, from(ctx).delivery, func(d *models.Delivery) models.ID { return d.TenantID })
}

func (r *resolver) attempt(ctx context.Context, id models.ID) (*models.Attempt, error) {
	return one(ctx, id, from(ctx).attempt, func(a *models.Attempt) models.ID { return a.TenantID })
}

// node reads anything by its id, whose prefix says what it is.
func (r *resolver) node(ctx context.Context, id models.ID) (model.Node, error) {
	switch id.Prefix {
	case models.PrefixTenant:
		return node(r.tenant(ctx, id))
	case models.PrefixApiKey:
		return node(r.apiKey(ctx, id))
	case models.PrefixEventType:
		return node(from(ctx).eventType(ctx, id))
	case models.PrefixWebhook:
		return node(r.webhook(ctx, id))
	case models.PrefixChannel:
		return node(r.channel(ctx, id))
	case models.PrefixTemplate:
		return node(r.template(ctx, id))
	case models.PrefixEvent:
		return node(r.event(ctx, id))
	case models.PrefixDelivery:
		return node(r.delivery(ctx, id))
	case models.PrefixAttempt:
		return node(r.attempt(ctx, id))
	case models.PrefixRecovery:
		return node(r.recovery(ctx, id))
	case models.PrefixAudit:
		return node(r.auditEntry(ctx, id))
	}
	return nil, nil
}

// node keeps a nil pointer from becoming a node that is not nil.
func node[T any](v *T, err error) (model.Node, error) {
	if err != nil || v == nil {
		return nil, err
	}
	return v, nil
}

// existing makes nil of NOT_FOUND.
func existing[T any](v T, err error) (*T, error) {
	switch {
	case err == nil:
		return &v, nil
	case models.CodeOf(err) == models.CodeNotFound:
		return nil, nil
	}
	return nil, err
}

// known makes NOT_FOUND of nil, for what a mutation is about.
func known[T any](v *T, err error, what string, id models.ID) (*T, error) {
	if err == nil && v == nil {
		err = models.NotFound(what, id)
	}
	return v, err
}

// testedTenant is whose channel or webhook a test event is for.
func (r *resolver) testedTenant(ctx context.Context, in engine.TestInput) (models.ID, error) {
	switch {
	case in.ChannelID != nil:
		c, err := r.channel(ctx, *in.ChannelID)
		if c, err = known(c, err, "channel", *in.ChannelID); err != nil {
			return models.ID{}, err
		}
		return c.TenantID, nil
	case in.WebhookID != nil:
		w, err := r.webhook(ctx, *in.WebhookID)
		if w, err = known(w, err, "webhook", *in.WebhookID); err != nil {
			return models.ID{}, err
		}
		return w.TenantID, nil
	}
	return models.ID{}, models.Invalid("channelId", "is needed; give channelId or webhookId")
}

// tenants lists all to an administrator, and to a tenant's key its own alone.
func (r *resolver) tenants(ctx context.Context, p models.Page, search string) (models.Connection[models.Tenant], error) {
	own := auth.From(ctx).TenantID
	if own == nil {
		return r.cfg.Reader.Tenants(ctx, p, models.TenantFilter{Search: search})
	}
	var list models.Connection[models.Tenant]
	if p.After != "" {
		_, err := models.DecodeIDCursor("after", models.PrefixTenant, p.After)
		list.HasPrevious = true
		return list, err
	}
	t, err := from(ctx).tenant(ctx, *own)
	if err != nil || t == nil || !named(t, search) {
		return list, err
	}
	list.Nodes, list.Cursors = []models.Tenant{*t}, []string{models.EncodeCursor(t.ID.String())}
	return list, nil
}

// named says whether a part of the tenant's name or external id is searched for.
func named(t *models.Tenant, search string) bool {
	search = strings.ToLower(search)
	return strings.Contains(strings.ToLower(t.Name), search) ||
		t.ExternalID != nil && strings.Contains(strings.ToLower(*t.ExternalID), search)
}
