package channels

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"sync"

	"golang.org/x/net/http/httpguts"

	"carillon/models"
)

// HTTPConfig is what an HTTP adapter needs.
type HTTPConfig struct {
	// Guard judges addresses; without one only public addresses are reached.
	Guard *Guard
	// UserAgent names the sender where a channel does not; "Carillon" when empty.
	UserAgent string
	// IdlePerHost is how many idle connections are kept to one host: as many as
	// messages may be under way at once. 256 when 0.
	IdlePerHost int
	// RootCAs are the authorities to trust; the system's when nil.
	RootCAs *x509.CertPool
	// Resolver looks names up; Go's own when nil.
	Resolver *net.Resolver
	// Proxy is the way out; the direct one when nil.
	Proxy *Proxy
	// Own is the way of the server's messages to itself; nil for none.
	Own *Own
	// TLSOnly sends nothing in the clear, whatever the channel's address says.
	TLSOnly bool
}

// HTTP sends to HTTP endpoints. Any 2xx is success; redirects are not followed.
type HTTP struct {
	transport *http.Transport
	own       *ownWay // nil for none
	endpoints *prepared[models.HttpConfig, endpoint]
	buffers   sync.Pool // of *[]byte, for reading answers
}

// NewHTTP makes the adapter for channels of kind HTTP. Close it in the end.
func NewHTTP(c HTTPConfig) *HTTP {
	if c.Guard == nil {
		c.Guard = NewGuard(nil)
	}
	if c.UserAgent == "" {
		c.UserAgent = "Carillon"
	}
	if c.IdlePerHost <= 0 {
		c.IdlePerHost = defaultIdlePerHost
	}
	h := &HTTP{transport: newTransport(c), endpoints: newPrepared(func(config *models.HttpConfig) (*endpoint, error) {
		return newEndpoint(config, c.UserAgent)
	})}
	if c.Own != nil {
		h.own = newOwnWay(c.Own)
	}
	h.buffers.New = func() any {
		b := make([]byte, maxAnswerRead)
		return &b
	}
	return h
}

// NewConfig is an empty models.HttpConfig.
func (h *HTTP) NewConfig() models.ChannelConfig { return new(models.HttpConfig) }

// Close closes the connections that are idle; call it when nothing is under way.
func (h *HTTP) Close() { h.transport.CloseIdleConnections() }

// Send makes one try. The channel's timeout bounds it from dialling to the last
// byte of the answer that is read. An error is an *Error, but where ctx was
// canceled: then it wraps context.Canceled, and what became of the message is
// not known. The channel's configuration must not be changed after its first use.
func (h *HTTP) Send(ctx context.Context, m Message) (Receipt, error) {
	config, ok := m.Channel.Config.(*models.HttpConfig)
	if !ok || config == nil {
		return Receipt{}, &Error{Class: Permanent, Code: models.ErrConfig, Message: "the channel has no HTTP configuration"}
	}
	receipt := Receipt{Target: config.Target()}
	e, err := h.endpoints.of(config)
	if err != nil {
		secret := signingMask(config)
		receipt.RequestBody = secret.shown(m.Content.Body)
		return receipt, err
	}
	if !m.Content.Secretless {
		receipt.RequestBody = e.secret.shown(m.Content.Body)
	}
	if !e.ownType && !httpguts.ValidHeaderFieldValue(m.Content.ContentType) {
		return receipt, &Error{Class: Permanent, Code: models.ErrTemplate, Message: "the content type that the template gives holds a line break or another control character"}
	}
	bounded, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	d := e.compose(bounded, &m)
	receipt.Target, receipt.RequestHeaders = d.target, d.record

	answer, err := h.way(&m, d.request).RoundTrip(d.request)
	if err != nil {
		return receipt, e.failure(ctx, bounded, err)
	}
	defer answer.Body.Close()
	code := answer.StatusCode // a copy: the receipt outlives the answer
	receipt.ResponseCode = &code
	receipt.ResponseHeaders = e.recordHeaders(answer.Header)
	body, err := h.readBody(answer.Body, &e.mask)
	receipt.ResponseBody = &body
	if verdict := e.verdict(answer, m.Time); verdict != nil {
		return receipt, verdict
	}
	if err != nil {
		return receipt, e.bodyFailure(ctx, bounded, code, err)
	}
	return receipt, nil
}

// shownStatus is a status as people know it: 404 Not Found.
func shownStatus(code int) string {
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("%d %s", code, text)
	}
	return fmt.Sprint(code)
}
