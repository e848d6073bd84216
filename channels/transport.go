package channels

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

// Bounds of connections. A dial outlives the try that began it, because another
// may use its connection, so it needs a bound of its own.
const (
	defaultIdlePerHost = 256
	idleHosts          = 8 // hosts that may keep all their idle connections
	idleTimeout        = 60 * time.Second
	dialTimeout        = 30 * time.Second
	pingAfter          = 15 * time.Second
	pingTimeout        = 10 * time.Second
	maxAnswerHeaders   = 64 << 10
)

// handshakeError marks a failure of TLS, whatever its cause was.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return "TLS handshake: " + e.err.Error() }
func (e *handshakeError) Unwrap() error { return e.err }

// dialer opens connections that the guard has judged.
type dialer struct {
	tcp   net.Dialer
	tls   *tls.Config
	guard *Guard
	proxy *Proxy // nil for the direct way
}

// connect opens a connection, or a way through the proxy.
func (d *dialer) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	if d.proxy == nil {
		return d.tcp.DialContext(ctx, network, addr)
	}
	if err := d.guard.judge(ctx, d.tcp.Resolver, addr); err != nil {
		return nil, err
	}
	return d.proxy.dial(ctx, addr)
}

// dialTLS does the handshake itself, so that its failures can be told from those of the exchange.
func (d *dialer) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	raw, err := d.connect(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	config := d.tls.Clone()
	config.ServerName = host
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, &handshakeError{err}
	}
	return conn, nil
}

// errInTheClear is the refusal of an address without TLS, of a channel that is
// older than the setting.
var errInTheClear = errors.New("the address is not https, which this server asks for (CARILLON_REQUIRE_HTTPS)")

// newTransport makes the one pool of connections of an adapter. It heeds no
// variable that names a proxy, which would dial in the guard's stead, but only the
// one that the operator gave; and it inflates nothing.
func newTransport(c HTTPConfig) *http.Transport {
	d := &dialer{
		guard: c.Guard, proxy: c.Proxy,
		tcp: net.Dialer{Timeout: dialTimeout, Control: c.Guard.Control, Resolver: c.Resolver},
		tls: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			RootCAs:            c.RootCAs,
			NextProtos:         []string{"h2", "http/1.1"},
			ClientSessionCache: tls.NewLRUClientSessionCache(1024),
		},
	}
	inTheClear := d.connect
	if c.TLSOnly {
		inTheClear = func(context.Context, string, string) (net.Conn, error) { return nil, errInTheClear }
	}
	return &http.Transport{
		DialContext:            inTheClear,
		DialTLSContext:         d.dialTLS,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConns:           c.IdlePerHost * idleHosts,
		MaxIdleConnsPerHost:    c.IdlePerHost,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxAnswerHeaders,
		// A silently dead HTTP/2 connection would otherwise take every try with it.
		HTTP2: &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
	}
}
