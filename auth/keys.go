package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strings"
	"sync"

	"carillon/models"
)

// keyPrefix begins every key that the server makes, so that scanners for
// leaked secrets can know it.
const keyPrefix = "ck_"

// NewSecret makes a key of 256 random bits.
func NewSecret() models.Secret {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails, by its contract
	return models.NewSecret(keyPrefix + base64.RawURLEncoding.EncodeToString(random[:]))
}

// Hint is the beginning of a key, to recognise it by: too little to guess the
// rest from. A key that a person chose shows less than one of ours.
func Hint(secret models.Secret) string {
	shown := 4
	if strings.HasPrefix(secret.Reveal(), keyPrefix) {
		shown = len(keyPrefix) + 6
	}
	text := []rune(secret.Reveal())
	if len(text) < 4*shown {
		return ""
	}
	return string(text[:shown])
}

// MaxKey bounds the length of a key, in bytes.
const MaxKey = 512

// CheckKey says whether a key can be sent in a header: 1 to MaxKey visible
// ASCII characters. The error does not repeat the key.
func CheckKey(secret models.Secret) error {
	text := secret.Reveal()
	if text == "" || len(text) > MaxKey {
		return models.Invalid("", "the API key is empty or longer than %d characters", MaxKey)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return models.Invalid("", "the API key holds a space or another character that cannot stand in a header")
	}
	return nil
}

// Hasher makes the form in which keys are stored and looked up: HMAC-SHA256
// under a pepper that only the server has. A fast hash is right for keys of 256
// random bits, and a lookup by it tells nothing of the key through its timing.
type Hasher struct{ macs sync.Pool }

// NewHasher is the Hasher of one pepper.
func NewHasher(pepper []byte) *Hasher {
	pepper = append([]byte(nil), pepper...)
	return &Hasher{macs: sync.Pool{New: func() any { return hmac.New(sha256.New, pepper) }}}
}

// Hash is the 32 bytes that stand for the key.
func (h *Hasher) Hash(secret models.Secret) []byte {
	sum := h.sum(secret.Reveal())
	return sum[:]
}

func (h *Hasher) sum(text string) (sum [sha256.Size]byte) {
	mac := h.macs.Get().(hash.Hash)
	defer h.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte(text))
	mac.Sum(sum[:0])
	return sum
}
