package graph_test

import (
	"context"
	"sync"
	"time"

	"carillon/auth"
	"carillon/control"
	"carillon/engine"
	"carillon/graph"
	"carillon/models"
)

// fakeControl keeps what it was given last; methods that no test needs panic.
type fakeControl struct {
	graph.Control
	got any
	err error
}

func (c *fakeControl) UpdateTenant(_ context.Context, _ *auth.Principal, in control.UpdateTenant) (models.Tenant, error) {
	c.got = in
	return models.Tenant{ID: in.ID}, c.err
}

func (c *fakeControl) DeleteTenant(_ context.Context, _ *auth.Principal, id models.ID) error {
	c.got = id
	return c.err
}

func (c *fakeControl) CreateApiKey(_ context.Context, _ *auth.Principal, in control.CreateApiKey) (models.ApiKey, models.Secret, error) {
	c.got = in
	return models.ApiKey{ID: models.NewID(models.PrefixApiKey), Name: in.Name, Scopes: in.Scopes}, models.NewSecret("ck_secret"), c.err
}

func (c *fakeControl) CreateEventType(_ context.Context, _ *auth.Principal, in control.CreateEventType) (models.EventType, error) {
	c.got = in
	return models.EventType{ID: models.NewID(models.PrefixEventType), Name: in.Name, Schema: in.Schema}, c.err
}

func (c *fakeControl) CreateWebhook(_ context.Context, _ *auth.Principal, in control.CreateWebhook) (models.Webhook, error) {
	c.got = in
	return models.Webhook{ID: models.NewID(models.PrefixWebhook), Name: in.Name}, c.err
}

func (c *fakeControl) UpdateWebhook(_ context.Context, _ *auth.Principal, in control.UpdateWebhook) (models.Webhook, error) {
	c.got = in
	return models.Webhook{ID: in.ID}, c.err
}

func (c *fakeControl) CreateChannel(_ context.Context, _ *auth.Principal, in control.CreateChannel) (models.Channel, error) {
	c.got = in
	return models.Channel{ID: models.NewID(models.PrefixChannel), Name: in.Name, Config: &models.HttpConfig{}}, c.err
}

func (c *fakeControl) UpdateChannel(_ context.Context, _ *auth.Principal, in control.UpdateChannel) (models.Channel, error) {
	c.got = in
	return models.Channel{ID: in.ID}, c.err
}

func (c *fakeControl) CreateTemplate(_ context.Context, _ *auth.Principal, in control.CreateTemplate) (models.Template, error) {
	c.got = in
	return models.Template{ID: models.NewID(models.PrefixTemplate), Name: in.Name, Kind: in.Kind, Parts: in.Parts, Version: 1}, c.err
}

func (c *fakeControl) UpdateTemplate(_ context.Context, _ *auth.Principal, in control.UpdateTemplate) (models.Template, error) {
	c.got = in
	return models.Template{ID: in.ID}, c.err
}

func (c *fakeControl) RenderTemplate(_ context.Context, _ *auth.Principal, in control.RenderTemplate) (models.RenderedTemplate, error) {
	c.got = in
	return models.RenderedTemplate{}, c.err
}

func (c *fakeControl) ChannelSecret(context.Context, *auth.Principal, models.ID) (models.Secret, error) {
	return models.NewSecret("whsec_shown"), c.err
}

// fakeEngine stores nothing.
type fakeEngine struct {
	graph.Engine
	got   any
	err   error
	crash any
}

var publishedAt = time.Date(2026, 11, 20, 12, 0, 0, 123_456_000, time.UTC)

func (e *fakeEngine) Publish(_ context.Context, in engine.PublishInput) (models.Event, error) {
	if e.crash != nil {
		panic(e.crash)
	}
	e.got = in
	return event(in), e.err
}

func (e *fakeEngine) PublishAll(_ context.Context, in []engine.PublishInput) ([]models.Event, error) {
	e.got = in
	events := make([]models.Event, len(in))
	for i := range in {
		events[i] = event(in[i])
	}
	return events, e.err
}

