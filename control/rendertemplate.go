package control

import (
	"context"

	"carillon/auth"
	"carillon/models"
	"carillon/templates"
)

// previewStore is what a preview reads; each leaves out or refuses what is not there.
type previewStore interface {
	TenantsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Tenant, error)
	ChannelsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Channel, error)
	WebhooksByChannel(ctx context.Context, ids []models.ID) (map[models.ID][]models.Webhook, error)
	EventsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Event, error)
	EventTypes(ctx context.Context, page models.Page, f models.EventTypeFilter) (models.Connection[models.EventType], error)
	EventTypeByName(ctx context.Context, name string) (models.EventType, error)
}

// RenderTemplate shows what a template makes of an event, without sending it.
// It needs READ. What is wrong with the template is in the answer.
func (c *Control) RenderTemplate(ctx context.Context, p *auth.Principal, in RenderTemplate) (models.RenderedTemplate, error) {
	if err := p.Need(models.ScopeRead); err != nil {
		return models.RenderedTemplate{}, err
	}
	var view templates.View
	webhook, err := c.previewWebhook(ctx, p, in.WebhookID)
	if err != nil {
		return models.RenderedTemplate{}, err
	}
	channel, err := c.previewChannel(ctx, p, in.ChannelID)
	if err != nil {
		return models.RenderedTemplate{}, err
	}
	t, err := c.previewTemplate(ctx, p, &in, channel)
	if err != nil {
		return models.RenderedTemplate{}, err
	}
	event, err := c.previewEvent(ctx, p, &in)
	if err != nil {
		return models.RenderedTemplate{}, err
	}
	if view.Tenant, err = c.previewTenant(ctx, p, event.TenantID, t.TenantID, channel, webhook); err != nil {
		return models.RenderedTemplate{}, err
	}
	view.Events, view.Webhook, view.Channel = []*models.Event{&event}, webhook, channel
	return Preview(t.Kind, t.Parts, view), nil
}

// previewTenant is the caller's; for an administrator that of what was named,
// and nil where nothing was.
func (c *Control) previewTenant(ctx context.Context, p *auth.Principal, event, template models.ID, ch *models.Channel, w *models.Webhook) (*models.Tenant, error) {
	owner := event
	switch {
	case p.TenantID != nil:
		owner = *p.TenantID
	case !owner.IsZero():
	case ch != nil:
		owner = ch.TenantID
	case w != nil:
		owner = w.TenantID
	default:
		owner = template
	}
	if owner.IsZero() {
		return nil, nil
	}
	return c.tenantByID(ctx, owner)
}

// previewTemplate is the stored version or the parts that are to be rendered.
func (c *Control) previewTemplate(ctx context.Context, p *auth.Principal, in *RenderTemplate, channel *models.Channel) (t models.Template, err error) {
	switch {
	case in.TemplateID == nil && in.Parts == nil:
		return t, models.Invalid("templateId", "is needed; give templateId, or kind and parts")
	case in.TemplateID != nil && in.Parts != nil:
		return t, models.Invalid("parts", "stands beside templateId; give one of the two")
	case in.TemplateID != nil:
		t, err = c.previewVersion(ctx, p, in)
	case in.Version != nil:
		return t, models.Invalid("version", "is for a stored template; give templateId, or leave it out")
	default:
		t, err = givenParts(in, channel)
	}
	switch {
	case err != nil:
		return t, err
	case in.Kind != nil && *in.Kind != t.Kind:
		return t, models.Invalid("kind", "is %s, and the template is for %s; leave it out", *in.Kind, t.Kind)
	case channel != nil && channel.Kind != t.Kind:
		return t, models.Invalid("channelId", "%s is a channel of kind %s, and the template is for %s", channel.ID, channel.Kind, t.Kind)
	}
	return t, nil
}

func givenParts(in *RenderTemplate, channel *models.Channel) (t models.Template, err error) {
	t.Parts = in.Parts
	switch {
	case in.Kind != nil:
		t.Kind = *in.Kind
	case channel != nil:
		t.Kind = channel.Kind
	default:
		return t, models.Invalid("kind", "is needed beside parts; give HTTP, SLACK, EMAIL or SMS")
	}
	return t, checkParts(t.Parts)
}

