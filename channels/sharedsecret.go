package channels

import (
	"net/url"

	"carillon/models"
)

// secretHeader sends the shared secret itself in a header, and the previous one
// in another: a header that comes twice would break receivers that have the new
// secret.
type secretHeader struct {
	header   string
	now, old string // old is empty where none was rotated away
}

func newSecretHeader(s *models.Signing) *secretHeader {
	h := &secretHeader{header: s.Parameter, now: s.Secret.Reveal()}
	if s.PreviousUntil != nil {
		h.old = s.Previous.Reveal()
	}
	return h
}

func (h *secretHeader) sign(d *draft, old bool) {
	d.setSecret(h.header, h.now)
	if old && h.old != "" {
		d.setSecret(h.header+models.PreviousHeader, h.old)
	}
}

// secretQuery sends the shared secret itself in the URL's query, and the
// previous one under another name, as secretHeader does.
type secretQuery struct {
	now, both           *url.URL // not to be written to
	nowShown, bothShown string
}

func newSecretQuery(c *models.HttpConfig, target *url.URL) *secretQuery {
	s := &c.Signing
	q := &secretQuery{nowShown: c.Target()}
	q.now = withQuery(target, s.Parameter, s.Secret)
	q.both, q.bothShown = q.now, q.nowShown
	if s.PreviousUntil != nil {
		name := s.Parameter + models.PreviousQuery
		q.both = withQuery(q.now, name, s.Previous)
		q.bothShown = models.WithQuery(q.nowShown, name, s.Previous.String())
	}
	return q
}

func (q *secretQuery) sign(d *draft, old bool) {
	d.request.URL, d.target = q.now, q.nowShown
	if old {
		d.request.URL, d.target = q.both, q.bothShown
	}
}

// withQuery leaves the query that the URL has as it is.
func withQuery(target *url.URL, name string, secret models.Secret) *url.URL {
	to := *target
	if to.RawQuery != "" {
		to.RawQuery += "&"
	}
	to.RawQuery += name + "=" + url.QueryEscape(secret.Reveal())
	return &to
}
