package auth

import (
	"bytes"
	"encoding/base64"
	"reflect"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

func sessionOf(change ...func(*Session)) Session {
	tenant := models.NewID(models.PrefixTenant)
	s := Session{
		ID: models.NewID(models.PrefixSession), TenantID: &tenant, KeyID: models.NewID(models.PrefixApiKey),
		Scopes:    []models.Scope{models.ScopeManage, models.ScopeRead},
		ExpiresAt: time.Date(2026, 11, 20, 13, 0, 0, 123e6, time.UTC),
	}
	for _, fn := range change {
		fn(&s)
	}
	return s
}

func issue(t testing.TB, s *Sessions, session Session) models.Secret {
	t.Helper()
	token, err := s.Issue(session)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSessionsRoundTrip(t *testing.T) {
	t.Parallel()
	s := NewSessions([]byte("secret"))
	for name, want := range map[string]Session{
		"of a tenant":         sessionOf(),
		"every scope":         sessionOf(func(s *Session) { s.Scopes = scopeBits()[1:] }),
		"of the server":       sessionOf(func(s *Session) { s.KeyID = models.ID{} }),
		"of an administrator": sessionOf(func(s *Session) { s.TenantID, s.Scopes = nil, []models.Scope{models.ScopeAdmin} }),
	} {
		token := issue(t, s, want)
		if !isSession(token) || CheckKey(token) != nil || len(token.Reveal()) != 125 {
			t.Errorf("%s: the token does not look like one", name)
		}
		got, err := s.open(token)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, want)
		}
		other := NewSessions([]byte("another secret"))
		if _, err := other.open(token); err == nil {
			t.Errorf("%s: another server opens it", name)
		}
	}
}

func TestSessionsThatAreNotIssued(t *testing.T) {
	t.Parallel()
	for name, session := range map[string]Session{
		"no scope":               sessionOf(func(s *Session) { s.Scopes = nil }),
		"an unknown scope":       sessionOf(func(s *Session) { s.Scopes = []models.Scope{"ROOT"} }),
		"ADMIN with a tenant":    sessionOf(func(s *Session) { s.Scopes = []models.Scope{models.ScopeAdmin} }),
		"no tenant and no ADMIN": sessionOf(func(s *Session) { s.TenantID = nil }),
		"a tenant that is none":  sessionOf(func(s *Session) { s.TenantID = &models.ID{} }),
		"no id":                  sessionOf(func(s *Session) { s.ID = models.ID{} }),
		"no end":                 sessionOf(func(s *Session) { s.ExpiresAt = time.Time{} }),
	} {
		if token, err := NewSessions([]byte("secret")).Issue(session); err == nil || !token.Empty() {
			t.Errorf("%s: a token was issued", name)
		}
	}
}

// Every byte counts: whatever else stands in its place, nothing opens.
func TestTamperedTokens(t *testing.T) {
	t.Parallel()
	s := NewSessions([]byte("secret"))
	token := issue(t, s, sessionOf()).Reveal()
	for i := range len(token) {
		for c := range 256 {
			if token[i] == byte(c) {
				continue
			}
			forged := token[:i] + string([]byte{byte(c)}) + token[i+1:]
			if _, err := s.open(models.NewSecret(forged)); err == nil {
				t.Fatalf("it opens with the byte %d at %d", c, i)
			}
		}
	}
	for _, forged := range []string{
		"", "cs_", token[:len(token)-1], token + "A", token + "=", token + "\n", token[:signedText], token[:signedText+1], token[1:],
		strings.Replace(token, ".", "..", 1), token + "." + token, "\n" + token[1:], token[:5] + "\n" + token[6:],
	} {
		if _, err := s.open(models.NewSecret(forged)); err == nil {
			t.Errorf("%q opens", forged)
		}
	}
}