func (e *fakeEngine) SendTest(_ context.Context, in engine.TestInput) ([]models.Attempt, error) {
	e.got = in
	return []models.Attempt{}, e.err
}

func (e *fakeEngine) Retry(_ context.Context, id models.ID) (models.Delivery, error) {
	e.got = id
	return models.Delivery{ID: id, Status: models.DeliveryRetrying}, e.err
}

func (e *fakeEngine) Replay(_ context.Context, id models.ID) (models.Event, error) {
	e.got = id
	return models.Event{ID: id}, e.err
}

func (e *fakeEngine) Recover(_ context.Context, f models.DeliveryFilter) (models.Recovery, error) {
	e.got = f
	return models.Recovery{ID: models.NewID(models.PrefixRecovery), Total: 3}, e.err
}

func (e *fakeEngine) CancelRecovery(_ context.Context, id models.ID) (models.Recovery, error) {
	e.got = id
	return models.Recovery{ID: id, CanceledAt: &publishedAt}, e.err
}

func event(in engine.PublishInput) models.Event {
	return models.Event{
		ID: models.NewID(models.PrefixEvent), TenantID: in.TenantID, Type: in.Type, Version: "1",
		EntityID: in.EntityID, Tags: in.Tags, Data: in.Data, IdempotencyKey: in.IdempotencyKey,
		Timestamp: publishedAt, CreatedAt: publishedAt,
	}
}

// fakeReader is a database of a few rows that counts what is asked of it.
type fakeReader struct {
	graph.Reader
	mu        sync.Mutex
	calls     map[string]int
	err       error
	tenants   map[models.ID]models.Tenant
	keys      map[models.ID]models.ApiKey
	webhooks  map[models.ID]models.Webhook
	channels  map[models.ID]models.Channel
	templates map[models.ID]models.Template
	events    map[models.ID]models.Event
	attempts  []models.Attempt // ascending by Seq
	filter    any

	recoveries map[models.ID]models.Recovery
	healths    map[models.ID]models.ChannelHealth
	since      []time.Time // that healths were asked for
	stats      models.StatsRequest
}

func newFakeReader() *fakeReader {
	return &fakeReader{
		calls: map[string]int{}, tenants: map[models.ID]models.Tenant{}, keys: map[models.ID]models.ApiKey{},
		webhooks: map[models.ID]models.Webhook{}, channels: map[models.ID]models.Channel{}, templates: map[models.ID]models.Template{}, events: map[models.ID]models.Event{},
		recoveries: map[models.ID]models.Recovery{},
	}
}

func (r *fakeReader) called(name string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[name]++
	return r.err
}

func pick[T any](all map[models.ID]T, ids []models.ID) map[models.ID]T {
	found := map[models.ID]T{}
	for _, id := range ids {
		if v, ok := all[id]; ok {
			found[id] = v
		}
	}
	return found
}

func (r *fakeReader) TenantsByID(_ context.Context, ids []models.ID) (map[models.ID]models.Tenant, error) {
	err := r.called("TenantsByID")
	r.mu.Lock()
	defer r.mu.Unlock()
	return pick(r.tenants, ids), err
}

func (r *fakeReader) ApiKeysByID(_ context.Context, ids []models.ID) (map[models.ID]models.ApiKey, error) {
	err := r.called("ApiKeysByID")
	r.mu.Lock()
	defer r.mu.Unlock()
	return pick(r.keys, ids), err
}

func (r *fakeReader) WebhooksByID(_ context.Context, ids []models.ID) (map[models.ID]models.Webhook, error) {
	return pick(r.webhooks, ids), r.called("WebhooksByID")
}

func (r *fakeReader) ChannelsByID(_ context.Context, ids []models.ID) (map[models.ID]models.Channel, error) {
	return pick(r.channels, ids), r.called("ChannelsByID")
}

func (r *fakeReader) TemplatesByID(_ context.Context, ids []models.ID) (map[models.ID]models.Template, error) {
	return pick(r.templates, ids), r.called("TemplatesByID")
}

