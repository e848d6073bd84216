package control

import (
	"context"
	"fmt"
	"slices"

	"carillon/models"
	"carillon/templates"
)

// checkRoutes holds the templates of a webhook's routes against their channels,
// and renders them with the examples of what it takes. Channels that are not
// there are for the store to refuse.
func (c *Control) checkRoutes(ctx context.Context, w *models.Webhook) error {
	ids := make([]models.ID, len(w.Routes))
	for i, route := range w.Routes {
		ids[i] = route.ChannelID
	}
	channels, err := c.store.ChannelsByID(ctx, ids)
	if err != nil {
		return err
	}
	var uses []use
	for i, route := range w.Routes {
		ch, ok := channels[route.ChannelID]
		if !ok || ch.TenantID != w.TenantID {
			continue
		}
		switch {
		case !route.TemplateID.IsZero():
			uses = append(uses, use{fmt.Sprintf("routes.%d.templateId", i), route.TemplateID, &ch})
		case !ch.TemplateID.IsZero():
			uses = append(uses, use{fmt.Sprintf("routes.%d.channelId", i), ch.TemplateID, &ch})
		}
	}
	return c.checkUses(ctx, w.TenantID, w, w.EventTypes, uses)
}

// checkChannelTemplate is checkRoutes for a channel, and the webhooks that lead
// to it by routes without templates of their own.
func (c *Control) checkChannelTemplate(ctx context.Context, ch *models.Channel) error {
	if ch.TemplateID.IsZero() {
		return nil
	}
	found, err := c.store.WebhooksByChannel(ctx, []models.ID{ch.ID})
	if err != nil {
		return err
	}
	var webhook *models.Webhook
	var patterns []string
	for _, w := range found[ch.ID] {
		if slices.ContainsFunc(w.Routes, func(r models.Route) bool { return r.ChannelID == ch.ID && r.TemplateID.IsZero() }) {
			webhook, patterns = &w, append(patterns, w.EventTypes...)
		}
	}
	return c.checkUses(ctx, ch.TenantID, webhook, patterns, []use{{"templateId", ch.TemplateID, ch}})
}

// use is a template that a field names for a channel.
type use struct {
	field   string
	id      models.ID
	channel *models.Channel
}

func (c *Control) checkUses(ctx context.Context, owner models.ID, w *models.Webhook, patterns []string, uses []use) error {
	if len(uses) == 0 {
		return nil
	}
	found, err := c.usable(ctx, owner, uses)
	if err != nil {
		return err
	}
	tenant, err := c.tenantByID(ctx, owner)
	if err != nil {
		return err
	}
	compiled := make(map[models.ID]*templates.Template, len(uses))
	all := make([]*rehearsal, len(uses))
	for i, u := range uses {
		t := found[u.id]
		if t.Kind != u.channel.Kind {
			return models.Invalid(u.field, "%s is a template for %s, and the channel is %s; give one for %[3]s", u.id, t.Kind, u.channel.Kind)
		}
		if compiled[u.id] == nil {
			if compiled[u.id], err = compiledParts(u.field, t.Kind, t.Parts); err != nil {
				return err
			}
		}
		view := withSamples(t.Kind, templates.View{Tenant: tenant, Webhook: w, Channel: u.channel})
		all[i] = &rehearsal{field: u.field, template: compiled[u.id], view: view}
	}
	return c.rehearse(ctx, patterns, all)
}

// usable are the templates that are named: the tenant's own, and built-in ones.
func (c *Control) usable(ctx context.Context, owner models.ID, uses []use) (map[models.ID]models.Template, error) {
	found := make(map[models.ID]models.Template, len(uses))
	var own []models.ID
	for _, u := range uses {
		if err := checkID(u.field, u.id, models.PrefixTemplate); err != nil {
			return nil, err
		}
		if t, ok := templates.BuiltinByID(u.id); ok {
			found[u.id] = t
		} else {
			own = append(own, u.id)
		}
	}
	if len(own) > 0 {
		stored, err := c.store.TemplatesByID(ctx, own)
		if err != nil {
			return nil, err
		}
		for id, t := range stored {
			if t.TenantID == owner {
				found[id] = t
			}
		}
	}
	for _, u := range uses {
		if _, ok := found[u.id]; !ok {
			return nil, models.Under(u.field, models.NotFound("template", u.id))
		}
	}
	return found, nil
}
