package demo

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// postOffice is an SMTP server on this machine.
type postOffice struct {
	address  string
	listener net.Listener
	server   *smtp.Server
	ended    chan struct{}
}

func openPost(ctx context.Context, c *counter) (*postOffice, error) {
	listener, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	o := &postOffice{address: listener.Addr().String(), listener: listener, server: smtp.NewServer(c), ended: make(chan struct{})}
	o.server.Domain, o.server.AllowInsecureAuth = "mail.example.com", true // nothing crosses a wire
	o.server.MaxMessageBytes, o.server.MaxRecipients = maxRequest, 100
	o.server.ReadTimeout, o.server.WriteTimeout = 2*time.Minute, 30*time.Second
	o.server.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	go func() {
		defer close(o.ended)
		_ = o.server.Serve(listener) // ends when it is closed
	}()
	return o, nil
}

func (o *postOffice) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = o.listener.Close() // Serve may not have begun
	_ = o.server.Close()
	_ = o.server.Shutdown(ctx) // waits for sessions
	<-o.ended
}

// counter is where clients are served.
type counter struct {
	receiver *receiver
	inbox    *inbox
	keys     credentials
}

// NewSession serves one client.
func (c *counter) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailing{counter: c}, nil }

// mailing is one client, and the message in hand.
type mailing struct {
	*counter
	loggedIn bool
	from     string
	to       []string
}

// AuthMechanisms lists the ways to log in.
func (s *mailing) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth lets the server in by its password.
func (s *mailing) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != mailUser || !same(password, s.keys.mail.Reveal()) {
			return smtp.ErrAuthFailed
		}
		s.loggedIn = true
		return nil
	}), nil
}

// Mail begins a message.
func (s *mailing) Mail(from string, _ *smtp.MailOptions) error {
	if !s.loggedIn {
		return smtp.ErrAuthRequired
	}
	s.from, s.to = from, nil
	return nil
}

// Rcpt adds a recipient.
func (s *mailing) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data takes the message, or puts it off.
func (s *mailing) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.receiver.work(context.Background()) // a session has no context, and this is short
	m, id := readMail(raw)
	m.Receiver, m.Verified, m.Status, m.Accepted = s.receiver.name, s.loggedIn, 250, true
	if m.From == "" {
		m.From = s.from
	}
	m.To = strings.Join(s.to, ", ") // also those that are in no header
	no := s.receiver.judge(id)
	if no != nil {
		m.Status, m.Accepted = no.status, false
	}
	s.inbox.put(m)
	if no != nil {
		return &smtp.SMTPError{Code: no.status, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: no.text}
	}
	return nil
}

// Reset drops the message in hand.
func (s *mailing) Reset() { s.from, s.to = "", nil }

// Logout ends the session.
func (s *mailing) Logout() error { return nil }
