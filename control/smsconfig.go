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

func (in *SmsConfig) over(c models.SmsConfig) models.SmsConfig {
	c.Provider, c.From, c.To = in.Provider, in.From, slices.Clone(in.To)
	in.AccountID.apply(&c.AccountID)
	in.AuthToken.apply(&c.AuthToken)
	in.BaseURL.apply(&c.BaseURL)
	c.MaxSegments = in.MaxSegments.or(c.MaxSegments, models.DefaultMaxSegments)
	in.AwaitReceipt.apply(&c.AwaitReceipt)
	return c
}
