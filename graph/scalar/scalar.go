// Package scalar owns how the API's scalars and enums are written and read:
// ids, times, lengths of time, raw JSON. What it refuses, it refuses with a
// BAD_USER_INPUT that says what would be right; the field's path is added by
// whoever knows it.
package scalar

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"carillon/models"
)

// TimeFormat is how the API writes times: RFC 3339 in UTC with milliseconds.
const TimeFormat = "2006-01-02T15:04:05.000Z"

// MarshalTime writes a time by TimeFormat.
func MarshalTime(t time.Time) graphql.Marshaler {
	return quoted(t.UTC().AppendFormat(make([]byte, 0, len(TimeFormat)), TimeFormat))
}

// UnmarshalTime reads RFC 3339 with any offset, and gives it in UTC.
func UnmarshalTime(v any) (time.Time, error) {
	s, ok := v.(string)
	t, err := time.Parse(time.RFC3339Nano, s)
	if !ok || err != nil {
		return time.Time{}, models.Invalid("", "is not a time; give RFC 3339 such as 2026-11-20T12:00:00.123Z")
	}
	return t.UTC(), nil
}

// MarshalDuration writes 500ms, 10s, 5m, 24h.
func MarshalDuration(d time.Duration) graphql.Marshaler {
	return quoted([]byte(models.FormatDuration(d)))
}

// UnmarshalDuration reads what MarshalDuration writes.
func UnmarshalDuration(v any) (time.Duration, error) {
	s, ok := v.(string)
	if !ok {
		return 0, models.Invalid("", "is not a length of time; give one such as 500ms, 10s, 5m or 24h")
	}
	d, err := models.ParseDuration(s)
	if err != nil {
		return 0, models.Invalid("", "%s", err)
	}
	return d, nil
}

// MarshalID writes a TypeID.
func MarshalID(id models.ID) graphql.Marshaler {
	text, err := id.MarshalText()
	if err != nil || len(text) == 0 {
		return graphql.Null
	}
	return quoted(text)
}

// UnmarshalID reads a TypeID of any kind; null is the zero ID.
func UnmarshalID(v any) (models.ID, error) {
	switch s := v.(type) {
	case nil:
		return models.ID{}, nil
	case string:
		id, err := models.ParseID(s)
		if err != nil {
			return models.ID{}, models.Invalid("", "%s", err)
		}
		return id, nil
	}
	return models.ID{}, models.Invalid("", "is not an id such as evt_01jd5x3v9kfm8tqz2y4r6w7abc")
}

// quoted is text that needs no escaping, as a JSON string.
type quoted []byte

// MarshalGQL writes it.
func (q quoted) MarshalGQL(w io.Writer) {
	b := make([]byte, 0, len(q)+2)
	b = append(b, '"')
	b = append(b, q...)
	_, _ = w.Write(append(b, '"')) // a response buffer takes everything
}

// MarshalJSON writes the value as it is stored, digits and key order included.
func MarshalJSON(raw json.RawMessage) graphql.Marshaler {
	if len(raw) == 0 {
		return graphql.Null
	}
	return rawJSON(raw)
}

type rawJSON []byte

// MarshalGQL writes it.
func (r rawJSON) MarshalGQL(w io.Writer) { _, _ = w.Write(r) }

// UnmarshalJSON takes raw JSON as it is, and encodes any other value; null is
// the empty value. Whether raw JSON is well-formed is checked by whoever
// stores it, together with its size and depth.
func UnmarshalJSON(v any) (json.RawMessage, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case json.RawMessage:
		if string(bytes.TrimSpace(v)) == "null" {
			return nil, nil
		}
		return v, nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, models.Invalid("", "is not JSON")
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// MarshalSecret shows a secret: it stands only behind fields that reveal one.
func MarshalSecret(s models.Secret) graphql.Marshaler { return graphql.MarshalString(s.Reveal()) }

// UnmarshalSecret reads a secret.
func UnmarshalSecret(v any) (models.Secret, error) {
	s, err := graphql.UnmarshalString(v)
	return models.NewSecret(s), err
}
