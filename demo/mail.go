package demo

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"carillon/models"
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
	o.server.ErrorLog = log.New(io.Discard, "", 0)
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

// readMail shows a message as a mail program would. What cannot be parsed is
// shown as it came.
func readMail(raw []byte) (m message, id string) {
	m = message{Kind: models.KindEmail, Body: string(raw), ContentType: "message/rfc822"}
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, ""
	}
	words := new(mime.WordDecoder)
	m.Headers = headersOf(http.Header(parsed.Header))
	for i, h := range m.Headers {
		if plain, err := words.DecodeHeader(h.Value); err == nil {
			m.Headers[i].Value = plain
		}
		switch h.Name {
		case "Subject":
			m.Summary = m.Headers[i].Value
		case "From":
			m.From = m.Headers[i].Value
		}
	}
	if text, html, err := bodies(parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body); err == nil {
		m.Body, m.HTML, m.ContentType = text, html, "text/plain; charset=utf-8"
		if text == "" && html != "" {
			m.Body, m.ContentType = html, "text/html; charset=utf-8"
		}
	}
	return m, parsed.Header.Get("Message-Id")
}

// bodies finds the text and the HTML of a message or of one of its parts.
func bodies(contentType, encoding string, body io.Reader) (text, html string, err error) {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		return partsOf(multipart.NewReader(body, params["boundary"]))
	}
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	if kind == "text/html" {
		return "", string(content), err
	}
	return string(content), "", err
}

// partsOf looks through alternatives; none of them holds others.
func partsOf(parts *multipart.Reader) (text, html string, err error) {
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return text, html, nil
		}
		if err != nil {
			return text, html, err
		}
		kind := part.Header.Get("Content-Type")
		if strings.HasPrefix(kind, "multipart/") {
			continue
		}
		t, h, err := bodies(kind, part.Header.Get("Content-Transfer-Encoding"), part)
		if err != nil {
			return text, html, err
		}
		text, html = text+t, html+h
	}
}
