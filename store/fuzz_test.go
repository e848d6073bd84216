package store

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"carillon/models"
)

// FuzzNotice reads what another node, or whoever may write to the database, puts
// into a notice: what cannot be read means that everything is read anew.
func FuzzNotice(f *testing.F) {
	n := news{events: 7, attempts: 9, catalog: true, updates: []models.ID{models.NewID(models.PrefixDelivery)}}
	for _, payload := range n.notices(models.NodeID{1}) {
		f.Add(payload)
	}
	for _, seed := range []string{`{}`, `{"u":"AAAA"}`, `{"w":"` + strings.Repeat("A", 120) + `"}`, `{"e":-1}`, `[]`, `x`} {
		f.Add(seed)
	}
	s := &Store{log: slog.New(slog.DiscardHandler)}
	f.Fuzz(func(t *testing.T, payload string) {
		n := s.readNotice(payload)
		if most := len(payload) / 16; len(n.Updates)+len(n.Tenants)+len(n.Freed)+len(n.Holds)+len(n.Lanes) > 5*most {
			t.Fatalf("%q tells of %d things", payload, len(n.Updates))
		}
		for i := range n.Lanes {
			again := unappendLanes(appendLane(nil, &n.Lanes[i]))
			if len(again) != 1 || again[0].Lane != n.Lanes[i].Lane || !again[0].Due.Equal(n.Lanes[i].Due) {
				t.Fatalf("%+v is told as %+v", n.Lanes[i], again)
			}
		}
	})
}

// FuzzStoredText reads what rows hold as text: an error, or what can be written
// in the same way.
func FuzzStoredText(f *testing.F) {
	f.Add("0190163d-8694-739b-aea5-966c26f8ad90:0190163d-8694-739b-aea5-966c26f8ad91", []byte{1, 2, 0, 200, 1})
	f.Add("\x01\x90:", []byte{0xff})
	f.Add(`[{"address":"+15550101","reason":"STOP","created":1}]`, []byte{})
	f.Fuzz(func(t *testing.T, text string, blob []byte) {
		if route, err := readRoute(text); err == nil && route.ChannelID.Prefix != models.PrefixChannel {
			t.Fatalf("%q is the route %+v", text, route)
		}
		_, _ = readSuppressed(&text) // it must not panic
		var u uid
		if u.Scan(text) == nil && u.Scan([]byte(text)) != nil {
			t.Fatalf("%q is an id as text alone", text)
		}
		var h, again histogram
		if h.mergeBlob(blob) != nil {
			return
		}
		if err := again.mergeBlob(h.blob()); err != nil || !bytes.Equal(again.blob(), h.blob()) {
			t.Fatalf("%x becomes %x, and then %x, %v", blob, h.blob(), again.blob(), err)
		}
	})
}

// FuzzParseKeyring: what is no key is told without repeating it; what is one
// seals and opens.
func FuzzParseKeyring(f *testing.F) {
	for _, seed := range []string{NewEncryptionKey(), "AAAA", ",", " " + NewEncryptionKey() + ", " + NewEncryptionKey(), "ü"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, setting string) {
		ring, err := ParseKeyring(setting)
		if err != nil {
			if len(setting) > 12 && strings.Contains(err.Error(), setting) {
				t.Fatalf("the error repeats the setting: %v", err)
			}
			return
		}
		if ring == nil || len(ring.keys) != strings.Count(setting, ",")+1 {
			t.Fatalf("%q makes %v", setting, ring)
		}
	})
}
