package templates

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// title makes the first letter of each word a capital.
func title(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		if start {
			r = unicode.ToTitle(r)
		}
		start = unicode.IsSpace(r) || r == '-'
		return r
	}, s)
}

// humanize makes words of a name: "contact.created" and "firstName" become
// "Contact created" and "First name".
func humanize(s string) string {
	b := make([]byte, 0, len(s)+8)
	start, before := 0, ' ' // of the word under way
	for i, r := range s {
		if isBetween(r) {
			b, before = endWord(b, start), r
			start = len(b)
			continue
		}
		if len(b) > start && unicode.IsUpper(r) {
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if unicode.IsLower(before) || unicode.IsDigit(before) || unicode.IsUpper(before) && unicode.IsLower(next) {
				b = endWord(b, start)
				start = len(b)
			}
		}
		b, before = utf8.AppendRune(b, r), r
	}
	return strings.TrimSpace(string(endWord(b, start)))
}

func isBetween(r rune) bool {
	return r == '.' || r == '_' || r == '-' || r == '/' || r == ':' || unicode.IsSpace(r)
}

// endWord finishes the word from start on, and puts a space behind it: the first
// gets a capital, the others lose theirs, but for abbreviations.
func endWord(b []byte, start int) []byte {
	word := b[start:]
	switch {
	case len(word) == 0:
		return b
	case start == 0:
		r, size := utf8.DecodeRune(word)
		if title := unicode.ToTitle(r); title != r {
			b = append(utf8.AppendRune(nil, title), word[size:]...)
		}
	case utf8.RuneCount(word) == 1 || !bytes.Equal(bytes.ToUpper(word), word):
		b = append(b[:start], bytes.ToLower(word)...)
	}
	return append(b, ' ')
}
