package graph

import (
	"context"
	"time"

	"carillon/auth"
	"carillon/control"
	"carillon/engine"
	"carillon/models"
)

// Control is the control plane: it enforces scopes and the tenant wall itself.
type Control interface {
	CreateTenant(ctx context.Context, p *auth.Principal, in control.CreateTenant) (models.Tenant, error)
	UpdateTenant(ctx context.Context, p *auth.Principal, in control.UpdateTenant) (models.Tenant, error)
	DeleteTenant(ctx context.Context, p *auth.Principal, id models.ID) error

	CreateApiKey(ctx context.Context, p *auth.Principal, in control.CreateApiKey) (models.ApiKey, models.Secret, error)
	RevokeApiKey(ctx context.Context, p *auth.Principal, id models.ID) (models.ApiKey, error)
	CreatePortalSession(ctx context.Context, p *auth.Principal, in control.CreatePortalSession) (control.PortalSession, error)

	CreateEventType(ctx context.Context, p *auth.Principal, in control.CreateEventType) (models.EventType, error)
	UpdateEventType(ctx context.Context, p *auth.Principal, in control.UpdateEventType) (models.EventType, error)
	ImportEventTypes(ctx context.Context, p *auth.Principal, in control.ImportEventTypes) ([]models.EventType, error)
	ArchiveEventType(ctx context.Context, p *auth.Principal, name string) (models.EventType, error)

	CreateWebhook(ctx context.Context, p *auth.Principal, in control.CreateWebhook) (models.Webhook, error)
	UpdateWebhook(ctx context.Context, p *auth.Principal, in control.UpdateWebhook) (models.Webhook, error)
	DeleteWebhook(ctx context.Context, p *auth.Principal, id models.ID) error
	PauseWebhook(ctx context.Context, p *auth.Principal, id models.ID) (models.Webhook, error)
	ResumeWebhook(ctx context.Context, p *auth.Principal, id models.ID) (models.Webhook, error)

	CreateChannel(ctx context.Context, p *auth.Principal, in control.CreateChannel) (models.Channel, error)
	UpdateChannel(ctx context.Context, p *auth.Principal, in control.UpdateChannel) (models.Channel, error)
	DeleteChannel(ctx context.Context, p *auth.Principal, id models.ID) error
	PauseChannel(ctx context.Context, p *auth.Principal, id models.ID) (models.Channel, error)
	ResumeChannel(ctx context.Context, p *auth.Principal, id models.ID) (models.Channel, error)
	ChannelSecret(ctx context.Context, p *auth.Principal, id models.ID) (models.Secret, error)
	RotateChannelSecret(ctx context.Context, p *auth.Principal, in control.RotateChannelSecret) (models.Secret, error)
	LiftSuppression(ctx context.Context, p *auth.Principal, in control.LiftSuppression) (models.Channel, error)

	CreateTemplate(ctx context.Context, p *auth.Principal, in control.CreateTemplate) (models.Template, error)
	UpdateTemplate(ctx context.Context, p *auth.Principal, in control.UpdateTemplate) (models.Template, error)
	DeleteTemplate(ctx context.Context, p *auth.Principal, id models.ID) error
	RenderTemplate(ctx context.Context, p *auth.Principal, in control.RenderTemplate) (models.RenderedTemplate, error)
}

// Engine is the data plane. It knows no principals: whoever calls it has
// checked the scopes and the tenant wall.
type Engine interface {
	Publish(ctx context.Context, in engine.PublishInput) (models.Event, error)
	PublishAll(ctx context.Context, in []engine.PublishInput) ([]models.Event, error)
	SendTest(ctx context.Context, in engine.TestInput) ([]models.Attempt, error)
	Retry(ctx context.Context, id models.ID) (models.Delivery, error)
	Cancel(ctx context.Context, id models.ID) (models.Delivery, error)
	// Replay routes a stored event anew; it answers the event.
	Replay(ctx context.Context, event models.ID) (models.Event, error)
	// Recover begins to send what has failed and the filter names again.
	Recover(ctx context.Context, f models.DeliveryFilter) (models.Recovery, error)
	CancelRecovery(ctx context.Context, id models.ID) (models.Recovery, error)
}