func (c *Control) previewVersion(ctx context.Context, p *auth.Principal, in *RenderTemplate) (models.Template, error) {
	id := *in.TemplateID
	if err := checkID("templateId", id, models.PrefixTemplate); err != nil {
		return models.Template{}, err
	}
	t, builtIn := templates.BuiltinByID(id)
	if !builtIn {
		var err error
		if t, err = c.ownTemplate(ctx, p, id); err != nil {
			return t, models.Under("templateId", err)
		}
	}
	switch {
	case in.Version == nil || *in.Version == t.Version:
		return t, nil
	case *in.Version < 1 || *in.Version > t.Version:
		return t, models.Invalid("version", "%d is out of range; %s has 1 to %d", *in.Version, id, t.Version)
	}
	v, err := c.store.TemplateVersion(ctx, id, *in.Version)
	t.Parts = v.Parts
	return t, models.Under("version", err)
}

// previewEvent is a stored event, or one of a type with the catalog's example or
// with data of the caller's.
func (c *Control) previewEvent(ctx context.Context, p *auth.Principal, in *RenderTemplate) (models.Event, error) {
	hasData := len(in.Data) > 0
	if in.EventID != nil {
		if in.EventType != nil || hasData {
			return models.Event{}, models.Invalid("eventId", "stands beside eventType or data; give either the event or those")
		}
		return c.storedEvent(ctx, p, *in.EventID)
	}
	name := value(in.EventType, SampleType)
	switch {
	case in.EventType == nil && !hasData:
		return models.Event{}, models.Invalid("eventId", "is needed; give eventId, eventType with an example in the catalog, or data")
	case in.EventType != nil:
		if err := models.CheckEventType("eventType", name); err != nil {
			return models.Event{}, err
		}
	}
	known, err := c.eventTypeNamed(ctx, name)
	if err != nil && models.CodeOf(err) != models.CodeNotFound {
		return models.Event{}, err
	}
	data := known.Example
	if hasData {
		if data, err = models.NormalizeJSON("data", in.Data, models.DefaultMaxPayload); err != nil {
			return models.Event{}, err
		}
	}
	if len(data) == 0 {
		return models.Event{}, models.Invalid("eventType", "%q has no example in the catalog; give data", name)
	}
	event := SampleEvent(c.now(), name, data)
	if known.Version != "" {
		event.Version = known.Version
	}
	return event, nil
}

func (c *Control) storedEvent(ctx context.Context, p *auth.Principal, id models.ID) (models.Event, error) {
	if err := checkID("eventId", id, models.PrefixEvent); err != nil {
		return models.Event{}, err
	}
	found, err := c.store.EventsByID(ctx, []models.ID{id})
	if err != nil {
		return models.Event{}, err
	}
	e, ok := found[id]
	if !ok || !p.Sees(e.TenantID) {
		return models.Event{}, models.Under("eventId", models.NotFound("event", id))
	}
	return e, nil
}

// previewWebhook is nil where none is named.
func (c *Control) previewWebhook(ctx context.Context, p *auth.Principal, id *models.ID) (*models.Webhook, error) {
	if id == nil {
		return nil, nil
	}
	if err := checkID("webhookId", *id, models.PrefixWebhook); err != nil {
		return nil, err
	}
	found, err := c.store.WebhooksByID(ctx, []models.ID{*id})
	if err != nil {
		return nil, err
	}
	w, ok := found[*id]
	if !ok || !p.Sees(w.TenantID) {
		return nil, models.Under("webhookId", models.NotFound("webhook", *id))
	}
	return &w, nil
}

// previewChannel is nil where none is named.
func (c *Control) previewChannel(ctx context.Context, p *auth.Principal, id *models.ID) (*models.Channel, error) {
	if id == nil {
		return nil, nil
	}
	if err := checkID("channelId", *id, models.PrefixChannel); err != nil {
		return nil, err
	}
	ch, err := c.store.ChannelLive(ctx, *id)
	if models.CodeOf(err) == models.CodeNotFound || err == nil && !p.Sees(ch.TenantID) {
		return nil, models.Under("channelId", models.NotFound("channel", *id))
	}
	return &ch, err
}
