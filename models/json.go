package models

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// MaxDepth is how deep JSON from a client may be nested.
const MaxDepth = 100

// CheckJSON takes one JSON value of at most limit bytes, valid UTF-8, nested at
// most MaxDepth deep. Empty raw stands for a value that was left out.
func CheckJSON(field string, raw json.RawMessage, limit int) error {
	if len(raw) == 0 {
		return nil
	}
	if len(raw) > limit {
		return &Error{Code: CodePayloadTooLarge, Field: field,
			Message: sizeMessage(len(raw), limit)}
	}
	if !utf8.Valid(raw) {
		return Invalid(field, "is not valid UTF-8")
	}
	if deepest, _ := survey(raw); deepest > MaxDepth {
		return Invalid(field, "is nested more than %d deep", MaxDepth)
	}
	if !json.Valid(raw) {
		return Invalid(field, "is not JSON")
	}
	return nil
}

// NormalizeJSON is CheckJSON for a value that is known to be JSON, as all is
// that came through the API: it looks at each byte once, and drops the white
// space between tokens. Every digit and the order of keys stay as they are.
func NormalizeJSON(field string, raw json.RawMessage, limit int) (json.RawMessage, error) {
	deepest, spaced := survey(raw)
	if spaced {
		raw = CompactJSON(raw)
	}
	switch {
	case len(raw) > limit:
		return nil, &Error{Code: CodePayloadTooLarge, Field: field, Message: sizeMessage(len(raw), limit)}
	case !utf8.Valid(raw):
		return nil, Invalid(field, "is not valid UTF-8")
	case deepest > MaxDepth:
		return nil, Invalid(field, "is nested more than %d deep", MaxDepth)
	}
	return raw, nil
}

// survey counts the deepest nesting of brackets outside of strings, and says
// whether there is white space outside of them.
func survey(raw []byte) (deepest int, spaced bool) {
	level := 0
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			i = stringEnd(raw, i)
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		case c <= ' ':
			spaced = true
		}
	}
	return deepest, spaced
}

// stringEnd finds the quote that ends the string whose first quote is at i.
func stringEnd(raw []byte, i int) int {
	for i++; i < len(raw); i++ {
		n := bytes.IndexByte(raw[i:], '"')
		if n < 0 {
			return len(raw)
		}
		i += n
		escapes := 0
		for raw[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
	return i
}

// CompactJSON drops white space between tokens and leaves every digit as it is.
func CompactJSON(raw json.RawMessage) json.RawMessage {
	if _, spaced := survey(raw); !spaced {
		return raw // as most clients send it
	}
	var buf bytes.Buffer
	buf.Grow(len(raw))
	if err := json.Compact(&buf, raw); err != nil {
		return raw
	}
	return buf.Bytes()
}
