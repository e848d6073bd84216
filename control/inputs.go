package control

import (
	"encoding/json"
	"time"

	"carillon/models"
)

// Change is one field of an update: left out (not Given), cleared (Given, nil)
// or set.
type Change[T any] struct {
	Given bool
	Value *T
}

// Set is a Change to a value.
func Set[T any](v T) Change[T] { return Change[T]{Given: true, Value: &v} }

// Clear is a Change to null.
func Clear[T any]() Change[T] { return Change[T]{Given: true} }

// CreateTenant is the input of the mutation of that name, as are the others.
type CreateTenant struct {
	Name       string
	ExternalID *string
	Metadata   json.RawMessage
}

// UpdateTenant changes what is given.
type UpdateTenant struct {
	ID         models.ID
	Name       Change[string]
	ExternalID Change[string]
	Metadata   Change[json.RawMessage]
}

// CreateApiKey makes a key; TenantID nil with the scope ADMIN makes an administrator's.
type CreateApiKey struct {
	Name      string
	TenantID  *models.ID
	Scopes    []models.Scope
	ExpiresAt *time.Time
}

// CreatePortalSession makes a session.
type CreatePortalSession struct {
	TenantID models.ID
	Scopes   []models.Scope // nil for MANAGE and READ
	TTL      time.Duration
}

// CreateEventType adds to the catalog.
type CreateEventType struct {
	Name        string
	Description *string
	Group       *string
	Version     *string
	Schema      json.RawMessage
	Example     json.RawMessage
}

// UpdateEventType changes what is given; the name says which.
type UpdateEventType struct {
	Name        string
	Description Change[string]
	Group       Change[string]
	Version     Change[string]
	Schema      Change[json.RawMessage]
	Example     Change[json.RawMessage]
}

// ImportEventTypes creates or updates event types.
type ImportEventTypes struct {
	OpenAPI json.RawMessage // a document of version 3.1
}

// CreateWebhook subscribes.
type CreateWebhook struct {
	TenantID    *models.ID
	Name        string
	Description *string
	EventTypes  []string
	Filter      *string // CEL; nil takes every event
	Routes      []models.Route
}

// UpdateWebhook changes what is given.
type UpdateWebhook struct {
	ID          models.ID
	Name        Change[string]
	Description Change[string]
	EventTypes  Change[[]string]
	Filter      Change[string]
	Routes      Change[[]models.Route]
}

// CreateChannel makes a channel; nil parts take their defaults.
type CreateChannel struct {
	TenantID    *models.ID
	Name        string
	Config      ChannelConfig
	TemplateID  *models.ID // nil for the built-in one
	RetryPolicy *RetryPolicy
	Limits      *ChannelLimits
	Batching    *models.Batching
	Ordering    *models.Ordering
}

// UpdateChannel changes what is given.
type UpdateChannel struct {
	ID          models.ID
	Name        Change[string]
	Config      Change[ChannelConfig]
	TemplateID  Change[models.ID]
	RetryPolicy Change[RetryPolicy]
	Limits      Change[ChannelLimits]
	Batching    Change[models.Batching]
	Ordering    Change[models.Ordering]
}

// ChannelConfig holds exactly one of its fields.
type ChannelConfig struct {
	HTTP  *HttpConfig
	Slack *SlackConfig
	Email *EmailConfig
	Sms   *SmsConfig
}

// HttpConfig is an HTTP channel's configuration as a client gives it. In an
// update, a field that is left out stays as it is, and null brings its default
// back; so it is with every kind, and secrets that are left out stay.
type HttpConfig struct {
	URL     string
	Method  *models.HttpMethod
	Headers *[]Header
	Timeout *time.Duration
	Signing *Signing
}

// SlackConfig is a Slack channel's configuration as a client gives it.
type SlackConfig struct {
	WebhookURL     Change[models.Secret]
	BotToken       Change[models.Secret]
	Channel        Change[string]
	Username       Change[string]
	IconEmoji      Change[string]
	ThreadByEntity Change[bool]
}

// EmailConfig is an email channel's configuration as a client gives it.
type EmailConfig struct {
	SmtpServer      Change[string]
	TLS             Change[models.SmtpTls]
	Username        Change[string]
	Password        Change[models.Secret]
	From            string
	To              []string
	Cc              Change[[]string]
	Bcc             Change[[]string]
	ReplyTo         Change[string]
	ListUnsubscribe Change[string]
}

// SmsConfig is an SMS channel's configuration as a client gives it.
type SmsConfig struct {
	Provider     models.SmsProvider
	AccountID    Change[string]
	AuthToken    Change[models.Secret]
	BaseURL      Change[string]
	From         string
	To           []string
	MaxSegments  Change[int]
	AwaitReceipt Change[bool]
}

// CreateTemplate makes a template; its parts are checked.
type CreateTemplate struct {
	TenantID    *models.ID
	Name        string
	Description *string
	Kind        models.ChannelKind
	Parts       []models.TemplatePart
}

// UpdateTemplate changes what is given. The kind stays.
type UpdateTemplate struct {
	ID          models.ID
	Name        Change[string]
	Description Change[string]
	Parts       Change[[]models.TemplatePart]
}

// RenderTemplate names a stored template, or a kind and parts; and a stored
// event, or an event type, data or both.
type RenderTemplate struct {
	Kind       *models.ChannelKind
	TemplateID *models.ID
	Version    *int // the newest when nil
	Parts      []models.TemplatePart
	EventID    *models.ID
	EventType  *string
	Data       json.RawMessage // the catalog's example when empty
	WebhookID  *models.ID
	ChannelID  *models.ID
}

// Header is a header to send. In an update, a secret one without a value keeps
// the value that is stored under its name.
type Header struct {
	Name   string
	Value  *string
	Secret bool
}

// Signing chooses the scheme; a secret that is left out is made.
type Signing struct {
	Scheme    models.SigningScheme
	Parameter *string // the scheme's own when nil
	Secret    *models.Secret
}

// RotateChannelSecret puts a new secret in the place of the one in force.
type RotateChannelSecret struct {
	ID      models.ID
	Secret  *models.Secret // made when nil
	Overlap time.Duration  // how long the old one signs too
}

// LiftSuppression lets a recipient be sent to again.
type LiftSuppression struct {
	ChannelID models.ID
	Address   string
}

// RetryPolicy changes what is given of the default policy, or on an update of
// the policy in force; Clear of a limit means never.
type RetryPolicy struct {
	Schedule             Change[[]time.Duration]
	Jitter               Change[float64]
	DisableAfterFailures Change[int]
	DisableAfter         Change[time.Duration]
}

// ChannelLimits changes what is given of the default limits, or on an update of
// the limits in force; Clear brings the default of the channel's kind back.
type ChannelLimits struct {
	Rate        Change[float64]
	Concurrency Change[int]
}
