package models

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Tenant is one customer of the platform. Nothing crosses from one to another.
type Tenant struct {
	ID         ID
	Name       string
	ExternalID *string // unique over all tenants
	Metadata   json.RawMessage
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// MaxMetadata bounds a tenant's metadata, in bytes of JSON.
const MaxMetadata = 64 << 10

// Validate names the first field that is wrong.
func (t *Tenant) Validate() error {
	if err := CheckName("name", t.Name); err != nil {
		return err
	}
	if t.ExternalID != nil {
		if err := CheckName("externalId", *t.ExternalID); err != nil {
			return err
		}
	}
	return CheckJSON("metadata", t.Metadata, MaxMetadata)
}

// MaxName bounds names, in characters.
const MaxName = 200

// CheckName takes 1 to 200 characters on one line, one of them visible.
func CheckName(field, name string) error {
	if err := CheckText(field, name, MaxName); err != nil {
		return err
	}
	visible := false
	for _, r := range name {
		if unicode.IsControl(r) {
			return Invalid(field, "holds a line break or another control character")
		}
		visible = visible || !unicode.IsSpace(r)
	}
	if !visible {
		return Invalid(field, "is empty; give 1 to %d characters", MaxName)
	}
	return nil
}

// MaxDescription bounds descriptions, in characters.
const MaxDescription = 2000

// CheckText takes up to most characters of valid UTF-8 without control characters.
func CheckText(field, s string, most int) error {
	if !utf8.ValidString(s) {
		return Invalid(field, "is not valid UTF-8")
	}
	if n := utf8.RuneCountInString(s); n > most {
		return Invalid(field, "has %d characters; at most %d are allowed", n, most)
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\ufffe' || r == '\uffff' {
			return Invalid(field, "holds the control character %U", r)
		}
	}
	return nil
}

// CleanText makes text that nobody has checked fit for both databases: PostgreSQL's
// text holds no NUL and nothing but valid UTF-8.
func CleanText(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
