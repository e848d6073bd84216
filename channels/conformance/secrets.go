package conformance

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// shortest is the least that is looked for: less would be found by chance.
const shortest = 6

// needlesOf is every form of every secret.
func needlesOf(p Provider) []string {
	secrets := slices.Clone(p.Secrets())
	for _, s := range p.Message().Channel.Config.Secrets() {
		secrets = append(secrets, s.Reveal())
	}
	var needles []string
	for _, secret := range secrets {
		for _, form := range forms(secret) {
			if len(form) >= shortest {
				needles = append(needles, form)
			}
		}
	}
	slices.Sort(needles)
	return slices.Compact(needles)
}

// forms is a text as it may stand in other texts.
func forms(secret string) []string {
	escaped, _ := json.Marshal(secret) // a string always marshals
	quoted := strconv.Quote(secret)
	all := []string{
		secret, string(escaped[1 : len(escaped)-1]), quoted[1 : len(quoted)-1],
		url.QueryEscape(secret), url.PathEscape(secret),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			all = append(all, within(encoding, secret, offset))
		}
	}
	return all
}

// within is the base64 of a text that stands offset bytes into a longer one,
// but for the characters that depend on its neighbours: so a password is found
// in "user:password", too.
func within(encoding *base64.Encoding, secret string, offset int) string {
	whole := encoding.EncodeToString([]byte(strings.Repeat("x", offset) + secret))
	first := (offset*8 + 5) / 6
	end := (offset + len(secret)) * 8 / 6
	if first >= end {
		return ""
	}
	return whole[first:end]
}

// printed is all that printing, logging and storing a value could ever show.
func printed(v any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\n%+v\n%#v\n", v, v, v)
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && !r.IsNil() {
		inner := r.Elem().Interface()
		fmt.Fprintf(&b, "%v\n%+v\n%#v\n", inner, inner, inner)
	}
	if text, err := json.Marshal(v); err == nil {
		b.Write(text)
	}
	for _, handler := range []slog.Handler{slog.NewTextHandler(&b, nil), slog.NewJSONHandler(&b, nil)} {
		slog.New(handler).Error("printed", "value", v)
	}
	return b.String()
}

// hidden fails where a secret shows in text. It tells where, not what.
func (p *probe) hidden(what, text string) {
	for _, needle := range p.needles {
		if at := strings.Index(text, needle); at >= 0 {
			p.errorf("a secret, or a form of it, of %d bytes shows in %s, behind %q", len(needle), what, text[max(0, at-60):at])
			return
		}
	}
}

// neverShown looks at what is at hand where messages are made, logged and stored.
func neverShown(p *probe) {
	m := p.Message()
	some := false
	for _, s := range m.Channel.Config.Secrets() {
		some = some || s.Reveal() != ""
	}
	if !some {
		p.errorf("the channel has no secret to look for")
	}
	p.hidden("the configuration", printed(m.Channel.Config))
	p.hidden("the channel", printed(m.Channel))
	p.hidden("the message", printed(m))
	p.hidden("the target", m.Channel.Config.Target())
}
