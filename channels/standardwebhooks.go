package channels

import (
	"crypto/ed25519"
	"encoding/base64"
	"strconv"
	"sync"

	"carillon/models"
)

// The headers of Standard Webhooks, in the case that its text has them.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// standard signs as standardwebhooks.com has it, in either form. Its one header
// holds several signatures, so that each secret of a rotation has its own there.
type standard struct {
	now, old standardKey // old is nil where none was rotated away
}

// standardKey signs id.timestamp.body; the timestamp is in unix seconds.
type standardKey interface {
	sign(id, timestamp string, body []byte) string
}

func newStandard(s *models.Signing) (*standard, error) {
	now, err := newStandardKey(s.Scheme, s.Secret)
	if err != nil || s.PreviousUntil == nil {
		return &standard{now: now}, err
	}
	old, err := newStandardKey(s.Scheme, s.Previous)
	return &standard{now: now, old: old}, err
}

func newStandardKey(scheme models.SigningScheme, secret models.Secret) (standardKey, error) {
	if scheme == models.SigningEd25519 {
		key, err := secret.PrivateKey()
		if err != nil {
			return nil, err
		}
		return &asymmetricKey{private: key}, nil
	}
	key, err := secret.SymmetricKey()
	if err != nil {
		return nil, err
	}
	return &symmetricKey{mac: newMAC(key)}, nil
}

func (s *standard) sign(d *draft, old bool) {
	timestamp := strconv.FormatInt(d.time.Unix(), 10)
	signature := s.now.sign(d.id, timestamp, d.body)
	if old && s.old != nil {
		signature += " " + s.old.sign(d.id, timestamp, d.body)
	}
	d.set(headerID, d.id)
	d.set(headerTimestamp, timestamp)
	d.set(headerSignature, signature)
}

// symmetricKey makes v1 and the base64 of an HMAC-SHA256.
type symmetricKey struct{ mac *mac }

func (k *symmetricKey) sign(id, timestamp string, body []byte) string {
	w := k.mac.begin()
	defer k.mac.end(w)
	w.text = appendSigned(w.text[:0], id, timestamp)
	w.hash.Write(w.text)
	w.hash.Write(body)
	w.sum = w.hash.Sum(w.sum[:0])
	w.text = base64.StdEncoding.AppendEncode(append(w.text[:0], "v1,"...), w.sum)
	return string(w.text)
}

// asymmetricKey makes v1a and the base64 of an ed25519 signature.
type asymmetricKey struct {
	private ed25519.PrivateKey
	buffers sync.Pool // of *[]byte: what is signed must lie in one piece
}

// maxKeptSigned bounds the buffers that are kept for the next message.
const maxKeptSigned = 64 << 10

func (k *asymmetricKey) sign(id, timestamp string, body []byte) string {
	buffer, ok := k.buffers.Get().(*[]byte)
	if !ok {
		buffer = new([]byte)
	}
	signed := append(appendSigned((*buffer)[:0], id, timestamp), body...)
	text := "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(k.private, signed))
	if cap(signed) <= maxKeptSigned {
		*buffer = signed
		k.buffers.Put(buffer)
	}
	return text
}

// appendSigned is what comes before the body in what is signed.
func appendSigned(b []byte, id, timestamp string) []byte {
	b = append(append(b, id...), '.')
	return append(append(b, timestamp...), '.')
}
