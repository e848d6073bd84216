package models

import "log/slog"

const stars = "********"

// Secret is text that never shows itself: not in logs, not in errors, not in
// JSON. Reveal is the one way to its value.
type Secret string

// Reveal is the value itself.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return stars
}

// GoString keeps %#v from showing the value.
func (s Secret) GoString() string { return s.String() }

// LogValue keeps slog from showing the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON writes the empty string: a stored configuration holds no secret.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`""`), nil }
