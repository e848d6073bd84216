package channels

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"carillon/models"
)

// received is one message as a server got it.
type received struct {
	from string
	to   []string
	raw  []byte
}

func (r *received) parsed(t *testing.T) *mail.Message {
	t.Helper()
	m, err := mail.ReadMessage(bytes.NewReader(r.raw))
	if err != nil {
		t.Fatalf("the message cannot be parsed: %v\n%s", err, r.raw)
	}
	return m
}

// postOffice is a real SMTP server. Its hooks are nil for what it takes.
type postOffice struct {
	address    string
	rcpt       func(to string) error
	from, data func() error
	mechanisms map[string]func(*smtp.Conn) sasl.Server

	mu       sync.Mutex
	mails    []received
	resets   int
	sessions int
}

func (o *postOffice) all() []received {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]received(nil), o.mails...)
}

func (o *postOffice) connections() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sessions
}

func (o *postOffice) NewSession(c *smtp.Conn) (smtp.Session, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sessions++
	return &counter{office: o, conn: c}, nil
}

// counter is where one client is served.
type counter struct {
	office *postOffice
	conn   *smtp.Conn
	mail   received
	named  string
}

func (c *counter) Logout() error { return nil }

func (c *counter) Reset() {
	c.mail = received{}
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.resets++
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error {
	if len(c.office.mechanisms) > 0 && c.named == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	c.mail = received{from: from}
	return asked(c.office.from)
}

func asked(hook func() error) error {
	if hook == nil {
		return nil
	}
	return hook()
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	if c.office.rcpt != nil {
		if err := c.office.rcpt(to); err != nil {
			return err
		}
	}
	c.mail.to = append(c.mail.to, to)
	return nil
}

func (c *counter) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := asked(c.office.data); err != nil {
		return err
	}
	c.mail.raw = raw
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.mails = append(c.office.mails, c.mail)
	return nil
}

func (c *counter) AuthMechanisms() (list []string) {
	for name := range c.office.mechanisms {
		list = append(list, name)
	}
	return list
}

func (c *counter) Auth(name string) (sasl.Server, error) {
	made := c.office.mechanisms[name]
	if made == nil {
		return nil, smtp.ErrAuthUnknownMechanism
	}
	return &noting{Server: made(c.conn), done: func() { c.named = name }}, nil
}

// noting tells of a login that went well.
type noting struct {
	sasl.Server
	done func()
}

func (n *noting) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := n.Server.Next(response)
	if err != nil {
		return nil, false, &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "Wrong: " + err.Error()}
	}
	if done {
		n.done()
	}
	return challenge, done, nil
}

// open starts the server. Without TLS it talks in the clear; with it, it offers
// STARTTLS, or speaks TLS from the first byte.
func (o *postOffice) open(t *testing.T, secure *tls.Config, implicit bool) *postOffice {
	t.Helper()
	server := smtp.NewServer(o)
	server.Domain, server.AllowInsecureAuth, server.TLSConfig = "mail.example.com", true, secure
	server.MaxMessageBytes, server.MaxRecipients = 1<<20, 100
	server.ErrorLog = log.New(io.Discard, "", 0)
	var l net.Listener = listen(t)
	if implicit {
		l = tls.NewListener(l, secure)
	}
	o.address = l.Addr().String()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = l.Close() // Serve may not have begun
		_ = server.Close()
		_ = server.Shutdown(ctx)
		<-ended
	})
	return o
}

func listen(tb testing.TB) *net.TCPListener {
	tb.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// certificate is one for the names and addresses, of an authority of its own.
func certificate(t *testing.T, names ...string) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			form.IPAddresses = append(form.IPAddresses, ip)
		} else {
			form.DNSNames = append(form.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, pool
}

// post is an adapter with a message to send by it.
type post struct {
	*Email
	config  *models.EmailConfig
	message Message
}

// poster may reach loopback. The server is one without TLS.
func poster(t *testing.T, address string, o EmailOptions) *post {
	t.Helper()
	if o.Guard == nil {
		o.Guard = loopback()
	}
	o.Hello = "client.example.com"
	adapter, err := NewEmail(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(adapter.Close)
	p := &post{Email: adapter}
	p.config = &models.EmailConfig{
		SmtpServer: address, TLS: models.TLSNone, From: "Acme <no-reply@acme.example.com>", To: []string{"ada@example.com"},
	}
	begun := time.Date(2024, 3, 30, 10, 15, 0, 0, time.UTC)
	p.message = Message{
		Channel: &models.Channel{Kind: models.KindEmail, Config: p.config},
		ID:      "evt_1", Key: "dlv_01jd5x3v9kfm8tqz2y4r6w7abc", Begun: begun, Time: begun.Add(time.Minute),
		Content: models.Content{Subject: "Order shipped", Text: "It left.\n", HTML: "<p>It left.</p>\n"},
	}
	return p
}

// send sends once more, with the progress of the tries before.
func (p *post) send(t *testing.T) (Receipt, error) {
	t.Helper()
	receipt, err := p.Send(t.Context(), p.message)
	p.message.Progress = receipt.Progress
	return receipt, err
}

func (p *post) sends(t *testing.T) Receipt {
	t.Helper()
	receipt, err := p.send(t)
	if err != nil {
		t.Fatalf("Send failed: %v", err)
	}
	return receipt
}

// fails sends within a time that is short where the server never answers.
func (p *post) fails(t *testing.T, code models.AttemptErrorCode) (Receipt, *Error) {
	t.Helper()
	return p.failsWithin(t, time.Minute, code)
}

func (p *post) failsWithin(t *testing.T, limit time.Duration, code models.AttemptErrorCode) (Receipt, *Error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	receipt, err := p.Send(ctx, p.message)
	p.message.Progress = receipt.Progress
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("Send returned %v, want a classed error", err)
	}
	if e.Code != code {
		t.Fatalf("Send failed with %q, want the code %s", e, code)
	}
	return receipt, e
}

func refuse(code int, text string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
}

func contains(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s is %q, which lacks %q", what, text, part)
		}
	}
}
