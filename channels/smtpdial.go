package channels

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"syscall"

	"carillon/models"
)

// smtpDialer opens sessions: connected, encrypted and logged in.
type smtpDialer struct {
	guard    *Guard
	roots    *x509.CertPool
	hello    string
	resolver *net.Resolver
}

// open makes a session that is ready for a message. Its errors are those of net
// and tls, *stepError and *refusal.
func (d *smtpDialer) open(ctx context.Context, server *smtpServer) (*smtpSession, error) {
	dialer := net.Dialer{Timeout: dialTimeout, Resolver: d.resolver, Control: func(network, address string, c syscall.RawConn) error {
		return d.judge(server, network, address, c)
	}}
	raw, err := dialer.DialContext(ctx, "tcp", server.key.address)
	if err != nil {
		return nil, &stepError{step: stepConnect, err: err}
	}
	s := &smtpSession{server: server, conn: &meteredConn{Conn: raw}}
	release := s.bind(ctx)
	err = d.prepare(ctx, s)
	if !release() && err == nil {
		err = &stepError{step: stepConnect, err: ctx.Err()}
	}
	if err != nil {
		s.drop()
		return nil, err
	}
	return s, nil
}

// judge decides on an address just before it is connected to.
func (d *smtpDialer) judge(server *smtpServer, network, address string, c syscall.RawConn) error {
	if !server.relay {
		if err := d.guard.Control(network, address, c); err != nil {
			return err
		}
	}
	if server.key.tls != models.TLSNone {
		return nil
	}
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	if !nearby(target.Addr()) {
		return &ClearError{Addr: target.Addr().Unmap()}
	}
	return nil
}

func (d *smtpDialer) prepare(ctx context.Context, s *smtpSession) error {
	if s.server.key.tls == models.TLSImplicit {
		if err := d.encrypt(ctx, s); err != nil {
			return err
		}
	} else {
		s.talkOver(s.conn)
	}
	if err := s.want(stepGreeting, 220)(s.read(stepGreeting)); err != nil {
		return err
	}
	if err := s.greet(d.hello); err != nil {
		return err
	}
	if s.server.key.tls == models.TLSStart {
		if err := d.startTLS(ctx, s); err != nil {
			return err
		}
	}
	if s.server.key.username == "" {
		return nil
	}
	return s.login()
}

// startTLS never goes on in the clear.
func (d *smtpDialer) startTLS(ctx context.Context, s *smtpSession) error {
	if _, offered := s.extensions["STARTTLS"]; !offered {
		return &stepError{step: stepStartTLS, err: errNoStartTLS}
	}
	if err := s.want(stepStartTLS, 220)(s.command(stepStartTLS, "STARTTLS")); err != nil {
		return err
	}
	if s.reader.R.Buffered() > 0 {
		// Whatever came before the handshake may be anybody's.
		return &stepError{step: stepStartTLS, err: errEarlyData}
	}
	if err := d.encrypt(ctx, s); err != nil {
		return err
	}
	return s.greet(d.hello)
}

func (d *smtpDialer) encrypt(ctx context.Context, s *smtpSession) error {
	s.conn.left = maxHandshake
	conn := tls.Client(s.conn, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: d.roots, ServerName: strings.TrimSuffix(s.server.host, ".")})
	if err := conn.HandshakeContext(ctx); err != nil {
		return &stepError{step: stepHandshake, err: &handshakeError{err}}
	}
	s.tls = conn
	s.talkOver(conn)
	return nil
}

// talkOver forgets what it knew of the server and goes on over conn.
func (s *smtpSession) talkOver(conn net.Conn) {
	s.extensions = nil
	s.reader = textproto.NewReader(bufio.NewReader(conn))
	s.writer = bufio.NewWriter(conn)
}
