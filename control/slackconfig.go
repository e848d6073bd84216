package control

import "carillon/models"

func (in *SlackConfig) build() models.ChannelConfig {
	config := in.over(models.SlackConfig{})
	return &config
}

func (in *SlackConfig) update(current models.ChannelConfig) (models.ChannelConfig, bool) {
	return overlaid(in.over, current)
}

// over takes the mode from the secret that is there. Whoever clears the token for
// a webhook's URL drops what only the token could have, unless it is given too,
// which is then refused.
func (in *SlackConfig) over(c models.SlackConfig) models.SlackConfig {
	had := !c.BotToken.Empty()
	in.WebhookURL.apply(&c.WebhookURL)
	in.BotToken.apply(&c.BotToken)
	if had && c.BotToken.Empty() && !c.WebhookURL.Empty() {
		c.Channel, c.ThreadByEntity = "", false
	}
	in.Channel.apply(&c.Channel)
	in.Username.apply(&c.Username)
	in.IconEmoji.apply(&c.IconEmoji)
	in.ThreadByEntity.apply(&c.ThreadByEntity)
	c.Mode = models.SlackIncomingWebhook
	if !c.BotToken.Empty() {
		c.Mode = models.SlackBotToken
	}
	return c
}

// elsewhere says that a changed channel speaks to another receiver, or to Slack
// as somebody else: a pause that was asked for is not meant for it.
func elsewhere(changed, before models.ChannelConfig) bool {
	now, ok := changed.(*models.SlackConfig)
	was, same := before.(*models.SlackConfig)
	if ok && same && (now.WebhookURL != was.WebhookURL || now.BotToken != was.BotToken) {
		return true
	}
	return changed.Target() != before.Target()
}
