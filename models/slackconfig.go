package models

import (
	"net/url"
	"strings"
	"time"
)

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

// The hosts of incoming webhooks: Slack's own, and those of GovSlack.
const (
	slackHooks    = "hooks.slack.com"
	slackGovHooks = "hooks.slack-gov.com"
)

// Target is the Slack channel, or the incoming webhook without its secret. Of an
// address that is not Slack's no more than the host is shown: its whole path may
// be the secret.
func (c *SlackConfig) Target() string {
	if c.Mode == SlackBotToken {
		return c.Channel
	}
	u, err := url.Parse(c.WebhookURL.Reveal())
	if err != nil || u.Host == "" {
		return "https://" + slackHooks + "/services/" + stars
	}
	switch host := strings.ToLower(u.Host); host {
	case slackHooks, slackGovHooks:
		return "https://" + host + "/services/" + stars
	}
	return u.Scheme + "://" + u.Host + "/" + stars
}
