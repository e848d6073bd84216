package channels

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"sync"
)

// The headers of Standard Webhooks, in the case that its text has them.
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

// signer makes the symmetric signatures of Standard Webhooks with one key. It
// is safe for concurrent use.
type signer struct {
	states sync.Pool // of *signing: a keyed hash costs more to make than to reset
}

type signing struct {
	mac    hash.Hash
	prefix []byte
	sum    []byte
	text   []byte
}

func newSigner(key []byte) *signer {
	s := &signer{}
	s.states.New = func() any { return &signing{mac: hmac.New(sha256.New, key)} }
	return s
}

// sign returns v1 and the base64 of HMAC-SHA256 over id.timestamp.body; the
// timestamp is in unix seconds.
func (s *signer) sign(id, timestamp string, body []byte) string {
	w := s.states.Get().(*signing)
	defer s.states.Put(w)
	w.prefix = append(w.prefix[:0], id...)
	w.prefix = append(w.prefix, '.')
	w.prefix = append(w.prefix, timestamp...)
	w.prefix = append(w.prefix, '.')
	w.mac.Reset()
	w.mac.Write(w.prefix)
	w.mac.Write(body)
	w.sum = w.mac.Sum(w.sum[:0])
	w.text = base64.StdEncoding.AppendEncode(append(w.text[:0], "v1,"...), w.sum)
	return string(w.text)
}
