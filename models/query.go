package models

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Page asks for part of a list: the First items behind the cursor After.
type Page struct {
	First int
	After string // a cursor of the same list; empty for the beginning
}

// Bounds of a page.
const (
	DefaultPage = 50
	MaxPage     = 500
)

// Connection is one page of a list.
type Connection[T any] struct {
	Nodes       []T
	Cursors     []string // one for each node
	HasNext     bool
	HasPrevious bool
}

// cursorMark begins a decoded cursor; its version grows when the form changes.
const cursorMark = "c1:"

// EncodeCursor makes an opaque cursor of a sort key.
func EncodeCursor(key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorMark + key))
}

// DecodeCursor gives back the sort key. field names the argument in the error.
func DecodeCursor(field, cursor string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	key, ok := strings.CutPrefix(string(raw), cursorMark)
	if err != nil || !ok || key == "" {
		return "", Invalid(field, "is not a cursor of this list; give an endCursor or an edge's cursor as it came")
	}
	return key, nil
}

// DecodeSeqCursor gives back a sort key that is a log position.
func DecodeSeqCursor(field, cursor string) (int64, error) {
	key, err := DecodeCursor(field, cursor)
	if err != nil {
		return 0, err
	}
	seq, err := strconv.ParseInt(key, 10, 64)
	if err != nil || seq < 0 {
		return 0, Invalid(field, "is a cursor of another list")
	}
	return seq, nil
}

// DecodeIDCursor gives back a sort key that is an id of kind p.
func DecodeIDCursor(field string, p Prefix, cursor string) (ID, error) {
	key, err := DecodeCursor(field, cursor)
	if err != nil {
		return ID{}, err
	}
	id, err := ParseIDOf(p, key)
	if err != nil {
		return ID{}, Invalid(field, "is a cursor of another list")
	}
	return id, nil
}

// TenantFilter, like every filter here, narrows a list; zero fields take all.
// TenantID in each of them is the wall: callers set it to the principal's own.
type TenantFilter struct {
	Search string // part of the name or the external id, in any case
}

// ApiKeyFilter narrows keys.
type ApiKeyFilter struct{ TenantID *ID }

// EventTypeFilter narrows the catalog.
type EventTypeFilter struct {
	Search          string // part of the name, the group or the description, in any case
	Group           *string
	IncludeArchived bool
}

// WebhookFilter narrows webhooks.
type WebhookFilter struct {
	TenantID  *ID
	Search    string // part of the name or the description, in any case
	EventType string // webhooks that take this type
	ChannelID *ID
	Status    *WebhookStatus
}

// ChannelFilter narrows channels.
type ChannelFilter struct {
	TenantID *ID
	Search   string // part of the name, in any case
	Kind     *ChannelKind
	Status   *ChannelStatus
}

// EventFilter narrows events. From is inclusive, To exclusive, on CreatedAt.
type EventFilter struct {
	TenantID       *ID
	Types          []string // exact names; nil takes all, empty takes none
	EntityID       *string
	Tag            *string
	IdempotencyKey *string
	From, To       *time.Time
	IncludeTests   bool
}

// DeliveryFilter narrows deliveries. From is inclusive, To exclusive, on
// CreatedAt. Deliveries of test events appear only where EventID names their event.
type DeliveryFilter struct {
	TenantID   *ID
	EventID    *ID
	WebhookID  *ID
	ChannelID  *ID
	EventTypes []string         // nil takes all, empty takes none
	Statuses   []DeliveryStatus // nil takes all, empty takes none
	From, To   *time.Time
}

// AttemptFilter narrows attempts. From is inclusive, To exclusive, on StartedAt.
type AttemptFilter struct {
	TenantID     *ID
	EventID      *ID
	DeliveryID   *ID
	WebhookID    *ID
	ChannelID    *ID
	ChannelKind  *ChannelKind
	EventTypes   []string // nil takes all, empty takes none
	Status       *AttemptStatus
	IncludeTests bool // attempts with the trigger TEST
	From, To     *time.Time
}
