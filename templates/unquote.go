package templates

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unquote reads a JSON string with its quotes. One without escapes is a piece
// of what it was read from. A surrogate that stands alone becomes U+FFFD.
func unquote(raw string) string {
	if len(raw) < 2 {
		return ""
	}
	s := raw[1 : len(raw)-1]
	i := strings.IndexByte(s, '\\')
	if i < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i >= 0 && i+1 < len(s) {
		b = append(b, s[:i]...)
		s = s[i:]
		size := 2
		switch s[1] {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			var r rune
			r, size = unquoteRune(s)
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, s[1])
		}
		s = s[size:]
		i = strings.IndexByte(s, '\\')
	}
	return string(append(b, s...))
}

// unquoteRune reads \uXXXX, or two of them that make one character.
func unquoteRune(s string) (r rune, size int) {
	r, ok := hexRune(s)
	if !ok {
		return utf8.RuneError, min(len(s), 6)
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if low, ok := hexRune(s[6:]); ok {
		if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
			return whole, 12
		}
	}
	return utf8.RuneError, 6
}

func hexRune(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}
