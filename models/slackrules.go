package models

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of Slack's names, in characters.
const (
	maxSlackName  = 80 // of channels, and of who a message is from
	maxSlackEmoji = 102
	maxSlackToken = 512
)

// A webhook's path names the workspace, the app and the secret.
var slackPath = regexp.MustCompile(`^/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+$`)

// Conversations have ids: channels, private ones and group messages, direct messages.
var slackID = regexp.MustCompile(`^[CGD][A-Z0-9]{1,31}$`)

// An emoji's name may be in any script, and some have a skin tone behind it.
var slackEmoji = regexp.MustCompile(`^:[\p{Ll}\p{Lo}\p{M}\p{N}_+'-]+:(:skin-tone-[2-6]:)?$`)

// Validate names the first field that is wrong. No text of it repeats a secret.
func (c *SlackConfig) Validate(rules ConfigRules) error {
	if !c.WebhookURL.Empty() && !c.BotToken.Empty() {
		return Invalid("slack.webhookUrl", "stands beside a bot token, and a channel has one of them; leave botToken out, or in an update clear it with botToken: null")
	}
	if err := c.validateDoor(rules); err != nil {
		return err
	}
	if err := checkSlackUsername("slack.username", c.Username); err != nil {
		return err
	}
	return checkSlackEmoji("slack.iconEmoji", c.IconEmoji)
}

// validateDoor looks at what differs between a webhook and a bot token.
func (c *SlackConfig) validateDoor(rules ConfigRules) error {
	switch {
	case !c.BotToken.Empty():
		if err := checkSlackToken("slack.botToken", c.BotToken.Reveal()); err != nil {
			return err
		}
		return checkSlackChannel("slack.channel", c.Channel)
	case c.WebhookURL.Empty():
		return Invalid("slack.webhookUrl", "is missing; give it, or botToken and channel")
	}
	if err := checkSlackWebhook("slack.webhookUrl", c.WebhookURL.Reveal(), rules); err != nil {
		return err
	}
	if c.Channel != "" {
		return Invalid("slack.channel", "cannot be chosen with a webhookUrl, which is of one channel for good; leave it out, or use a botToken")
	}
	if c.ThreadByEntity {
		return Invalid("slack.threadByEntity", "needs a botToken: an incoming webhook does not say which message it made")
	}
	return nil
}

// checkSlackWebhook takes Slack's own addresses, and those of the host that the
// operator put in the place of Slack's, whatever its port and path.
func checkSlackWebhook(field, raw string, rules ConfigRules) error {
	const want = "https://" + slackHooks + "/services/T…/B…/…"
	if strings.HasPrefix(raw, "xox") {
		return Invalid(field, "is a token, not a URL; give it as botToken, or a URL such as %s", want)
	}
	if len(raw) > MaxURL {
		return Invalid(field, "has %d characters; at most %d are allowed", len(raw), MaxURL)
	}
	if !plain(raw) {
		return Invalid(field, "holds a space or a control character")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return Invalid(field, "is not a full URL such as %s", want)
	}
	if u.User != nil || u.Fragment != "" {
		return Invalid(field, "holds a user name or a fragment (#…), which Slack's never do; give a URL such as %s", want)
	}
	if rules.replacesSlack(u) {
		if u.Scheme == "http" && rules.RequireHTTPS {
			return Invalid(field, "is not https, which this server asks for (CARILLON_REQUIRE_HTTPS)")
		}
		return checkPort(field, u)
	}
	switch host := strings.ToLower(u.Hostname()); {
	case host != slackHooks && host != slackGovHooks:
		return Invalid(field, "is not on %s; give a URL such as %s (an HTTP channel sends anywhere)", slackHooks, want)
	case u.Scheme != "https":
		return Invalid(field, "is not https; give a URL such as %s", want)
	case strings.HasPrefix(u.Path, "/workflows/"), strings.HasPrefix(u.Path, "/triggers/"):
		return Invalid(field, "starts a workflow and is no incoming webhook; give a URL such as %s", want)
	case !slackPath.MatchString(u.EscapedPath()), u.RawQuery != "", u.ForceQuery, len(u.Host) > len(host):
		return Invalid(field, "is not the whole URL of an incoming webhook; it looks like %s", want)
	}
	return nil
}

