package client

import (
	"encoding/json"
	"fmt"
	"time"

	"carillon/models"
)

// Event is an event as the API shows it.
type Event struct {
	ID     models.ID `json:"id"`
	Tenant struct {
		ID models.ID `json:"id"`
	} `json:"tenant"`
	Type           string          `json:"type"`
	Version        string          `json:"version"`
	EntityID       *string         `json:"entityId"`
	Tags           []string        `json:"tags"`
	Data           json.RawMessage `json:"data"`
	IdempotencyKey *string         `json:"idempotencyKey"`
	Timestamp      time.Time       `json:"timestamp"`
	CreatedAt      time.Time       `json:"createdAt"`
	Test           bool            `json:"test"`

	raw json.RawMessage
}

// JSON is the event byte for byte as the server sent it, on one line.
func (e *Event) JSON() json.RawMessage { return e.raw }

// Model is the event as the server's own rooms know it, for its templates.
func (e *Event) Model() *models.Event {
	m := &models.Event{
		ID: e.ID, TenantID: e.Tenant.ID, Type: e.Type, Version: e.Version, Tags: e.Tags, Data: e.Data,
		Timestamp: e.Timestamp.UTC(), CreatedAt: e.CreatedAt.UTC(), Test: e.Test,
	}
	if e.EntityID != nil {
		m.EntityID = *e.EntityID
	}
	if e.IdempotencyKey != nil {
		m.IdempotencyKey = *e.IdempotencyKey
	}
	return m
}

func (e *Event) identity() string         { return e.ID.String() }
func (e *Event) keep(raw json.RawMessage) { e.raw = raw }

// Named is a thing by its id and name.
type Named struct {
	ID   models.ID `json:"id"`
	Name string    `json:"name"`
}

// Attempt is a delivery attempt as the API shows it. The headers and bodies are
// there only where they were asked for.
type Attempt struct {
	ID       models.ID `json:"id"`
	Delivery struct {
		ID models.ID `json:"id"`
	} `json:"delivery"`
	Event struct {
		ID   models.ID `json:"id"`
		Type string    `json:"type"`
	} `json:"event"`
	Webhook *Named `json:"webhook"`
	Channel struct {
		ID   models.ID          `json:"id"`
		Name string             `json:"name"`
		Kind models.ChannelKind `json:"kind"`
	} `json:"channel"`
	Number       int                   `json:"number"`
	Trigger      models.AttemptTrigger `json:"trigger"`
	Status       models.AttemptStatus  `json:"status"`
	RequestID    models.ID             `json:"requestId"`
	Target       string                `json:"target"`
	ResponseCode *int                  `json:"responseCode"`
	Error        *struct {
		Code      models.AttemptErrorCode `json:"code"`
		Message   string                  `json:"message"`
		Retryable bool                    `json:"retryable"`
	} `json:"error"`
	StartedAt     time.Time  `json:"startedAt"`
	Latency       Duration   `json:"latency"`
	NextAttemptAt *time.Time `json:"nextAttemptAt"`

	RequestHeaders  []Header `json:"requestHeaders"`
	RequestBody     string   `json:"requestBody"`
	ResponseHeaders []Header `json:"responseHeaders"`
	ResponseBody    *string  `json:"responseBody"`

	raw json.RawMessage
}

// JSON is the attempt byte for byte as the server sent it, on one line.
func (a *Attempt) JSON() json.RawMessage { return a.raw }

func (a *Attempt) identity() string         { return a.ID.String() }
func (a *Attempt) keep(raw json.RawMessage) { a.raw = raw }

// Header is one of a request or an answer; the value of a secret one is nil.
type Header struct {
	Name   string  `json:"name"`
	Value  *string `json:"value"`
	Secret bool    `json:"secret"`
}

// Duration is a length of time as the API writes it: 12ms.
type Duration time.Duration

// UnmarshalText reads one.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := models.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("read a length of time: %w", err)
	}
	*d = Duration(parsed)
	return nil
}

// Publication is an event to publish; what is left out takes the server's default.
type Publication struct {
	TenantID       string          `json:"tenantId,omitempty"`
	Type           string          `json:"type"`
	Version        string          `json:"version,omitempty"`
	Data           json.RawMessage `json:"data"`
	EntityID       string          `json:"entityId,omitempty"`
	Tags           []string        `json:"tags,omitempty"`
	IdempotencyKey string          `json:"idempotencyKey,omitempty"`
	Timestamp      *time.Time      `json:"timestamp,omitempty"`
}

// EventFilter narrows events; zero fields take all.
type EventFilter struct {
	TenantID     string     `json:"tenantId,omitempty"`
	Types        []string   `json:"types,omitempty"`
	EntityID     string     `json:"entityId,omitempty"`
	Tag          string     `json:"tag,omitempty"`
	To           *time.Time `json:"to,omitempty"`
	IncludeTests bool       `json:"includeTests,omitempty"`
}

// AttemptFilter narrows attempts; zero fields take all.
type AttemptFilter struct {
	TenantID     string               `json:"tenantId,omitempty"`
	EventID      string               `json:"eventId,omitempty"`
	DeliveryID   string               `json:"deliveryId,omitempty"`
	WebhookID    string               `json:"webhookId,omitempty"`
	ChannelID    string               `json:"channelId,omitempty"`
	ChannelKind  models.ChannelKind   `json:"channelKind,omitempty"`
	EventTypes   []string             `json:"eventTypes,omitempty"`
	Status       models.AttemptStatus `json:"status,omitempty"`
	IncludeTests bool                 `json:"includeTests,omitempty"`
	From         *time.Time           `json:"from,omitempty"`
	To           *time.Time           `json:"to,omitempty"`
}
