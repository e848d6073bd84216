package models

import (
	"strings"
	"time"
)

// SmtpTls is how a connection to an SMTP server is made safe.
type SmtpTls string

// The ways of the contract. None is ever given up silently for a weaker one.
const (
	TLSImplicit SmtpTls = "IMPLICIT" // from the first byte, port 465
	TLSStart    SmtpTls = "STARTTLS" // required, port 587
	TLSNone     SmtpTls = "NONE"     // for a relay on this machine or a private network
)

// EmailConfig sends email through an SMTP server.
type EmailConfig struct {
	SmtpServer      string   `json:"smtpServer"` // host:port; empty for the server-wide one
	TLS             SmtpTls  `json:"tls"`        // empty for the server-wide server's
	Username        string   `json:"username"`
	From            string   `json:"from"`
	To              []string `json:"to"`
	Cc              []string `json:"cc"`
	Bcc             []string `json:"bcc"`
	ReplyTo         string   `json:"replyTo"`
	ListUnsubscribe string   `json:"listUnsubscribe"`

	Password Secret `json:"-"`
}

// MaxRecipients bounds the addresses of one email, and the numbers of one SMS.
const MaxRecipients = 50

// emailTimeout bounds one attempt: servers may take their time over the final dot.
const emailTimeout = 60 * time.Second

// Kind is EMAIL.
func (c *EmailConfig) Kind() ChannelKind { return KindEmail }

// AttemptTimeout bounds one attempt.
func (c *EmailConfig) AttemptTimeout() time.Duration { return emailTimeout }

// Secrets lists the password.
func (c *EmailConfig) Secrets() []*Secret { return []*Secret{&c.Password} }

// Target is the list of recipients.
func (c *EmailConfig) Target() string { return strings.Join(c.Recipients(), ", ") }

// Recipients are all addresses that the message is handed over for.
func (c *EmailConfig) Recipients() []string {
	all := make([]string, 0, len(c.To)+len(c.Cc)+len(c.Bcc))
	return append(append(append(all, c.To...), c.Cc...), c.Bcc...)
}