// Reader is what the API reads of the database. Lists are walled by the
// TenantID of their filters; what is read by id is walled here.
type Reader interface {
	Tenants(ctx context.Context, page models.Page, f models.TenantFilter) (models.Connection[models.Tenant], error)
	ApiKeys(ctx context.Context, page models.Page, f models.ApiKeyFilter) (models.Connection[models.ApiKey], error)
	EventTypes(ctx context.Context, page models.Page, f models.EventTypeFilter) (models.Connection[models.EventType], error)
	Webhooks(ctx context.Context, page models.Page, f models.WebhookFilter) (models.Connection[models.Webhook], error)
	Channels(ctx context.Context, page models.Page, f models.ChannelFilter) (models.Connection[models.Channel], error)
	// Templates lists the tenants' own; the built-in ones are added here.
	Templates(ctx context.Context, page models.Page, f models.TemplateFilter) (models.Connection[models.Template], error)
	TemplateVersions(ctx context.Context, template models.ID, page models.Page) (models.Connection[models.TemplateVersion], error)
	Events(ctx context.Context, page models.Page, f models.EventFilter) (models.Connection[models.Event], error)
	Deliveries(ctx context.Context, page models.Page, f models.DeliveryFilter) (models.Connection[models.Delivery], error)
	Attempts(ctx context.Context, page models.Page, f models.AttemptFilter) (models.Connection[models.Attempt], error)
	AuditLog(ctx context.Context, page models.Page, f models.AuditFilter) (models.Connection[models.AuditEntry], error)
	AttemptsOfDelivery(ctx context.Context, delivery models.ID, page models.Page) (models.Connection[models.Attempt], error)
	DeliveriesOfEvent(ctx context.Context, event models.ID, page models.Page) (models.Connection[models.Delivery], error)

	// These leave out what does not exist.
	TenantsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Tenant, error)
	ApiKeysByID(ctx context.Context, ids []models.ID) (map[models.ID]models.ApiKey, error)
	EventTypesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.EventType, error)
	WebhooksByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Webhook, error)
	ChannelsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Channel, error)
	TemplatesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Template, error)
	EventsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Event, error)
	DeliveriesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Delivery, error)
	AttemptsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Attempt, error)
	AuditEntriesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.AuditEntry, error)
	LastAttemptsByWebhook(ctx context.Context, ids []models.ID) (map[models.ID]models.Attempt, error)
	LastAttemptsByChannel(ctx context.Context, ids []models.ID) (map[models.ID]models.Attempt, error)
	WebhooksByChannel(ctx context.Context, ids []models.ID) (map[models.ID][]models.Webhook, error)

	EventTypeByName(ctx context.Context, name string) (models.EventType, error)
	// ChannelLive is NOT_FOUND for a deleted channel, which ChannelsByID still has.
	ChannelLive(ctx context.Context, id models.ID) (models.Channel, error)
	Recovery(ctx context.Context, id models.ID) (models.Recovery, error)

	// ChannelHealths counts the attempts that began since then; channels that
	// there is nothing to say of may be missing.
	ChannelHealths(ctx context.Context, ids []models.ID, since time.Time) (map[models.ID]models.ChannelHealth, error)
	DeliveryStats(ctx context.Context, r models.StatsRequest) ([]models.StatsBucket, error)

	EventsBetween(ctx context.Context, after, upTo int64, f models.EventFilter, limit int) ([]models.Event, error)
	AttemptsBetween(ctx context.Context, after, upTo int64, f models.AttemptFilter, limit int) ([]models.Attempt, error)
	EventSeq(ctx context.Context, id models.ID) (seq int64, tenant models.ID, err error)
	AttemptSeq(ctx context.Context, id models.ID) (seq int64, tenant models.ID, err error)
}
