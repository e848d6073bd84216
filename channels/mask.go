package channels

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"carillon/models"
)

// shortestSecret is the least length that is searched for in answers: shorter
// values would star out ordinary text.
const shortestSecret = 4

// mask hides the secrets that a channel has where an answer repeats them: an
// endpoint that echoes its request, or names the secret that it wanted, must
// not write it into the history.
type mask struct {
	needles [][]byte // longest first, so that a part never hides before its whole
	texts   []string // the same, for looking into strings
	longest int
}

// newMask is of what a configuration's Secrets lists.
func newMask(secrets []*models.Secret) mask {
	var m mask
	for _, secret := range secrets {
		m.add(secret.Reveal())
	}
	slices.SortFunc(m.needles, func(a, b []byte) int { return len(b) - len(a) })
	for _, needle := range m.needles {
		m.texts = append(m.texts, string(needle))
		m.longest = max(m.longest, len(needle))
	}
	return m
}

// maskOf is of texts.
func maskOf(secrets ...string) mask {
	list := make([]*models.Secret, len(secrets))
	for i := range secrets {
		list[i] = new(models.NewSecret(secrets[i]))
	}
	return newMask(list)
}

// add takes the value, what follows a scheme such as Bearer or a prefix such as
// whsec_ in it, and all of them as they stand inside JSON, HTML and a URL.
func (m *mask) add(value string) {
	value = strings.TrimSpace(value)
	forms := []string{value}
	if _, token, ok := strings.Cut(value, " "); ok {
		forms = append(forms, strings.TrimSpace(token))
	}
	for _, prefix := range []string{models.WhsecPrefix, models.WhskPrefix} {
		if key, ok := strings.CutPrefix(value, prefix); ok {
			forms = append(forms, key)
		}
	}
	for _, form := range forms {
		if len(form) < shortestSecret {
			continue
		}
		m.needle(form)
		m.needle(inJSON(form, true))
		for _, quoted := range []string{inJSON(form, false), inASCII(inJSON(form, false))} {
			m.needle(quoted)
			m.needle(strings.ReplaceAll(quoted, "/", `\/`))
		}
		m.needle(html.EscapeString(form))
		query, path := url.QueryEscape(form), url.PathEscape(form)
		for _, escaped := range []string{query, path, lowerHex(query), lowerHex(path)} {
			m.needle(escaped)
			// A redirect to a login page bears the whole URL in its query.
			m.needle(url.QueryEscape(escaped))
			m.needle(url.PathEscape(escaped))
		}
	}
}

func (m *mask) needle(written string) {
	if !slices.ContainsFunc(m.needles, func(n []byte) bool { return string(n) == written }) {
		m.needles = append(m.needles, []byte(written))
	}
}

// inJSON is the text between the quotes of a JSON string.
func inJSON(text string, escapeHTML bool) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	if e.Encode(text) != nil {
		return text
	}
	return b.String()[1 : b.Len()-2] // the quotes and the line's end
}

// inASCII writes the rest of Unicode as JSON's escapes, as Python and PHP do.
func inASCII(quoted string) string {
	var b strings.Builder
	for _, r := range quoted {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// lowerHex writes the escapes of a URL with small letters, as some servers do.
func lowerHex(escaped string) string {
	b := []byte(escaped)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], bytes.ToLower(b[i+1:i+3]))
		}
	}
	return string(b)
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

// shown is a body with stars in place of secrets; empty where it holds none.
func (m *mask) shown(body []byte) string {
	for _, needle := range m.needles {
		if bytes.Contains(body, needle) {
			stars := bytes.Clone(body)
			m.hide(stars)
			return string(stars)
		}
	}
	return ""
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
