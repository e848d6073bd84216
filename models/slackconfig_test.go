package models_test

import (
	"fmt"
	"strings"
	"testing"

	"carillon/models"
)

const (
	slackURL   = "https://hooks.slack.com/services/T012AB3CD/B045EF6GH/abcDEFghiJKLmnoPQRstuVWX"
	slackToken = "xoxb-123456789012-1234567890123-abcDEFghiJKLmnoPQRstuVWX"
)

func slackWebhook(change func(*models.SlackConfig)) *models.SlackConfig {
	c := &models.SlackConfig{Mode: models.SlackIncomingWebhook, WebhookURL: models.NewSecret(slackURL)}
	change(c)
	return c
}

func slackBot(change func(*models.SlackConfig)) *models.SlackConfig {
	c := &models.SlackConfig{Mode: models.SlackBotToken, BotToken: models.NewSecret(slackToken), Channel: "#alerts"}
	change(c)
	return c
}

func TestSlackConfigWebhookURL(t *testing.T) {
	t.Parallel()
	standIn := models.ConfigRules{SlackAPI: "http://slack.test:8081/api/"}
	validate := func(url string, rules models.ConfigRules) error {
		return slackWebhook(func(c *models.SlackConfig) { c.WebhookURL = models.NewSecret(url) }).Validate(rules)
	}
	for _, good := range []string{slackURL, "https://hooks.slack-gov.com/services/T1/B2/x", "HTTPS://Hooks.Slack.com/services/T1/B2/x"} {
		checkField(t, "", validate(good, models.ConfigRules{RequireHTTPS: true}))
		checkField(t, "", validate(good, standIn))
	}
	for _, bad := range []string{
		"", "hooks.slack.com/services/T1/B2/x", "http://hooks.slack.com/services/T1/B2/x", "https://hooks.slack.com/",
		"https://hooks.slack.com/services/T1/B2", "https://hooks.slack.com/services/T1/B2/", "https://hooks.slack.com/services/T1/B2/x/y",
		"https://hooks.slack.com/services/B1/T2/x", "https://hooks.slack.com/services/T1/B2/x?a=b", "https://hooks.slack.com/services/T1/B2/x?",
		"https://hooks.slack.com/services/T1/B2/x#y", "https://hooks.slack.com:8443/services/T1/B2/x", "https://hooks.slack.com:/services/T1/B2/x",
		"https://u:p@hooks.slack.com/services/T1/B2/x", "https://hooks.slack.com/workflows/T1/A2/3/x", "https://hooks.slack.com/triggers/T1/2/x",
		"https://hooks.slack.com.evil.example/services/T1/B2/x", "https://evil.example/services/T1/B2/x", "https://slack.test/services/T1/B2/x",
		"https://hooks.slack.com/services/T1/B2/x\r\nHost: y", "https://hooks.slack.com/services/T1/B2/x y", "https://hooks.slack.com/services/T1/B2/%78",
		slackToken, "https://hooks.slack.com/services/T1/B2/" + strings.Repeat("x", models.MaxURL), "https://hooks.slack.com/services/T1/B2/\xff",
	} {
		checkField(t, "slack.webhookUrl", validate(bad, models.ConfigRules{}))
	}
	for _, good := range []string{"http://slack.test:9000/hook", "https://SLACK.test/services/T1/B2/x?y=z", slackURL} {
		checkField(t, "", validate(good, standIn))
	}
	for _, bad := range []string{"http://slack.test.evil.example/x", "http://evil.example:8081/x", "http://slack.test:0/x", "http://u:p@slack.test/", "ftp://slack.test/x"} {
		checkField(t, "slack.webhookUrl", validate(bad, standIn))
	}
	standIn.RequireHTTPS = true
	checkField(t, "slack.webhookUrl", validate("http://slack.test:9000/hook", standIn))
	checkField(t, "", validate("https://slack.test:9000/hook", standIn))
}

func TestSlackConfigToken(t *testing.T) {
	t.Parallel()
	validate := func(token string) error {
		return slackBot(func(c *models.SlackConfig) { c.BotToken = models.NewSecret(token) }).Validate(models.ConfigRules{})
	}
	checkField(t, "", validate(slackToken))
	for token, says := range map[string]string{
		"xoxp-1-2-hidden": "a user's token", "xapp-1-hidden": "an app-level token", "xoxe.xoxb-1-hidden": "token rotation",
		"https://hooks.slack.com/hidden": "is a URL", "hidden": "not a bot token", "xoxb-": "not a bot token", "xoxb-hid den": "space",
		"xoxb-hidden\r\nX: y": "control character", "xoxb-hidden\u200b": "no token has", "xoxb-" + strings.Repeat("hidden", 100): "at most", "XOXB-hidden": "not a bot token",
	} {
		err := validate(token)
		checkField(t, "slack.botToken", err)
		if !strings.Contains(fmt.Sprint(err), says) {
			t.Errorf("%q: %v, want %q", token, err, says)
		}
	}
}

