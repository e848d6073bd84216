package channels

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"carillon/models"
)

// Own is the way of messages that the server sends to itself. The guard refuses
// private addresses, and so would refuse the server's own; this way goes past it,
// for the messages that Takes names alone, and to no other address than Address.
type Own struct {
	// Takes says that a message of a tenant to a URL is one of the server's to
	// itself. It must take nothing that a tenant can make up.
	Takes func(tenant models.ID, target *url.URL) bool
	// Address is where the server listens: host:port.
	Address func() string
}

// ownTime bounds the way to the server's own port.
const ownTime = 5 * time.Second

// ownWay speaks plain HTTP to the server's own port, whatever the URL says, and
// keeps no connection.
type ownWay struct {
	takes     func(models.ID, *url.URL) bool
	transport *http.Transport
}

func newOwnWay(o *Own) *ownWay {
	dialer := net.Dialer{Timeout: ownTime}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", o.Address())
	}
	return &ownWay{takes: o.Takes, transport: &http.Transport{
		DialContext: dial, DialTLSContext: dial,
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxAnswerHeaders,
	}}
}

// way is how one message travels.
func (h *HTTP) way(m *Message, r *http.Request) http.RoundTripper {
	if h.own != nil && h.own.takes(m.Channel.TenantID, r.URL) {
		return h.own.transport
	}
	return h.transport
}
