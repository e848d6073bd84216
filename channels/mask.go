package channels

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"carillon/models"
)

// shortestSecret is the least length that is searched for in answers: shorter
// values would star out ordinary text.
const shortestSecret = 4

// mask hides the secrets that a request bears where an answer repeats them: an
// endpoint that echoes its request must not write a token into the history.
type mask struct {
	needles [][]byte // longest first, so that a part never hides before its whole
	texts   []string // the same, for looking into strings
	longest int
}

func newMask(headers []models.ConfigHeader) mask {
	var m mask
	for i := range headers {
		if headers[i].Secret {
			m.add(headers[i].SecretValue.Reveal())
		}
	}
	slices.SortFunc(m.needles, func(a, b []byte) int { return len(b) - len(a) })
	for _, needle := range m.needles {
		m.texts = append(m.texts, string(needle))
		m.longest = max(m.longest, len(needle))
	}
	return m
}

// add takes the value, what follows a scheme such as Bearer in it, and both as
// they stand inside JSON.
func (m *mask) add(value string) {
	value = strings.TrimSpace(value)
	forms := []string{value}
	if _, token, ok := strings.Cut(value, " "); ok {
		forms = append(forms, strings.TrimSpace(token))
	}
	for _, form := range forms {
		if len(form) < shortestSecret {
			continue
		}
		m.needles = append(m.needles, []byte(form))
		if quoted, err := json.Marshal(form); err == nil && len(quoted) != len(form)+2 {
			m.needles = append(m.needles, quoted[1:len(quoted)-1])
		}
	}
}

// hide overwrites each secret in text with stars of the same length.
func (m *mask) hide(text []byte) {
	for _, needle := range m.needles {
		for rest := text; ; {
			at := bytes.Index(rest, needle)
			if at < 0 {
				break
			}
			for i := range needle {
				rest[at+i] = '*'
			}
			rest = rest[at+len(needle):]
		}
	}
}

// text is hide for a string.
func (m *mask) text(s string) string {
	for _, needle := range m.texts {
		if strings.Contains(s, needle) {
			b := []byte(s)
			m.hide(b)
			return string(b)
		}
	}
	return s
}
