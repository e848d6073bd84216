package templates

import (
	"time"
	"unicode/utf8"

	"carillon/models"
)

// JSONType is the media type of the built-in messages.
const JSONType = "application/json"

// stamp is RFC 3339 in UTC with milliseconds, always three digits of them.
const stamp = "2006-01-02T15:04:05.000Z"

// envelope is about what the keys, the id and the timestamp of a message need.
const envelope = 192

// Standard renders the envelope of Standard Webhooks: id, type, timestamp,
// version, entityId, tags and data in this order, those without a value left
// out. Data stands in it byte for byte. The event must be valid.
func Standard(e *models.Event) (body []byte, contentType string) {
	return AppendStandard(make([]byte, 0, standardSize(e)), e), JSONType
}

// StandardBatch renders the envelopes of several events as {"events": […]}, in
// their order.
func StandardBatch(events []*models.Event) (body []byte, contentType string) {
	size := envelope
	for _, e := range events {
		size += standardSize(e) + 1
	}
	body = append(make([]byte, 0, size), `{"events":[`...)
	for i, e := range events {
		if i > 0 {
			body = append(body, ',')
		}
		body = AppendStandard(body, e)
	}
	return append(body, `]}`...), JSONType
}

func standardSize(e *models.Event) int {
	n := envelope + len(e.Type) + len(e.Version) + len(e.EntityID) + len(e.Data)
	for _, tag := range e.Tags {
		n += len(tag) + 3
	}
	return n
}

// AppendStandard is Standard behind what dst already holds.
func AppendStandard(dst []byte, e *models.Event) []byte {
	dst = append(dst, `{"id":`...)
	dst = appendString(dst, e.ID.String())
	dst = append(dst, `,"type":`...)
	dst = appendString(dst, e.Type)
	dst = append(dst, `,"timestamp":"`...)
	dst = appendTime(dst, e.Timestamp)
	dst = append(dst, '"')
	if e.Version != "" {
		dst = append(dst, `,"version":`...)
		dst = appendString(dst, e.Version)
	}
	if e.EntityID != "" {
		dst = append(dst, `,"entityId":`...)
		dst = appendString(dst, e.EntityID)
	}
	if len(e.Tags) > 0 {
		dst = append(dst, `,"tags":`...)
		dst = appendStrings(dst, e.Tags)
	}
	if len(e.Data) > 0 {
		dst = append(dst, `,"data":`...)
		dst = append(dst, e.Data...)
	}
	return append(dst, '}')
}

func appendTime(dst []byte, t time.Time) []byte { return t.UTC().AppendFormat(dst, stamp) }

func appendStrings(dst []byte, list []string) []byte {
	dst = append(dst, '[')
	for i, s := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	return append(dst, ']')
}

const hex = "0123456789abcdef"

// appendString quotes as encoding/json does without its escapes for HTML. The
// separators U+2028 and U+2029 are escaped, for receivers that run JSON as
// JavaScript; what is not UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	return append(appendEscaped(append(dst, '"'), s), '"')
}

// appendEscaped is what appendString writes between the quotes.
func appendEscaped(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
			start = i + size
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, s[start:i]...), `\u202`...)
			dst = append(dst, hex[r&0xf])
			start = i + size
		}
		i += size
	}
	return append(dst, s[start:]...)
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
}
