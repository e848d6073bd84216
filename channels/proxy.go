package channels

import (
	"bufio"
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"
	"golang.org/x/net/proxy"

	"carillon/models"
)

// ProxySetting is the setting that names the proxy.
const ProxySetting = "CARILLON_OUTBOUND_PROXY"

// Proxy is the way out that HTTP, Slack and Twilio channels take where the
// operator named one. The operator's word goes for its own address: no guard
// judges it. What is sent through it is judged before, by the answers that this
// server gets for the name; the proxy looks the name up itself, so that it has
// the last word.
type Proxy struct {
	address  string // host:port
	socks    bool
	user     string
	password models.Secret
	dialer   net.Dialer
}

// ParseProxy reads http://[user:password@]host:port or socks5://…. Its errors
// do not repeat the setting.
func ParseProxy(setting string) (*Proxy, error) {
	u, err := url.Parse(setting)
	if err != nil || !models.IsHost(u.Hostname()) || u.Scheme != "http" && u.Scheme != "socks5" {
		return nil, errors.New("is not an address such as http://user:password@proxy.example.com:3128 or socks5://proxy.example.com:1080")
	}
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || n == 0 {
		return nil, errors.New("has no port from 1 to 65535")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("holds a path, a query or a fragment, and a proxy has none")
	}
	password, _ := u.User.Password()
	p := &Proxy{address: u.Host, socks: u.Scheme == "socks5", user: u.User.Username(), password: models.NewSecret(password),
		dialer: net.Dialer{Timeout: dialTimeout}}
	switch {
	case p.user == "" && password != "":
		return nil, errors.New("holds a password without a user name")
	case strings.Contains(p.user, ":") || !httpguts.ValidHeaderFieldValue(p.user+password):
		return nil, errors.New("holds a user name with a colon, or a control character")
	case p.socks && (len(p.user) > 255 || len(password) > 255 || p.user != "" && password == ""):
		return nil, errors.New("holds a user name or password that SOCKS cannot carry: 1 to 255 bytes each")
	}
	return p, nil
}

// proxyError is a failure on the way, in words that hold no credentials.
type proxyError struct {
	message string
	err     error
}

func (e *proxyError) Error() string { return e.message }
func (e *proxyError) Unwrap() error { return e.err }

// judge refuses a host when any of its addresses is not to be reached: which of
// them the proxy would choose is not known here.
func (g *Guard) judge(ctx context.Context, resolver *net.Resolver, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	found, err := cmp.Or(resolver, net.DefaultResolver).LookupNetIP(ctx, "ip", host)
	if err != nil {
		return err
	}
	for _, addr := range found {
		if err := g.Check(addr); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return nil
}

// dial opens a connection to an address that was judged, through the proxy.
func (p *Proxy) dial(ctx context.Context, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if p.socks {
		return p.dialSOCKS(ctx, address)
	}
	conn, err := p.dialer.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return nil, p.unreached(err)
	}
	release := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = p.tunnel(conn, address)
	if !release() && err == nil {
		err = &proxyError{message: "the outbound proxy did not answer in time", err: ctx.Err()}
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// tunnel asks for a way to the address, by CONNECT.
func (p *Proxy) tunnel(conn net.Conn, address string) error {
	request := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if p.user != "" {
		request += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(p.user+":"+p.password.Reveal())) + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return p.unreached(err)
	}
	in := bufio.NewReader(io.LimitReader(conn, maxAnswerHeaders))
	answer, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect}) //nolint:bodyclose // the connection is handed on or closed as a whole
	if err != nil {
		return &proxyError{message: "the outbound proxy does not answer as an HTTP proxy", err: err}
	}
	switch code := answer.StatusCode; {
	case code == http.StatusProxyAuthRequired:
		return &proxyError{message: "the outbound proxy asks for a user and password, or refuses those in " + ProxySetting}
	case code < 200 || code > 299:
		return &proxyError{message: fmt.Sprintf("the outbound proxy answered %s to CONNECT %s", shownStatus(code), address)}
	case in.Buffered() > 0:
		return &proxyError{message: "the outbound proxy sent more than its answer"}
	}
	return nil
}

func (p *Proxy) dialSOCKS(ctx context.Context, address string) (net.Conn, error) {
	var login *proxy.Auth
	if p.user != "" {
		login = &proxy.Auth{User: p.user, Password: p.password.Reveal()}
	}
	d, err := proxy.SOCKS5("tcp", p.address, login, &p.dialer)
	if err != nil {
		return nil, p.unreached(err)
	}
	contextual, ok := d.(proxy.ContextDialer)
	if !ok {
		return nil, p.unreached(errors.New("the dialer takes no context"))
	}
	conn, err := contextual.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, &proxyError{message: "the outbound proxy did not connect to " + address, err: err}
	}
	return conn, nil
}

func (p *Proxy) unreached(err error) error {
	return &proxyError{message: "the outbound proxy cannot be reached", err: err}
}