func TestSlackConfigChannel(t *testing.T) {
	t.Parallel()
	validate := func(channel string) error {
		return slackBot(func(c *models.SlackConfig) { c.Channel = channel }).Validate(models.ConfigRules{})
	}
	for _, good := range []string{"C012AB3CD", "G012AB3CD", "D012AB3CD", "#general", "general", "a-b_c1", "#déjà-vu", "お知らせ", "#" + strings.Repeat("a", 80)} {
		checkField(t, "", validate(good))
	}
	for _, bad := range []string{"", "#", "##a", "General", "#C012AB3CD", "C012ab", "U012AB3CD", "a b", "a.b", "a\nb", "a,b", "@me", slackToken, strings.Repeat("a", 81), "a\xff", "https://x"} {
		checkField(t, "slack.channel", validate(bad))
	}
	checkField(t, "slack.channel", slackWebhook(func(c *models.SlackConfig) { c.Channel = "#alerts" }).Validate(models.ConfigRules{}))
}

func TestSlackConfigShownNames(t *testing.T) {
	t.Parallel()
	for _, make := range []func(func(*models.SlackConfig)) *models.SlackConfig{slackWebhook, slackBot} {
		for _, good := range []string{"", "Carillon", "Größe 🔔", strings.Repeat("ä", 80)} {
			checkField(t, "", make(func(c *models.SlackConfig) { c.Username = good }).Validate(models.ConfigRules{}))
		}
		for _, bad := range []string{" ", "a\r\nb", "a\nb", "a\tb", "a\x00", "a\u2028b", "\xff", strings.Repeat("a", 81)} {
			checkField(t, "slack.username", make(func(c *models.SlackConfig) { c.Username = bad }).Validate(models.ConfigRules{}))
		}
		for _, good := range []string{"", ":bell:", ":+1:", ":wave::skin-tone-2:", ":e-mail:", ":日本:"} {
			checkField(t, "", make(func(c *models.SlackConfig) { c.IconEmoji = good }).Validate(models.ConfigRules{}))
		}
		for _, bad := range []string{"bell", ":bell", "::", ":Bell:", ":a b:", ":a:\n", "🔔", ":a:b:", ":" + strings.Repeat("a", 120) + ":"} {
			checkField(t, "slack.iconEmoji", make(func(c *models.SlackConfig) { c.IconEmoji = bad }).Validate(models.ConfigRules{}))
		}
	}
}

func TestSlackConfigConflicts(t *testing.T) {
	t.Parallel()
	checkField(t, "slack.webhookUrl", (&models.SlackConfig{}).Validate(models.ConfigRules{}))
	both := slackBot(func(c *models.SlackConfig) { c.WebhookURL = models.NewSecret(slackURL) }).Validate(models.ConfigRules{})
	checkField(t, "slack.webhookUrl", both)
	if !strings.Contains(fmt.Sprint(both), "botToken: null") {
		t.Errorf("%v does not say what to do", both)
	}
	checkField(t, "slack.threadByEntity", slackWebhook(func(c *models.SlackConfig) { c.ThreadByEntity = true }).Validate(models.ConfigRules{}))
	checkField(t, "", slackBot(func(c *models.SlackConfig) { c.ThreadByEntity = true }).Validate(models.ConfigRules{}))
}

// No text may repeat the secret, however wrong it is.
func TestSlackConfigShowsNoSecret(t *testing.T) {
	t.Parallel()
	const hidden = "hiddenhiddenhidden"
	for _, url := range []string{
		slackURL + hidden, "https://" + hidden + ".example/x", hidden + "://x/y", "https://hooks.slack.com/services/" + hidden, "http://hooks.slack.com/services/T1/B1/" + hidden,
		"https://hooks.slack.com/services/T1/B1/" + hidden + "?" + hidden, "https://" + hidden + ":" + hidden + "@hooks.slack.com/", "%" + hidden, hidden, "http://slack.test:99999/" + hidden,
		"http://slack.test/" + hidden,
	} {
		for _, rules := range []models.ConfigRules{{}, {SlackAPI: "http://slack.test"}} {
			c := slackWebhook(func(c *models.SlackConfig) { c.WebhookURL = models.NewSecret(url) })
			if err := c.Validate(rules); err != nil && strings.Contains(err.Error(), hidden) {
				t.Errorf("%q: the error is %v", url, err)
			}
			if target := c.Target(); strings.Contains(target, hidden) && !strings.HasPrefix(url, "https://"+hidden+".") && !strings.HasPrefix(url, hidden+":") {
				t.Errorf("%q: the target is %q", url, target)
			}
			c = slackBot(func(c *models.SlackConfig) { c.BotToken = models.NewSecret(url) })
			if err := c.Validate(rules); err == nil || strings.Contains(err.Error(), hidden) {
				t.Errorf("%q as a token: the error is %v", url, err)
			}
		}
	}
	for url, want := range map[models.Secret]string{
		models.NewSecret(slackURL): "https://hooks.slack.com/services/********", models.NewSecret("https://hooks.slack-gov.com/services/T1/B2/x"): "https://hooks.slack-gov.com/services/********",
		models.NewSecret("http://slack.test:81/" + hidden): "http://slack.test:81/********", models.NewSecret("%"): "https://hooks.slack.com/services/********",
	} {
		if got := (&models.SlackConfig{Mode: models.SlackIncomingWebhook, WebhookURL: url}).Target(); got != want {
			t.Errorf("the target is %q, want %q", got, want)
		}
	}
}