// A token has no way to choose how it is verified: neither the signature of
// nothing, nor a plain hash, nor that of the text without its prefix will do.
func TestForgedSignatures(t *testing.T) {
	t.Parallel()
	s := NewSessions([]byte("secret"))
	token := issue(t, s, sessionOf()).Reveal()
	signed, b64 := token[:signedText], base64.RawURLEncoding
	unprefixed := s.macs.sum(signed[len(sessionPrefix):])
	unkeyed := NewHasher(nil).sum(signed)
	for name, sum := range map[string][]byte{
		"zeros": make([]byte, 32), "no key": unkeyed[:], "no prefix": unprefixed[:],
		"that of keys": NewHasher([]byte("pepper")).Hash(models.NewSecret(signed)),
	} {
		if _, err := s.open(models.NewSecret(signed + "." + b64.EncodeToString(sum))); err == nil {
			t.Errorf("%s: it opens", name)
		}
	}
	jwt := "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + b64.EncodeToString([]byte(`{"scopes":["ADMIN"]}`)) + "."
	if _, err := s.open(models.NewSecret(jwt)); err == nil {
		t.Error("a JWT without a signature opens")
	}
}

// What is signed right is still read with care: another version of the program
// may have signed it.
func TestPayloadsOfOtherVersions(t *testing.T) {
	t.Parallel()
	s := NewSessions([]byte("secret"))
	payload, err := base64.RawURLEncoding.DecodeString(issue(t, s, sessionOf()).Reveal()[len(sessionPrefix):signedText])
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]byte){
		"version 0":            func(p []byte) { p[0] = 0 },
		"version 2":            func(p []byte) { p[0] = 2 },
		"no scopes":            func(p []byte) { p[1] = 0 },
		"an unknown scope":     func(p []byte) { p[1] |= 16 },
		"ADMIN with a tenant":  func(p []byte) { p[1] = 1 },
		"without tenant":       func(p []byte) { clear(p[26:42]) },
		"without id":           func(p []byte) { clear(p[10:26]) },
		"an end before 1970":   func(p []byte) { p[2] = 0xff },
		"an end at the moment": func(p []byte) { clear(p[2:10]) },
	} {
		changed := bytes.Clone(payload)
		change(changed)
		signed := sessionPrefix + base64.RawURLEncoding.EncodeToString(changed)
		sum := s.macs.sum(signed)
		if got, err := s.open(models.NewSecret(signed + "." + base64.RawURLEncoding.EncodeToString(sum[:]))); err == nil {
			t.Errorf("%s: it opens %+v", name, got)
		}
	}
}

func FuzzOpenSession(f *testing.F) {
	s := NewSessions([]byte("secret"))
	whole := issue(f, s, sessionOf(func(s *Session) { // the same in every process that fuzzes
		s.ID.UUID[0], s.TenantID.UUID[0], s.KeyID.UUID[0] = 1, 2, 3
		clear(s.ID.UUID[1:])
		clear(s.TenantID.UUID[1:])
		clear(s.KeyID.UUID[1:])
	}))
	f.Add(whole.Reveal(), []byte(nil))
	f.Add("cs_", make([]byte, payloadSize))
	f.Add("", bytes.Repeat([]byte{0xff}, payloadSize))
	f.Fuzz(func(t *testing.T, token string, payload []byte) {
		if got, err := s.open(models.NewSecret(token)); err == nil && token != whole.Reveal() {
			t.Errorf("%q opens %+v", token, got)
		}
		// Whatever is signed, what opens is what issues that very token.
		signed := sessionPrefix + base64.RawURLEncoding.EncodeToString(payload)
		sum := s.macs.sum(signed)
		made := models.NewSecret(signed + "." + base64.RawURLEncoding.EncodeToString(sum[:]))
		got, err := s.open(made)
		if err != nil {
			return
		}
		if again, err := s.Issue(*got); err != nil || again != made {
			t.Errorf("the payload %x opens as %+v, which issues another token (%v)", payload, got, err)
		}
	})
}
