package wire

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// cursor walks through JSON that checkJSON has taken; it looks for no faults.
type cursor struct {
	b []byte
	i int
}

// peek is the first byte of the next value.
func (c *cursor) peek() byte {
	c.i = skipSpace(c.b, c.i)
	return c.b[c.i]
}

// value passes the next value and returns its text.
func (c *cursor) value() []byte {
	c.i = skipSpace(c.b, c.i)
	from := c.i
	c.i = skipValue(c.b, c.i)
	return c.b[from:c.i]
}

// enter passes an opening bracket.
func (c *cursor) enter() {
	c.i = skipSpace(c.b, c.i) + 1
}

// more tells whether the array or object that was entered has another
// element, and goes to it, or past the closing bracket.
func (c *cursor) more() bool {
	c.i = skipSpace(c.b, c.i)
	if c.b[c.i] == ',' {
		c.i = skipSpace(c.b, c.i+1)
	}
	if c.b[c.i] == '}' || c.b[c.i] == ']' {
		c.i++
		return false
	}
	return true
}

// key passes a member's name and its colon.
func (c *cursor) key() []byte {
	raw := c.value()
	c.i = skipSpace(c.b, c.i) + 1
	return plainName(raw)
}

// plainName is the text of a member's name, mostly without a copy.
func plainName(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	return appendUnquoted(nil, raw)
}

func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		for depth := 0; ; i++ {
			switch b[i] {
			case '"':
				i = skipString(b, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	}
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

func skipString(b []byte, i int) int {
	for i++; ; i++ {
		quote := i + bytes.IndexByte(b[i:], '"')
		slash := bytes.IndexByte(b[i:quote], '\\')
		if slash < 0 {
			return quote + 1
		}
		i += slash + 1
	}
}

// unquoted is the text of a JSON string.
func unquoted(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	return string(appendUnquoted(make([]byte, 0, len(raw)), raw))
}

// appendUnquoted appends the text of a JSON string. A surrogate without its
// partner becomes U+FFFD, as with encoding/json.
func appendUnquoted(dst, raw []byte) []byte {
	raw = raw[1 : len(raw)-1]
	for {
		slash := bytes.IndexByte(raw, '\\')
		if slash < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:slash]...)
		c := raw[slash+1]
		raw = raw[slash+2:]
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			var r rune
			r, raw = unicodeEscape(raw)
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
}

func unicodeEscape(raw []byte) (rune, []byte) {
	r, _ := hex4(raw, 0)
	raw = raw[4:]
	if !utf16.IsSurrogate(r) {
		return r, raw
	}
	if len(raw) >= 6 && raw[0] == '\\' && raw[1] == 'u' {
		low, _ := hex4(raw, 2)
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, raw[6:]
		}
	}
	return utf8.RuneError, raw
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends text as a JSON string.
func appendQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	dst = append(dst, text[from:]...)
	return append(dst, '"')
}
