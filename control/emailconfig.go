package control

import (
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
	in.SmtpServer.apply(&c.SmtpServer)
	in.TLS.apply(&c.TLS)
	in.Username.apply(&c.Username)
	in.Password.apply(&c.Password)
	c.From, c.To = in.From, slices.Clone(in.To)
	in.Cc.apply(&c.Cc)
	in.Bcc.apply(&c.Bcc)
	in.ReplyTo.apply(&c.ReplyTo)
	in.ListUnsubscribe.apply(&c.ListUnsubscribe)
	return c
}
