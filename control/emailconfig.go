package control

import (
	"net"
	"slices"

	"carillon/models"
)

func (in *EmailConfig) build() models.ChannelConfig {
	config := in.over(models.EmailConfig{})
	return &config
}

func (in *EmailConfig) update(current models.ChannelConfig) (models.ChannelConfig, bool) {
	return overlaid(in.over, current)
}

func (in *EmailConfig) over(c models.EmailConfig) models.EmailConfig {
	before := c.SmtpServer
	in.SmtpServer.apply(&c.SmtpServer)
	if c.SmtpServer != before {
		// What was stored for one server is not for another: least of all a
		// password, which would be sent there.
		c.TLS, c.Password = "", models.Secret{}
		if c.SmtpServer == "" {
			c.Username = ""
		}
	}
	in.TLS.apply(&c.TLS)
	if c.TLS == "" {
		c.TLS = defaultTLS(c.SmtpServer)
	}
	in.Username.apply(&c.Username)
	in.Password.apply(&c.Password)
	c.From, c.To = in.From, slices.Clone(in.To)
	in.Cc.apply(&c.Cc)
	in.Bcc.apply(&c.Bcc)
	in.ReplyTo.apply(&c.ReplyTo)
	in.ListUnsubscribe.apply(&c.ListUnsubscribe)
	return c
}

// defaultTLS is what the port stands for; none for no server.
func defaultTLS(server string) models.SmtpTls {
	if server == "" {
		return ""
	}
	if _, port, err := net.SplitHostPort(server); err == nil && port == "465" {
		return models.TLSImplicit
	}
	return models.TLSStart
}
