package control

import "carillon/models"

func (in *SlackConfig) build() models.ChannelConfig {
	config := in.over(models.SlackConfig{})
	return &config
}

func (in *SlackConfig) update(current models.ChannelConfig) (models.ChannelConfig, bool) {
	return overlaid(in.over, current)
}

// over takes the mode from the secret that is there.
func (in *SlackConfig) over(c models.SlackConfig) models.SlackConfig {
	in.WebhookURL.apply(&c.WebhookURL)
	in.BotToken.apply(&c.BotToken)
	in.Channel.apply(&c.Channel)
	in.Username.apply(&c.Username)
	in.IconEmoji.apply(&c.IconEmoji)
	in.ThreadByEntity.apply(&c.ThreadByEntity)
	c.Mode = models.SlackIncomingWebhook
	if c.BotToken != "" {
		c.Mode = models.SlackBotToken
	}
	return c
}
