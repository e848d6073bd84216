package models

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"strings"
)

// Prefixes of Standard Webhooks keys.
const (
	WhsecPrefix = "whsec_" // a symmetric secret
	WhskPrefix  = "whsk_"  // an asymmetric secret, the private key
	WhpkPrefix  = "whpk_"  // its public key
)

// SymmetricKey is the HMAC key within a secret of STANDARD_WEBHOOKS.
func (s Secret) SymmetricKey() ([]byte, error) {
	key, ok := s.decode(WhsecPrefix)
	if !ok || len(key) < 24 || len(key) > 64 {
		return nil, Invalid("secret", "is not a signing secret; give whsec_ and the base64 of 24 to 64 bytes, or leave it out and one is made")
	}
	return key, nil
}

// PrivateKey is the key within a secret of STANDARD_WEBHOOKS_ED25519: the seed
// with the public key behind it, or the seed alone.
func (s Secret) PrivateKey() (ed25519.PrivateKey, error) {
	raw, ok := s.decode(WhskPrefix)
	if !ok || len(raw) != ed25519.SeedSize && len(raw) != ed25519.PrivateKeySize {
		return nil, Invalid("secret", "is not an ed25519 key; give whsk_ and the base64 of its 64 bytes or of its 32 byte seed, or leave it out and one is made")
	}
	key := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
	// Signing with another public key than the seed's would give the seed away.
	if len(raw) == ed25519.PrivateKeySize && !bytes.Equal(key, raw) {
		return nil, Invalid("secret", "is not an ed25519 key: its public half does not belong to its seed")
	}
	return key, nil
}

// decode wants one line: the decoder would drop the breaks, and who compares
// the text would not.
func (s Secret) decode(prefix string) ([]byte, bool) {
	encoded, ok := strings.CutPrefix(s.Reveal(), prefix)
	if !ok || strings.ContainsAny(encoded, "\r\n") {
		return nil, false
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	return raw, err == nil
}

// PublicKey is what receivers check asymmetric signatures with: whpk_ and the
// base64 of an ed25519 key; empty for the other schemes.
func (s *Signing) PublicKey() string {
	if s.Scheme != SigningEd25519 {
		return ""
	}
	key, err := s.Secret.PrivateKey()
	if err != nil {
		return ""
	}
	return WhpkPrefix + base64.StdEncoding.EncodeToString(key[ed25519.SeedSize:])
}
