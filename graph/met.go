package graph

import (
	"carillon/models"
	"carillon/templates"
)

// What each node points at. A field that follows such a pointer belongs here,
// or a list of nodes takes a statement for each.

// met tells the loaders of the nodes of a list.
func (l *loaders) met(nodes any) {
	switch nodes := nodes.(type) {
	case []models.ApiKey:
		each(nodes, l.metApiKey)
	case []models.Webhook:
		each(nodes, l.metWebhook)
	case []models.Channel:
		each(nodes, l.metChannel)
	case []models.Template:
		each(nodes, l.metTemplate)
	case []models.Event:
		each(nodes, l.metEvent)
	case []models.Delivery:
		each(nodes, l.metDelivery)
	case []models.Attempt:
		each(nodes, l.metAttempt)
	case []models.AuditEntry:
		each(nodes, l.metAuditEntry)
	}
}

func each[T any](nodes []T, met func(*T)) {
	for i := range nodes {
		met(&nodes[i])
	}
}

func (l *loaders) metApiKey(k *models.ApiKey) {
	if k.TenantID != nil {
		l.tenants.expect(*k.TenantID)
	}
}

func (l *loaders) metWebhook(w *models.Webhook) {
	l.tenants.expect(w.TenantID)
	l.lastOfWebhook.expect(w.ID)
	for _, route := range w.Routes {
		l.channels.expect(route.ChannelID)
		l.expectTemplate(route.TemplateID)
	}
}

func (l *loaders) metChannel(c *models.Channel) {
	l.tenants.expect(c.TenantID)
	l.lastOfChannel.expect(c.ID)
	l.webhooksOfChannel.expect(c.ID)
	l.healths.expect(c.ID)
	l.expectTemplate(c.TemplateID)
}

func (l *loaders) metTemplate(t *models.Template) {
	if !t.BuiltIn {
		l.tenants.expect(t.TenantID)
	}
}

// expectTemplate leaves out built-in ones, which no database has.
func (l *loaders) expectTemplate(id models.ID) {
	if _, builtIn := templates.BuiltinByID(id); !builtIn {
		l.templates.expect(id)
	}
}

func (l *loaders) metEvent(e *models.Event) {
	l.tenants.expect(e.TenantID)
}

func (l *loaders) metDelivery(d *models.Delivery) {
	l.events.expect(d.EventID)
	l.webhooks.expect(d.WebhookID)
	l.channels.expect(d.ChannelID)
}

func (l *loaders) metAuditEntry(e *models.AuditEntry) {
	if e.TenantID != nil {
		l.tenants.expect(*e.TenantID)
	}
	if e.ActorID != nil {
		l.apiKeys.expect(*e.ActorID)
	}
}

func (l *loaders) metAttempt(a *models.Attempt) {
	l.deliveries.expect(a.DeliveryID)
	l.events.expect(a.EventID)
	l.webhooks.expect(a.WebhookID)
	l.channels.expect(a.ChannelID)
}
