package transfer

import (
	"encoding/json"
	"time"

	"carillon/models"
)

// Version is that of the format. A reader refuses what is newer than it knows.
const Version = 1

// The kinds of lines, in the order in which they come.
const (
	kindHeader      = "carillon.tenant"
	kindTenant      = "tenant"
	kindTemplate    = "template"
	kindVersion     = "templateVersion"
	kindChannel     = "channel"
	kindSuppression = "suppression"
	kindWebhook     = "webhook"
	kindEvent       = "event"
	kindEnd         = "end"
)

// headerLine is the first one.
type headerLine struct {
	Kind       string    `json:"kind"`
	Version    int       `json:"version"`
	ExportedAt time.Time `json:"exportedAt"`
}

type tenantLine struct {
	Kind       string          `json:"kind"`
	ID         models.ID       `json:"id"`
	Name       string          `json:"name"`
	ExternalID *string         `json:"externalId"`
	Metadata   json.RawMessage `json:"metadata"`
	CreatedAt  time.Time       `json:"createdAt"`
	UpdatedAt  time.Time       `json:"updatedAt"`
}

type templateLine struct {
	Kind        string             `json:"kind"`
	ID          models.ID          `json:"id"`
	Name        string             `json:"name"`
	Description string             `json:"description"`
	ChannelKind models.ChannelKind `json:"channelKind"`
	Version     int                `json:"version"` // the newest one
	CreatedAt   time.Time          `json:"createdAt"`
	UpdatedAt   time.Time          `json:"updatedAt"`
}

type versionLine struct {
	Kind       string                `json:"kind"`
	TemplateID models.ID             `json:"templateId"`
	Version    int                   `json:"version"`
	Parts      []models.TemplatePart `json:"parts"`
	CreatedAt  time.Time             `json:"createdAt"`
}

// channelLine has the configuration as it is stored. Secrets are those of the
// configuration in its own order; without them SecretsLeftOut says how many are missing.
type channelLine struct {
	Kind           string               `json:"kind"`
	ID             models.ID            `json:"id"`
	Name           string               `json:"name"`
	ChannelKind    models.ChannelKind   `json:"channelKind"`
	Config         json.RawMessage      `json:"config"`
	Secrets        []string             `json:"secrets,omitempty"`
	SecretsLeftOut int                  `json:"secretsLeftOut,omitempty"`
	TemplateID     models.ID            `json:"templateId"`
	RetryPolicy    models.RetryPolicy   `json:"retryPolicy"`
	Limits         models.ChannelLimits `json:"limits"`
	Batching       *models.Batching     `json:"batching"`
	Ordering       models.Ordering      `json:"ordering"`
	Status         models.ChannelStatus `json:"status"`
	StatusReason   *string              `json:"statusReason"`
	CreatedAt      time.Time            `json:"createdAt"`
	UpdatedAt      time.Time            `json:"updatedAt"`
}

type suppressionLine struct {
	Kind      string    `json:"kind"`
	ChannelID models.ID `json:"channelId"`
	Address   string    `json:"address"`
	Reason    string    `json:"reason"`
	CreatedAt time.Time `json:"createdAt"`
}

type routeLine struct {
	ChannelID  models.ID `json:"channelId"`
	TemplateID models.ID `json:"templateId"`
}

type webhookLine struct {
	Kind        string               `json:"kind"`
	ID          models.ID            `json:"id"`
	Name        string               `json:"name"`
	Description string               `json:"description"`
	EventTypes  []string             `json:"eventTypes"`
	Filter      string               `json:"filter"`
	Routes      []routeLine          `json:"routes"`
	Status      models.WebhookStatus `json:"status"`
	CreatedAt   time.Time            `json:"createdAt"`
	UpdatedAt   time.Time            `json:"updatedAt"`
}

type eventLine struct {
	Kind           string          `json:"kind"`
	ID             models.ID       `json:"id"`
	Type           string          `json:"type"`
	Version        string          `json:"version"`
	EntityID       string          `json:"entityId,omitempty"`
	Tags           []string        `json:"tags,omitempty"`
	Data           json.RawMessage `json:"data"`
	IdempotencyKey string          `json:"idempotencyKey,omitempty"`
	Timestamp      time.Time       `json:"timestamp"`
	CreatedAt      time.Time       `json:"createdAt"`
}

// endLine is the last one: a file without it was cut short.
type endLine struct {
	Kind  string `json:"kind"`
	Lines int    `json:"lines"` // before this one
}
