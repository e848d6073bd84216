package app

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"carillon/client"
	"carillon/models"
)

// FuzzSettings: what is taken as a setting is the same when it is shown and read
// again, as --print-config promises.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{"256KiB", "1MiB", "0", "9223372036854775807KiB", "10.0.0.0/8,fd00::/8", "https://APP.example.com:443/, *", "https://[::1]:8443", "http://u@h", ",", "::ffff:1.2.3.4/96"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var size, sizeAgain Bytes
		if size.UnmarshalText([]byte(text)) == nil {
			if err := sizeAgain.UnmarshalText([]byte(size.String())); err != nil || sizeAgain != size || size < 0 {
				t.Fatalf("%q is %s, and then %s, %v", text, size, sizeAgain, err)
			}
		}
		var networks, networksAgain Networks
		if networks.UnmarshalText([]byte(text)) == nil {
			if err := networksAgain.UnmarshalText([]byte(networks.String())); err != nil || networksAgain.String() != networks.String() {
				t.Fatalf("%q is %s, and then %s, %v", text, networks, networksAgain, err)
			}
		}
		var origins, originsAgain Origins
		if origins.UnmarshalText([]byte(text)) == nil {
			if err := originsAgain.UnmarshalText([]byte(origins.String())); err != nil || originsAgain.String() != origins.String() {
				t.Fatalf("%q is %s, and then %s, %v", text, origins, originsAgain, err)
			}
			for _, o := range origins {
				if !origins.Allow(o) || strings.ContainsAny(o, " \t\r\n") {
					t.Fatalf("%q holds %q", text, o)
				}
			}
		}
		for _, check := range []func(Config) error{
			func(c Config) error { c.Listen = text; return c.checkAddresses() },
			func(c Config) error { c.PublicURL = text; return c.checkAddresses() },
			func(c Config) error { c.DatabaseURL = text; return c.checkAddresses() },
		} {
			if err := check(Config{Listen: "127.0.0.1:0", DatabaseURL: "sqlite:x"}); err != nil && strings.ContainsAny(err.Error(), "\r\n") {
				t.Fatalf("%q: the error has several lines: %q", text, err)
			}
		}
	})
}

// FuzzClientAddress: nobody but a trusted proxy is believed.
func FuzzClientAddress(f *testing.F) {
	f.Add("10.1.2.3:4000", "1.2.3.4, 198.51.100.9, 10.9.9.9")
	f.Add("203.0.113.7:1", "10.0.0.1")
	f.Add("[::ffff:10.0.0.1]:1", "[2001:db8::1%eth0]:443,,")
	f.Add("10.0.0.1:1", "unknown, _hidden, 10.0.0.2")
	trusted := Networks{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	f.Fuzz(func(t *testing.T, peer, forwarded string) {
		r := &http.Request{RemoteAddr: peer, Header: http.Header{"X-Forwarded-For": {forwarded}}}
		got := clientAddress(trusted, r)
		from, err := netip.ParseAddrPort(peer)
		if err != nil {
			if got.IsValid() {
				t.Fatalf("%q, which is no address, is %s", peer, got)
			}
			return
		}
		direct := from.Addr().Unmap().WithZone("")
		if !trusted.contain(direct) && got != direct {
			t.Fatalf("%s is believed when it says %q: %s", peer, forwarded, got)
		}
		if !got.IsValid() || got.Is4In6() || got.Zone() != "" {
			t.Fatalf("%s, %q: %v", peer, forwarded, got)
		}
		// What stands before the last name that is no proxy counts for nothing.
		r.Header.Set("X-Forwarded-For", "192.0.2.1,"+forwarded)
		if again := clientAddress(trusted, r); !trusted.contain(got) && again != got {
			t.Fatalf("%s, %q: a name before it makes %s of %s", peer, forwarded, again, got)
		}
	})
}

// FuzzEventLine: a line of a file that is taken is an event that the server takes
// as far as the command can know, with its data byte for byte.
func FuzzEventLine(f *testing.F) {
	for _, seed := range []string{`{"type":"a.b","data":{"n":1.10}}`, `{"type":"a.b","data":null,"tags":["x"]}`, `{"n": 12345678901234567890}`, `[`, `"\ud800"`, `{"type":"a b","data":1}`, `{"a":1}{"b":2}`, "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		typed := &importer{base: client.Publication{Type: "a.b", IdempotencyKey: "key"}}
		if event, err := typed.event(7, line); err == nil {
			if string(event.Data) != string(line) || event.IdempotencyKey != "key-7" || models.CheckJSON("", event.Data, maxEventFile) != nil {
				t.Fatalf("%q is published as %+v", line, event)
			}
		} else if !utf8.ValidString(err.Error()) {
			t.Fatalf("%q: the error is no text: %q", line, err)
		}
		whole := &importer{}
		if event, err := whole.event(7, line); err == nil && (len(event.Data) == 0 || models.CheckEventType("", event.Type) != nil) {
			t.Fatalf("%q is published as %+v", line, event)
		}
	})
}

// FuzzMoment: times that commands take are times, in UTC.
func FuzzMoment(f *testing.F) {
	for _, seed := range []string{"5m", "720h", "2026-11-20T12:00:00Z", "2026-11-20T12:00:00.5+02:00", "-1h", "yesterday", "99999999h"} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		at, err := parseWhen(text, now, ago)
		until, bad := parseWhen(text, now, fromNow)
		if (err == nil) != (bad == nil) {
			t.Fatalf("%q: %v, %v", text, err, bad)
		}
		if err != nil {
			return
		}
		if _, duration := models.ParseDuration(text); duration == nil && (at.After(now) || until.Before(now)) {
			t.Fatalf("%q ago is %s, and in %q it is %s", text, at, text, until)
		}
		if at.Location() != time.UTC || until.Location() != time.UTC {
			t.Fatalf("%q is %s, %s", text, at, until)
		}
	})
}

// FuzzTemplateFile: the name of a file says a kind and a part that there are.
func FuzzTemplateFile(f *testing.F) {
	for _, seed := range []string{"slack.body.tmpl", "order.email.subject.tmpl", "http.content-type.tmpl", "body", "a.b.c", ".tmpl", "../x/email.HTML.tmpl"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		kind, part := fileSays(name)
		if kind != "" && (models.NewConfig(kind) == nil || part == "") {
			t.Fatalf("%q is for %q, part %q", name, kind, part)
		}
		if part != "" && partNamed(string(part)) != part {
			t.Fatalf("%q is part %q", name, part)
		}
	})
}