func (r *fakeReader) Templates(_ context.Context, p models.Page, f models.TemplateFilter) (models.Connection[models.Template], error) {
	r.filter = f
	list := models.Connection[models.Template]{HasPrevious: p.After != ""}
	for _, t := range r.templates {
		list.Nodes, list.Cursors = append(list.Nodes, t), append(list.Cursors, models.EncodeCursor(t.ID.String()))
	}
	return list, r.called("Templates")
}

func (r *fakeReader) EventsByID(_ context.Context, ids []models.ID) (map[models.ID]models.Event, error) {
	return pick(r.events, ids), r.called("EventsByID")
}

func (r *fakeReader) DeliveriesByID(context.Context, []models.ID) (map[models.ID]models.Delivery, error) {
	return nil, r.called("DeliveriesByID")
}

func (r *fakeReader) ChannelLive(_ context.Context, id models.ID) (models.Channel, error) {
	if err := r.called("ChannelLive"); err != nil {
		return models.Channel{}, err
	}
	c, ok := r.channels[id]
	if !ok {
		return c, models.NotFound("channel", id)
	}
	return c, nil
}

func (r *fakeReader) Webhooks(_ context.Context, _ models.Page, f models.WebhookFilter) (models.Connection[models.Webhook], error) {
	r.filter = f
	var list models.Connection[models.Webhook]
	for _, w := range r.webhooks {
		list.Nodes = append(list.Nodes, w)
		list.Cursors = append(list.Cursors, models.EncodeCursor(w.ID.String()))
	}
	return list, r.called("Webhooks")
}

func (r *fakeReader) Attempts(_ context.Context, _ models.Page, f models.AttemptFilter) (models.Connection[models.Attempt], error) {
	r.filter = f
	return models.Connection[models.Attempt]{Nodes: r.attempts, Cursors: make([]string, len(r.attempts))}, r.called("Attempts")
}

func (r *fakeReader) AttemptSeq(_ context.Context, id models.ID) (int64, models.ID, error) {
	for _, a := range r.attempts {
		if a.ID == id {
			return a.Seq, a.TenantID, nil
		}
	}
	return 0, models.ID{}, models.NotFound("attempt", id)
}

func (r *fakeReader) AttemptsBetween(_ context.Context, after, upTo int64, f models.AttemptFilter, limit int) ([]models.Attempt, error) {
	var found []models.Attempt
	for _, a := range r.attempts {
		if a.Seq > after && a.Seq <= upTo && f.Match(&a) && len(found) < limit {
			found = append(found, a)
		}
	}
	return found, nil
}

func (r *fakeReader) Channels(_ context.Context, _ models.Page, f models.ChannelFilter) (models.Connection[models.Channel], error) {
	r.filter = f
	var list models.Connection[models.Channel]
	for _, c := range r.channels {
		list.Nodes, list.Cursors = append(list.Nodes, c), append(list.Cursors, models.EncodeCursor(c.ID.String()))
	}
	return list, r.called("Channels")
}

func (r *fakeReader) Recovery(_ context.Context, id models.ID) (models.Recovery, error) {
	err := r.called("Recovery")
	r.mu.Lock()
	defer r.mu.Unlock()
	rec, ok := r.recoveries[id]
	if !ok && err == nil {
		err = models.NotFound("recovery", id)
	}
	return rec, err
}

func (r *fakeReader) ChannelHealths(_ context.Context, ids []models.ID, since time.Time) (map[models.ID]models.ChannelHealth, error) {
	r.mu.Lock()
	r.since = append(r.since, since)
	r.mu.Unlock()
	return pick(r.healths, ids), r.called("ChannelHealths")
}

func (r *fakeReader) DeliveryStats(_ context.Context, in models.StatsRequest) ([]models.StatsBucket, error) {
	r.stats = in
	wait := 1500 * time.Microsecond
	return []models.StatsBucket{{Start: in.From, Succeeded: 2, Failed: 1, LatencyP50: &wait}, {Start: in.From.Add(in.Interval)}}, r.called("DeliveryStats")
}

func (r *fakeReader) count(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[name]
}
