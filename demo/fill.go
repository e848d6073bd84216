package demo

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"carillon/models"
)

// eventTypes is an OpenAPI document whose webhooks are the catalog.
//
//go:embed events.json
var eventTypes []byte

// company is a tenant, and everything that it has.
type company struct {
	name, externalID string
	about            string
	templates        []template
	channels         []channel
	webhooks         []webhook
}

type template struct {
	name, about string
	kind        models.ChannelKind
	parts       map[models.PartName]string
}

type channel struct {
	name     string
	template string // empty for the built-in one
	config   object
	rest     object // retry policy, limits, order, batches
	paused   bool
}

type webhook struct {
	name, about string
	types       []string
	filter      string
	to          []string // names of channels
}

// Filled is what Fill made.
type Filled struct {
	// ShopKey may manage and read the shop, and publish its events.
	ShopKey models.Secret
}

// Fill makes event types, tenants, templates, channels and webhooks. Stream
// publishes for them afterwards. It is called once.
func (d *Demo) Fill(ctx context.Context, server Server) (filled Filled, err error) {
	admin := &api{server: server, client: d.client}
	d.carrier.serve(server.URL)
	if err := admin.ask(ctx, importTypes, object{"openapi": json.RawMessage(eventTypes)}, nil); err != nil {
		return filled, fmt.Errorf("import the event types: %w", err)
	}
	shop, err := d.settle(ctx, admin, d.shop())
	if err != nil {
		return filled, err
	}
	crm, err := d.settle(ctx, admin, d.crm())
	if err != nil {
		return filled, err
	}
	publishers := []*publisher{
		{tenant: shop, name: "shop", next: newShopDay().next, burst: 90, pause: 900 * time.Millisecond},
		{tenant: crm, name: "crm", next: newCRMDay().next, burst: 60, pause: 1600 * time.Millisecond},
	}
	for _, p := range publishers {
		if err := d.open(ctx, admin, p); err != nil {
			return filled, err
		}
	}
	filled.ShopKey, err = admin.key(ctx, shop, "command line", models.ScopeManage, models.ScopeRead, models.ScopePublish)
	return filled, err
}

// open gives a publisher a key of its tenant that can do nothing else.
func (d *Demo) open(ctx context.Context, admin *api, p *publisher) error {
	key, err := admin.key(ctx, p.tenant, p.name+" backend", models.ScopePublish)
	if err != nil {
		return err
	}
	p.api, p.log = &api{server: Server{URL: admin.server.URL, Key: key}, client: d.client}, d.log
	d.streams = append(d.streams, p)
	return nil
}

// settle makes a tenant with all that it has, and returns its id.
func (d *Demo) settle(ctx context.Context, admin *api, c company) (tenant string, err error) {
	tenant, err = admin.make(ctx, createTenant, object{"name": c.name, "externalId": c.externalID, "metadata": object{"about": c.about}})
	if err != nil {
		return "", err
	}
	ids := map[string]string{"": ""}
	for _, t := range c.templates {
		var parts []object
		for name, source := range t.parts {
			parts = append(parts, object{"name": name, "source": source})
		}
		input := object{"tenantId": tenant, "name": t.name, "description": t.about, "kind": t.kind, "parts": parts}
		if ids[t.name], err = admin.make(ctx, createTemplate, input); err != nil {
			return "", err
		}
	}
	for _, ch := range c.channels {
		if ids[ch.name], err = admin.channel(ctx, tenant, ids[ch.template], ch); err != nil {
			return "", err
		}
	}
	for _, w := range c.webhooks {
		var routes []object
		for _, name := range w.to {
			routes = append(routes, object{"channelId": ids[name]})
		}
		input := object{"tenantId": tenant, "name": w.name, "description": w.about, "eventTypes": w.types, "routes": routes}
		if w.filter != "" {
			input["filter"] = w.filter
		}
		if _, err := admin.make(ctx, createWebhook, input); err != nil {
			return "", err
		}
	}
	return tenant, nil
}

// channel makes one, with retries that are quick enough to watch unless it has others.
func (a *api) channel(ctx context.Context, tenant, template string, ch channel) (id string, err error) {
	input := object{"tenantId": tenant, "name": ch.name, "config": ch.config}
	input["retryPolicy"] = retries("1s", "2s", "4s", "8s", "15s", "30s", "1m")
	if template != "" {
		input["templateId"] = template
	}
	maps.Copy(input, ch.rest)
	if id, err = a.make(ctx, createChannel, input); err != nil || !ch.paused {
		return id, err
	}
	return id, a.ask(ctx, pauseChannel, id, nil)
}

func retries(schedule ...string) object { return object{"schedule": schedule, "jitter": 0.1} }

// disabling adds after how many failures in a row the channel is disabled.
func disabling(failures int, policy object) object {
	policy["disableAfterFailures"] = failures
	return policy
}

// key makes a key of a tenant.
func (a *api) key(ctx context.Context, tenant, name string, scopes ...models.Scope) (models.Secret, error) {
	var answer made
	if err := a.ask(ctx, createKey, object{"tenantId": tenant, "name": name, "scopes": scopes}, &answer); err != nil {
		return models.Secret{}, fmt.Errorf("make the key %s: %w", name, err)
	}
	return answer["made"].Secret, nil
}
