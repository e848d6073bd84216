package models

import (
	"fmt"
	"io"
	"log/slog"
	"unique"
)

const stars = "********"

// Secret is text that never shows itself: not in logs, not in errors, not in
// JSON, with no verb of fmt, and not to reflection either, which prints what
// lies in unexported fields: the text lies behind a pointer. Reveal is the one
// way to its value. Two secrets are equal (==) when their texts are; the zero
// value is empty.
type Secret struct{ text unique.Handle[string] }

// NewSecret hides a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: unique.Make(text)}
}

// Reveal is the value itself.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.text.Value()
}

// Empty says that there is nothing to hide.
func (s Secret) Empty() bool { return s == Secret{} }

func (s Secret) String() string {
	if s.Empty() {
		return ""
	}
	return stars
}

// Format writes stars whatever the verb and its flags.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue keeps slog from showing the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText writes nothing, in JSON and YAML too: a stored configuration holds no secret.
func (s Secret) MarshalText() ([]byte, error) { return nil, nil }

// UnmarshalText hides what a setting or an answer gives.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = NewSecret(string(text))
	return nil
}
