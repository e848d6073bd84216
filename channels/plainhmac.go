package channels

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"

	"carillon/models"
)

// plainHMAC sends `<header>: sha256=<hex HMAC-SHA256 of the body>`. What the
// previous secret makes goes into a header of its own: receivers compare the
// value as a whole.
type plainHMAC struct {
	header   string
	now, old *mac // old is nil where none was rotated away
}

func newPlainHMAC(s *models.Signing) *plainHMAC {
	p := &plainHMAC{header: s.Parameter, now: newMAC([]byte(s.Secret.Reveal()))}
	if s.PreviousUntil != nil {
		p.old = newMAC([]byte(s.Previous.Reveal()))
	}
	return p
}

func (p *plainHMAC) sign(d *draft, old bool) {
	d.set(p.header, p.now.hex(d.body))
	if old && p.old != nil {
		d.set(p.header+models.PreviousHeader, p.old.hex(d.body))
	}
}

// mac makes HMAC-SHA256 with one key. It is safe for concurrent use.
type mac struct {
	states sync.Pool // of *macState: a keyed hash costs more to make than to reset
}

type macState struct {
	hash      hash.Hash
	sum, text []byte
}

func newMAC(key []byte) *mac {
	m := &mac{}
	m.states.New = func() any { return &macState{hash: hmac.New(sha256.New, key)} }
	return m
}

// begin takes a state, to be given back by end.
func (m *mac) begin() *macState {
	w := m.states.Get().(*macState)
	w.hash.Reset()
	return w
}

func (m *mac) end(w *macState) { m.states.Put(w) }

func (m *mac) hex(body []byte) string {
	w := m.begin()
	defer m.end(w)
	w.hash.Write(body)
	w.sum = w.hash.Sum(w.sum[:0])
	w.text = hex.AppendEncode(append(w.text[:0], "sha256="...), w.sum)
	return string(w.text)
}
