package control

import (
	"slices"

	"carillon/models"
)

func (in *SmsConfig) build() models.ChannelConfig {
	config := in.over(models.SmsConfig{MaxSegments: models.DefaultMaxSegments})
	return &config
}

func (in *SmsConfig) update(current models.ChannelConfig) (models.ChannelConfig, bool) {
	return overlaid(in.over, current)
}

// over keeps a token only while it goes to the account that it was given for: who
// may change a channel must not send its token to a server of their own.
func (in *SmsConfig) over(c models.SmsConfig) models.SmsConfig {
	before := c.Origin()
	c.Provider, c.From, c.To = in.Provider, in.From, slices.Clone(in.To)
	in.AccountID.apply(&c.AccountID)
	in.BaseURL.apply(&c.BaseURL)
	if c.Origin() != before {
		c.AuthToken = models.Secret{}
	}
	in.AuthToken.apply(&c.AuthToken)
	c.MaxSegments = in.MaxSegments.or(c.MaxSegments, models.DefaultMaxSegments)
	in.AwaitReceipt.apply(&c.AwaitReceipt)
	return c
}
