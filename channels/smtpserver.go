package channels

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"carillon/models"
)

// RelaySetting is the setting that names the server-wide SMTP server.
const RelaySetting = "CARILLON_SMTP_URL"

// smtpServer is a server and a login there.
type smtpServer struct {
	key  smtpKey
	host string
	// mechanism is the one to log in by; empty for the strongest that is offered.
	mechanism string
	// relay says that the operator chose it: the guard does not judge it, and no
	// channel is at fault when its login fails.
	relay bool
}

// smtpKey tells connections apart: those of one key can stand in for each other.
type smtpKey struct {
	address  string // host:port
	tls      models.SmtpTls
	username string
	password models.Secret
	relay    bool
}

// newSmtpServer is a channel's own server.
func newSmtpServer(address string, tls models.SmtpTls, username string, password models.Secret) (*smtpServer, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	switch tls {
	case models.TLSImplicit, models.TLSStart, models.TLSNone:
	default:
		return nil, errors.New("unknown TLS mode")
	}
	return &smtpServer{key: smtpKey{address: address, tls: tls, username: username, password: password}, host: host}, nil
}

// CheckRelay says what is wrong with the URL of a server for all channels, without
// repeating any of it.
func CheckRelay(raw string) error {
	_, err := parseRelay(raw)
	return err
}

// parseRelay reads smtp://user:password@host:587 (STARTTLS, port 587) and
// smtps:// (TLS from the first byte, port 465). ?tls=none is for a relay on a
// private network, and goes without saying for one on this machine, where nothing
// crosses a wire; ?auth= names the way to log in.
func parseRelay(raw string) (*smtpServer, error) {
	bad := func(what string) error { return fmt.Errorf("%s %s", RelaySetting, what) }
	u, err := url.Parse(raw)
	if err != nil || !models.IsHost(u.Hostname()) || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Opaque != "" {
		return nil, bad("is not an address such as smtp://user:password@mail.example.com:587")
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return nil, bad("holds a path or a fragment; escape a password's / and # as %2F and %23")
	}
	s := &smtpServer{host: u.Hostname(), relay: true}
	port := "587"
	s.key.tls, s.key.relay = models.TLSStart, true
	switch {
	case u.Scheme == "smtps":
		s.key.tls, port = models.TLSImplicit, "465"
	case onThisMachine(s.host):
		s.key.tls = models.TLSNone
	}
	if u.Port() != "" {
		port = u.Port()
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, bad("has a port that cannot be; give 1 to 65535")
	}
	s.key.address = net.JoinHostPort(s.host, port)
	s.key.username = u.User.Username()
	password, _ := u.User.Password()
	s.key.password = models.NewSecret(password)
	if (s.key.username == "") != (password == "") {
		return nil, bad("has a user name without a password, or a password without a user name")
	}
	if strings.ContainsAny(s.key.username+password, "\r\n\x00") {
		return nil, bad("has a control character in its user name or password")
	}
	if err := s.options(u, bad); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *smtpServer) options(u *url.URL, bad func(string) error) error {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return bad("has a query that cannot be read")
	}
	for name, values := range query {
		value := strings.ToUpper(values[len(values)-1])
		switch {
		case name == "tls" && value == "NONE" && u.Scheme == "smtp":
			s.key.tls = models.TLSNone
		case name == "tls" && value == "STARTTLS" && u.Scheme == "smtp":
			s.key.tls = models.TLSStart
		case name == "auth" && knownMechanism(value):
			s.mechanism = value
		default:
			return bad("has an option that is not known; there are tls=none, tls=starttls with smtp://, and auth= with one of " + strings.ToLower(strings.Join(mechanisms(), ", ")))
		}
	}
	return nil
}

func onThisMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}

// nearby says that an address is on this machine or on a private network, so that
// what goes there in the clear does not cross the internet.
func nearby(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	return addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || sharedNetwork.Contains(addr)
}

// sharedNetwork is RFC 6598's, which providers and overlay networks use within.
var sharedNetwork = netip.MustParsePrefix("100.64.0.0/10")

// ClearError is the refusal to send in the clear to an address that is not private.
type ClearError struct{ Addr netip.Addr }

func (e *ClearError) Error() string {
	return fmt.Sprintf("%s is neither on this machine nor on a private network, and TLS is NONE; give IMPLICIT or STARTTLS", e.Addr)
}

// helloName says that servers take s as the name of a client.
func helloName(s string) bool {
	return s != "" && len(s) <= 253 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._[]:", r)
	})
}
