package store_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"carillon/store"
)

func mustRing(t testing.TB, setting string) *store.Keyring {
	t.Helper()
	ring, err := store.ParseKeyring(setting)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestKeyringOpensWhatItSealed(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, store.NewEncryptionKey())
	for _, plain := range []string{"", "x", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", strings.Repeat("long ", 10_000)} {
		sealed := ring.Seal([]byte(plain), "channels|1|secrets")
		if len(plain) > 8 && bytes.Contains(sealed, []byte(plain)) {
			t.Fatalf("%.20q stands in the clear", plain)
		}
		again := ring.Seal([]byte(plain), "channels|1|secrets")
		if bytes.Equal(sealed, again) {
			t.Fatal("the same value sealed twice looks the same")
		}
		got, err := ring.Open(sealed, "channels|1|secrets")
		if err != nil || string(got) != plain {
			t.Fatalf("opened %.20q, %v; want %.20q", got, err, plain)
		}
		if _, err := ring.Open(sealed, "channels|2|secrets"); err == nil {
			t.Fatal("a value opened in another row")
		}
	}
}

func TestKeyringNoticesEveryChangedByte(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, store.NewEncryptionKey())
	sealed := ring.Seal([]byte("secret"), "aad")
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := ring.Open(changed, "aad"); err == nil {
			t.Fatalf("opened with byte %d changed", i)
		}
		if _, err := ring.Open(sealed[:i], "aad"); err == nil {
			t.Fatalf("opened with %d bytes of %d", i, len(sealed))
		}
	}
}

func TestKeyringRotates(t *testing.T) {
	t.Parallel()
	oldKey, newKey := store.NewEncryptionKey(), store.NewEncryptionKey()
	before, both, after := mustRing(t, oldKey), mustRing(t, newKey+", "+oldKey), mustRing(t, newKey)

	fromOld := before.Seal([]byte("kept"), "aad")
	if got, err := both.Open(fromOld, "aad"); err != nil || string(got) != "kept" {
		t.Fatalf("the old key's value does not open after rotating: %q, %v", got, err)
	}
	if _, err := after.Open(fromOld, "aad"); err == nil {
		t.Fatal("a value opened without its key")
	}
	fromBoth := both.Seal([]byte("new"), "aad")
	if got, err := after.Open(fromBoth, "aad"); err != nil || string(got) != "new" {
		t.Fatalf("the first key does not seal: %q, %v", got, err)
	}
}

func TestParseKeyringRefuses(t *testing.T) {
	t.Parallel()
	good := store.NewEncryptionKey()
	for name, setting := range map[string]string{
		"empty":            "",
		"blank":            "  ",
		"trailing comma":   good + ",",
		"not base64":       "!!!" + good[3:],
		"too short":        base64.StdEncoding.EncodeToString(make([]byte, 31)),
		"too long":         base64.StdEncoding.EncodeToString(make([]byte, 33)),
		"second too short": good + ",c2hvcnQ=",
	} {
		ring, err := store.ParseKeyring(setting)
		if err == nil {
			t.Errorf("%s: got %v, want an error", name, ring)
			continue
		}
		if strings.Contains(err.Error(), good[3:20]) || strings.Contains(err.Error(), "c2hvcnQ") {
			t.Errorf("%s: the error repeats the key: %v", name, err)
		}
	}
	for _, setting := range []string{good, strings.TrimRight(good, "="), " " + good + "\n"} {
		if _, err := store.ParseKeyring(setting); err != nil {
			t.Errorf("refused a good key: %v", err)
		}
	}
}

func FuzzKeyringOpen(f *testing.F) {
	ring := mustRing(f, store.NewEncryptionKey())
	f.Add([]byte(nil), "")
	f.Add(make([]byte, 32), "aad")
	f.Add(ring.Seal([]byte("x"), "aad"), "other")
	f.Fuzz(func(t *testing.T, sealed []byte, aad string) {
		if plain, err := ring.Open(sealed, aad); err == nil {
			t.Fatalf("opened %x as %q", sealed, plain)
		}
	})
}
