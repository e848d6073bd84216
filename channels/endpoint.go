package channels

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"carillon/models"
)

// endpoint is a channel's configuration made ready for sending: what is the
// same in each of its requests is worked out once.
type endpoint struct {
	request   http.Request // without header, body and context
	header    http.Header  // those that never change; not to be written to
	record    []models.Header
	signer    signer    // nil for unsigned
	oldUntil  time.Time // when the secret that was rotated away counts no more; zero for none
	target    string    // as it is shown
	mask      mask
	secret    mask // of what templates may print
	timeout   time.Duration
	ownType   bool // the channel sets its own Content-Type
	ownTrace  bool // it sets a traceparent or tracestate of its own
	hostShown string
}

// newEndpoint fails only for a configuration that its own Validate refuses.
func newEndpoint(c *models.HttpConfig, userAgent string) (*endpoint, error) {
	target, err := url.Parse(c.URL)
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return nil, &Error{Class: Permanent, Code: models.ErrConfig, Message: "the channel's url is not a full http or https URL"}
	}
	e := &endpoint{
		request: http.Request{
			Method: string(c.Method), URL: target, Host: target.Host,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		},
		header:    make(http.Header, len(c.Headers)+6),
		target:    c.Target(),
		mask:      newMask(c.Secrets()),
		secret:    signingMask(c),
		timeout:   c.Timeout,
		hostShown: target.Host,
	}
	if e.timeout <= 0 {
		e.timeout = models.DefaultTimeout
	}
	if e.signer, err = newSigner(c, target); err != nil {
		return nil, &Error{Class: Permanent, Code: models.ErrConfig, Message: "the channel cannot sign: " + err.Error()}
	}
	if c.Signing.PreviousUntil != nil {
		e.oldUntil = *c.Signing.PreviousUntil
	}
	e.setHeaders(c.Headers, userAgent)
	return e, nil
}

// signingMask is of the secret that a template may print: some receivers want it
// in the body itself.
func signingMask(c *models.HttpConfig) mask { return maskOf(c.Signing.Secret.Reveal()) }

// setHeaders keeps names as they were written, for receivers that compare them
// by letter, but for those that the HTTP client must recognise.
func (e *endpoint) setHeaders(headers []models.ConfigHeader, userAgent string) {
	e.header["User-Agent"] = []string{userAgent}
	// An empty list is not sent. It tells the client that a request may go out
	// again on another connection when a kept one turns out to be closed: the
	// receiver can drop the double by its id.
	e.header["X-Idempotency-Key"] = []string{}
	for _, h := range headers {
		name, value := h.Name, h.Value
		switch canonical := textproto.CanonicalMIMEHeaderKey(name); canonical {
		case "User-Agent", "X-Idempotency-Key":
			name = canonical
		case "Content-Type":
			name, e.ownType = canonical, true
		case "Traceparent", "Tracestate":
			e.ownTrace = true
		}
		if h.Secret {
			value = h.SecretValue.Reveal()
			e.record = append(e.record, models.Header{Name: name, Secret: true})
		} else {
			e.record = append(e.record, models.Header{Name: name, Value: value})
		}
		e.header[name] = []string{value}
	}
	if !recorded(e.record, "User-Agent") {
		e.record = append([]models.Header{{Name: "User-Agent", Value: userAgent}}, e.record...)
	}
}

func recorded(headers []models.Header, name string) bool {
	for i := range headers {
		if strings.EqualFold(headers[i].Name, name) {
			return true
		}
	}
	return false
}

// compose makes the request of one try, with its record.
func (e *endpoint) compose(ctx context.Context, m *Message) *draft {
	d := &draft{
		id: m.ID, time: m.Time, body: m.Content.Body,
		request: e.request.WithContext(ctx), target: e.target, record: make([]models.Header, 0, len(e.record)+4),
	}
	d.request.Header = make(http.Header, len(e.header)+4)
	for name, values := range e.header {
		d.request.Header[name] = values
	}
	if !e.ownType && m.Content.ContentType != "" {
		d.set("Content-Type", m.Content.ContentType)
	}
	if m.Trace != "" && !e.ownTrace {
		d.set(headerTraceParent, m.Trace.Parent())
		if state := m.Trace.State(); state != "" {
			d.set(headerTraceState, state)
		}
	}
	if e.signer != nil {
		e.signer.sign(d, m.Time.Before(e.oldUntil))
	}
	setBody(d.request, m.Content.Body)
	d.record = append(d.record, e.record...)
	return d
}

// The headers of W3C Trace Context, as it wants them written.
const (
	headerTraceParent = "traceparent"
	headerTraceState  = "tracestate"
)

func setBody(r *http.Request, body []byte) {
	if len(body) == 0 {
		r.Body = http.NoBody
		return
	}
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	r.Body = io.NopCloser(bytes.NewReader(body))
}
