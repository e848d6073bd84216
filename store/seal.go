package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Sizes of a sealed value: key id | nonce | ciphertext | tag.
const (
	sealKeySize = 32
	sealIDSize  = 4
	sealNonce   = 12
	sealTag     = 16
)

// errUnsealed is all that a caller learns of a value that does not open: why
// would tell an attacker more than a friend.
var errUnsealed = errors.New("a sealed value does not open: it was changed, moved from another row, or its key is not in CARILLON_ENCRYPTION_KEY")

// Keyring seals what must not stand in the clear in a database or its backups.
// The first key seals; all of them open, so that keys can be rotated. It is
// immutable and safe for concurrent use.
type Keyring struct {
	keys []sealKey
}

type sealKey struct {
	id   [sealIDSize]byte
	aead cipher.AEAD
}

// ParseKeyring reads the setting CARILLON_ENCRYPTION_KEY: the base64 of 32
// bytes, several separated by commas. Its errors never repeat the setting.
func ParseKeyring(setting string) (*Keyring, error) {
	entries := strings.Split(setting, ",")
	ring := &Keyring{keys: make([]sealKey, 0, len(entries))}
	for i, entry := range entries {
		raw, err := decodeKey(entry)
		if err != nil {
			return nil, fmt.Errorf("key %d of %d %w", i+1, len(entries), err)
		}
		key, err := newSealKey(raw)
		if err != nil {
			return nil, err
		}
		ring.keys = append(ring.keys, key)
	}
	return ring, nil
}

// decodeKey takes base64 with and without padding, because both are handed about.
func decodeKey(entry string) ([]byte, error) {
	entry = strings.TrimRight(strings.TrimSpace(entry), "=")
	if entry == "" {
		return nil, errors.New("is empty; give the base64 of 32 random bytes")
	}
	raw, err := base64.RawStdEncoding.DecodeString(entry)
	if err != nil {
		return nil, errors.New("is not base64; give the base64 of 32 random bytes")
	}
	if len(raw) != sealKeySize {
		return nil, fmt.Errorf("has %d bytes; give the base64 of 32 random bytes", len(raw))
	}
	return raw, nil
}

func newSealKey(raw []byte) (sealKey, error) {
	block, err := aes.NewCipher(raw)
	if err != nil {
		return sealKey{}, fmt.Errorf("make cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return sealKey{}, fmt.Errorf("make cipher: %w", err)
	}
	sum := sha256.Sum256(raw)
	return sealKey{id: [sealIDSize]byte(sum[:sealIDSize]), aead: aead}, nil
}

// NewEncryptionKey draws a fresh key, in the form that ParseKeyring reads.
func NewEncryptionKey() string {
	var raw [sealKeySize]byte
	rand.Read(raw[:])
	return base64.StdEncoding.EncodeToString(raw[:])
}

// Seal encrypts plain. aad names the place that it is for, as table|row|column:
// a value that is moved elsewhere does not open there.
func (k *Keyring) Seal(plain []byte, aad string) []byte {
	first := &k.keys[0]
	out := make([]byte, sealIDSize+sealNonce, sealIDSize+sealNonce+len(plain)+sealTag)
	copy(out, first.id[:])
	nonce := out[sealIDSize:]
	rand.Read(nonce)
	return first.aead.Seal(out, nonce, plain, []byte(aad))
}

// Open decrypts what Seal made for the same place under any key of the ring.
func (k *Keyring) Open(sealed []byte, aad string) ([]byte, error) {
	if len(sealed) < sealIDSize+sealNonce+sealTag {
		return nil, errUnsealed
	}
	id, nonce, body := sealed[:sealIDSize], sealed[sealIDSize:sealIDSize+sealNonce], sealed[sealIDSize+sealNonce:]
	for i := range k.keys {
		key := &k.keys[i]
		if string(key.id[:]) != string(id) {
			continue
		}
		// Ids are short, so that two keys may share one: a failure goes on to the next.
		if plain, err := key.aead.Open(nil, nonce, body, []byte(aad)); err == nil {
			return plain, nil
		}
	}
	return nil, errUnsealed
}

// reseal is the value under the first key; nil where it is under that already.
func (k *Keyring) reseal(sealed []byte, aad string) ([]byte, error) {
	first := Keyring{keys: k.keys[:1]}
	if _, err := first.Open(sealed, aad); err == nil {
		return nil, nil
	}
	plain, err := k.Open(sealed, aad)
	if err != nil {
		return nil, err
	}
	return k.Seal(plain, aad), nil
}
