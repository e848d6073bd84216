package models

import "time"

// SlackMode is how a Slack channel sends.
type SlackMode string

// The modes of the contract.
const (
	SlackIncomingWebhook SlackMode = "INCOMING_WEBHOOK"
	SlackBotToken        SlackMode = "BOT_TOKEN"
)

// SlackConfig sends to Slack: by an incoming webhook's URL, or with a bot token to a channel.
type SlackConfig struct {
	Mode           SlackMode `json:"mode"`
	Channel        string    `json:"channel"` // empty for an incoming webhook
	Username       string    `json:"username"`
	IconEmoji      string    `json:"iconEmoji"`
	ThreadByEntity bool      `json:"threadByEntity"`

	WebhookURL Secret `json:"-"` // whoever has it can post
	BotToken   Secret `json:"-"`
}

// slackTimeout bounds one attempt.
const slackTimeout = 15 * time.Second

// Kind is SLACK.
func (c *SlackConfig) Kind() ChannelKind { return KindSlack }

// AttemptTimeout bounds one attempt.
func (c *SlackConfig) AttemptTimeout() time.Duration { return slackTimeout }

// Secrets lists the webhook's URL and the token.
func (c *SlackConfig) Secrets() []*Secret { return []*Secret{&c.WebhookURL, &c.BotToken} }

// Threads says that the messages of one entity belong together.
func (c *SlackConfig) Threads() bool { return c.Mode == SlackBotToken && c.ThreadByEntity }

// Target is the Slack channel, or the incoming webhook without its secret.
func (c *SlackConfig) Target() string {
	if c.Mode == SlackBotToken {
		return c.Channel
	}
	return "https://hooks.slack.com/services/" + stars
}

// Validate names the first field that is wrong.
func (c *SlackConfig) Validate(ConfigRules) error {
	return nil
}
