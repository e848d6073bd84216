package models

import (
	"encoding/json"
	"fmt"
	"time"
)

// EventType is an entry of the platform's catalog: what can happen, and what
// its data looks like. Administrators keep it, every tenant reads it.
type EventType struct {
	ID          ID
	Name        string
	Description string
	Group       string
	Version     string          // of the payload format
	Schema      json.RawMessage // JSON Schema 2020-12 of data; nil accepts anything
	Example     json.RawMessage // a valid data; nil for none
	ArchivedAt  *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// MaxSchema bounds schemas and examples, in bytes of JSON.
const MaxSchema = 256 << 10

// DefaultVersion is the payload version of an event type that names none.
const DefaultVersion = "1"

// Validate names the first field that is wrong. Whether the schema compiles
// and the example satisfies it is control's to check.
func (t *EventType) Validate() error {
	if err := CheckEventType("name", t.Name); err != nil {
		return err
	}
	if err := CheckText("description", t.Description, MaxDescription); err != nil {
		return err
	}
	if err := CheckText("group", t.Group, MaxName); err != nil {
		return err
	}
	if err := CheckVersion("version", t.Version); err != nil {
		return err
	}
	if err := CheckJSON("schema", t.Schema, MaxSchema); err != nil {
		return err
	}
	return CheckJSON("example", t.Example, MaxSchema)
}

// MaxEventType bounds the name of an event type, in bytes.
const MaxEventType = 128

// CheckEventType takes names such as contact.created or basket-submitted.
func CheckEventType(field, name string) error {
	if name == "" {
		return Invalid(field, "is empty; give a name such as contact.created")
	}
	if len(name) > MaxEventType {
		return Invalid(field, "has %d characters; at most %d are allowed", len(name), MaxEventType)
	}
	if !isEventType(name) {
		return Invalid(field, "%q is not an event type; give letters, digits and _ joined by dots or dashes, such as contact.created", clip(name, 64))
	}
	return nil
}

// isEventType says whether name is segments of letters, digits and _ with
// single dots or dashes between them. It is on the path of every event.
func isEventType(name string) bool {
	joined := true // nothing, a dot or a dash stands before
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_':
			joined = false
		case (c == '.' || c == '-') && !joined:
			joined = true
		default:
			return false
		}
	}
	return !joined
}

// CheckVersion takes 1 to 64 visible characters.
func CheckVersion(field, version string) error {
	if version == "" {
		return Invalid(field, "is empty; give a version such as 1")
	}
	return CheckText(field, version, 64)
}

func sizeMessage(size, limit int) string {
	return fmt.Sprintf("has %d bytes; at most %d are allowed", size, limit)
}
