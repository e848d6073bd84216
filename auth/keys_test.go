package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"carillon/models"
)

func TestNewSecret(t *testing.T) {
	t.Parallel()
	a, b := NewSecret(), NewSecret()
	if a == b {
		t.Fatal("two keys are the same")
	}
	random, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(a.Reveal(), "ck_"))
	if err != nil || len(random) != 32 {
		t.Errorf("a key of %d bytes, %v", len(random), err)
	}
	if err := CheckKey(a); err != nil {
		t.Error(err)
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	tests := map[models.Secret]string{
		models.NewSecret("ck_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"): "ck_012345",
		models.NewSecret("a-key-that-a-person-has-chosen-0123"):            "a-ke",
		models.NewSecret("ck_short"):                                       "",
		models.NewSecret("short"):                                          "",
		{}:                                                                 "",
	}
	for secret, want := range tests {
		if got := Hint(secret); got != want {
			t.Errorf("Hint(%q) = %q, want %q", secret.Reveal(), got, want)
		}
	}
}

func TestHasher(t *testing.T) {
	t.Parallel()
	// RFC 4231, test case 2.
	got := NewHasher([]byte("Jefe")).Hash(models.NewSecret("what do ya want for nothing?"))
	if hex.EncodeToString(got) != "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" {
		t.Errorf("got %x", got)
	}
	if bytes.Equal(NewHasher([]byte("a")).Hash(models.NewSecret("x")), NewHasher([]byte("b")).Hash(models.NewSecret("x"))) {
		t.Error("the pepper does nothing")
	}
}

func TestHasherConcurrently(t *testing.T) {
	t.Parallel()
	h := NewHasher([]byte("pepper"))
	want := h.Hash(models.NewSecret("key"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				h.Hash(models.NewSecret("other"))
				if !bytes.Equal(h.Hash(models.NewSecret("key")), want) {
					t.Error("two uses are mixed up")
				}
			}
		})
	}
	wg.Wait()
}

// A key is looked up by its HMAC under a secret of the server, and in no other
// way: how long the look-up takes may tell of the HMAC, and nothing of the key.
// For that, keys that differ in one letter must have nothing in common there.
func TestTheTimeOfALookupTellsNothingOfAKey(t *testing.T) {
	t.Parallel()
	h := NewHasher([]byte("pepper"))
	key := NewSecret().Reveal()
	right := h.Hash(models.NewSecret(key))
	for at := range key {
		near := []byte(key)
		near[at] ^= 1
		wrong := h.Hash(models.NewSecret(string(near)))
		same := 0
		for same < len(right) && right[same] == wrong[same] {
			same++
		}
		if same > 3 {
			t.Errorf("a key that differs at %d has %d bytes in common", at, same)
		}
	}
	if bytes.Equal(right, NewHasher([]byte("another")).Hash(models.NewSecret(key))) {
		t.Error("the secret of the server does not matter")
	}
}