// replacesSlack says that the URL is of the host that stands in for Slack's.
func (r *ConfigRules) replacesSlack(u *url.URL) bool {
	if r.SlackAPI == "" {
		return false
	}
	api, err := url.Parse(r.SlackAPI)
	return err == nil && api.Hostname() != "" && strings.EqualFold(api.Hostname(), u.Hostname())
}

// plain says that there is no space and no control character in s.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

func checkSlackToken(field, token string) error {
	const want = "give the Bot User OAuth Token of the app, which begins with xoxb-"
	kinds := []struct{ prefix, is string }{
		{"xoxp-", "is a user's token"}, {"xapp-", "is an app-level token"}, {"xoxe.xoxb-", "is a token that expires, of an app with token rotation"},
		{"xoxe-", "is a refresh token"}, {"xoxa-", "is an old workspace token"}, {"xoxc-", "is a browser's token"}, {"https://", "is a URL"},
	}
	for _, kind := range kinds {
		if strings.HasPrefix(token, kind.prefix) {
			return Invalid(field, "%s; %s", kind.is, want)
		}
	}
	rest, ok := strings.CutPrefix(token, "xoxb-")
	switch {
	case !plain(token):
		return Invalid(field, "holds a space or a control character; %s", want)
	case !ok || rest == "":
		return Invalid(field, "is not a bot token; %s", want)
	case len(token) > maxSlackToken:
		return Invalid(field, "has %d characters; at most %d are allowed", len(token), maxSlackToken)
	case strings.Trim(rest, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != "":
		return Invalid(field, "holds a character that no token has; %s", want)
	}
	return nil
}

// checkSlackChannel takes an id or a name by Slack's rules.
func checkSlackChannel(field, channel string) error {
	const want = "give its id such as C012AB3CD, or its name such as #alerts"
	name := strings.TrimPrefix(channel, "#")
	switch {
	case name == "":
		return Invalid(field, "is needed with a botToken; %s", want)
	case name == channel && slackID.MatchString(channel):
		return nil
	case strings.HasPrefix(channel, "xox"):
		return Invalid(field, "is a token, not a channel; %s", want)
	case !utf8.ValidString(name):
		return Invalid(field, "is not valid UTF-8")
	case utf8.RuneCountInString(name) > maxSlackName:
		return Invalid(field, "has more than %d characters; %s", maxSlackName, want)
	}
	for _, r := range name {
		switch {
		case unicode.IsUpper(r):
			return Invalid(field, "%q is not a channel of Slack's, whose names are in lower case; %s", clip(channel, 90), want)
		case !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && r != '-' && r != '_':
			return Invalid(field, "%q holds %q, which no channel's name does; %s", clip(channel, 90), r, want)
		}
	}
	return nil
}

func checkSlackUsername(field, name string) error {
	if err := CheckText(field, name, maxSlackName); err != nil {
		return err
	}
	if strings.ContainsFunc(name, unicode.IsControl) || strings.ContainsAny(name, "\u2028\u2029") {
		return Invalid(field, "holds a line break or another control character")
	}
	if name != "" && strings.TrimSpace(name) == "" {
		return Invalid(field, "is blank; give the name to show, or leave it out for the app's own")
	}
	return nil
}

func checkSlackEmoji(field, emoji string) error {
	if emoji == "" || len(emoji) <= maxSlackEmoji && slackEmoji.MatchString(emoji) {
		return nil
	}
	return Invalid(field, "%q is not the code of an emoji, such as :bell:", clip(emoji, 40))
}
