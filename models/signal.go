package models

import (
	"slices"
	"strings"
	"time"
)

// Signal is what the server has to tell of itself: an operational event that is
// not published yet. It is stored in the transaction of what it tells of.
type Signal struct {
	ID       ID // makes the idempotency key of the event
	TenantID ID // whose it is
	Type     string
	EntityID string
	At       time.Time
	Data     SignalData
}

// OperationalPrefix begins the types of operational events. Nobody but the server
// publishes them.
const OperationalPrefix = "carillon."

// The types of operational events.
const (
	TypeChannelDisabled  = "carillon.channel.disabled"
	TypeChannelFailing   = "carillon.channel.failing"
	TypeChannelRecovered = "carillon.channel.recovered"
	TypeDeliveryFailed   = "carillon.delivery.failed"
	TypeBacklogHigh      = "carillon.backlog.high"
	TypeBacklogNormal    = "carillon.backlog.normal"
)

// OperationalTypes are all of them.
func OperationalTypes() []string {
	return []string{TypeChannelDisabled, TypeChannelFailing, TypeChannelRecovered, TypeDeliveryFailed, TypeBacklogHigh, TypeBacklogNormal}
}

// IsOperational says whether an event of the type tells of the server itself. What
// happens to its deliveries makes no operational event.
func IsOperational(eventType string) bool { return strings.HasPrefix(eventType, OperationalPrefix) }

// CheckNotOperational keeps what is not the server's own out of its name space.
func CheckNotOperational(field, eventType string) error {
	if IsOperational(eventType) {
		return Invalid(field, "%q begins with %s, which is kept for what the server tells of itself; give another name", clip(eventType, 64), OperationalPrefix)
	}
	return nil
}

// takesNone says that a pattern which begins with carillon. takes no operational event.
func takesNone(pattern string) bool {
	return !slices.ContainsFunc(OperationalTypes(), Pattern(pattern).Match)
}

// SignalData is the data of an operational event; which of it there is depends on
// the type. It holds no secret and nothing of the data of other events.
type SignalData struct {
	Summary  string           `json:"summary"`           // one sentence for people
	Tenant   *SignalTenant    `json:"tenant,omitempty"`  // in the platform's tenant
	Channel  *SignalChannel   `json:"channel,omitempty"` // that it is about
	Webhook  *SignalWebhook   `json:"webhook,omitempty"` // that sent the delivery
	Event    *SignalEvent     `json:"event,omitempty"`   // that was not delivered
	Delivery *SignalDelivery  `json:"delivery,omitempty"`
	From     string           `json:"from,omitempty"` // what it has recovered from: failing or disabled
	Since    *time.Time       `json:"since,omitempty"`
	Reason   string           `json:"reason,omitempty"`
	Error    string           `json:"error,omitempty"`  // the last one
	Window   string           `json:"window,omitempty"` // that attempts and failed are counted over
	Attempts *int             `json:"attempts,omitempty"`
	Failed   *int             `json:"failed,omitempty"`
	Waiting  *int             `json:"waiting,omitempty"` // deliveries of channels
	OldestAt *time.Time       `json:"oldestAt,omitempty"`
	Channels []SignalLateLane `json:"channels,omitempty"` // those with the oldest deliveries
	URL      string           `json:"url,omitempty"`      // a page of the console
}

// SignalTenant is whose signal it is.
type SignalTenant struct {
	ID         ID      `json:"id"`
	Name       string  `json:"name"`
	ExternalID *string `json:"externalId,omitempty"`
}

// SignalChannel is a channel as it was then.
type SignalChannel struct {
	ID   ID          `json:"id"`
	Name string      `json:"name"`
	Kind ChannelKind `json:"kind"`
}

// SignalWebhook is a webhook as it was then.
type SignalWebhook struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
}

// SignalEvent is an event without its data.
type SignalEvent struct {
	ID       ID     `json:"id"`
	Type     string `json:"type"`
	EntityID string `json:"entityId,omitempty"`
}

// SignalDelivery is a delivery that was given up.
type SignalDelivery struct {
	ID       ID  `json:"id"`
	Attempts int `json:"attempts"`
}

// SignalLateLane is a channel whose deliveries are late.
type SignalLateLane struct {
	SignalChannel
	Waiting  int       `json:"waiting"`
	OldestAt time.Time `json:"oldestAt"` // when the first of them could have been sent
}
