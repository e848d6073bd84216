package channels

import (
	"strings"
	"testing"

	"carillon/models"
)

// The operator named one host and port: every other private address is refused,
// also on the same host.
func TestSlackGuardLetsOnlyTheNamedServerThrough(t *testing.T) {
	t.Parallel()
	named, other := slackAnswers(t, posted("1.1")), slackAnswers(t, says(200, "ok"))
	if _, err := named.Send(t.Context(), slackMessage(slackBot(), `{"text":"hi"}`)); err != nil {
		t.Error(err)
	}
	if _, err := named.Send(t.Context(), slackMessage(named.webhook(), `{"text":"hi"}`)); err != nil {
		t.Error(err)
	}
	_, e := named.fails(t, slackMessage(other.webhook(), `{"text":"hi"}`), Permanent, models.ErrBlockedAddress)
	if !strings.Contains(e.Message, AllowSetting) || len(other.requests()) > 0 {
		t.Errorf("failed with %+v after %d requests", e, len(other.requests()))
	}
	allowed := NewSlack(SlackOptions{API: named.url, Guard: loopback()})
	t.Cleanup(allowed.Close)
	if _, err := allowed.Send(t.Context(), slackMessage(other.webhook(), `{"text":"hi"}`)); err != nil {
		t.Error(err)
	}
}

// What was saved under a setting that is gone is not sent any more.
func TestSlackConfigsThatMayNotBeAnyMore(t *testing.T) {
	t.Parallel()
	world := slackAnswers(t, says(200, "ok"))
	w := &slackWorld{Slack: NewSlack(SlackOptions{Guard: loopback()}), url: world.url}
	t.Cleanup(w.Close)
	_, e := w.fails(t, slackMessage(w.webhook(), `{"text":"hi"}`), Permanent, models.ErrConfig)
	if !strings.Contains(e.Message, "the channel's webhookUrl is not on hooks.slack.com") || len(world.requests()) > 0 {
		t.Errorf("failed with %+v", e)
	}
	broken := slackBot()
	broken.BotToken = models.NewSecret("xoxb-4711-0815\r\nX-Evil: 1")
	w.fails(t, slackMessage(broken, `{"text":"hi"}`), Permanent, models.ErrConfig)
	w.fails(t, Message{Channel: &models.Channel{Kind: models.KindSlack, Config: &models.HttpConfig{}}}, Permanent, models.ErrConfig)

	lost := NewSlack(SlackOptions{API: "no address"})
	t.Cleanup(lost.Close)
	w = &slackWorld{Slack: lost}
	w.fails(t, slackMessage(slackBot(), `{"text":"hi"}`), Temporary, models.ErrConfig)
}

func TestSlackOwnAddress(t *testing.T) {
	t.Parallel()
	s := NewSlack(SlackOptions{})
	t.Cleanup(s.Close)
	bot, err := s.doors.of(slackBot())
	if err != nil || bot.request.URL.String() != "https://slack.com/api/chat.postMessage" || bot.via != s.guarded {
		t.Errorf("%v: %+v", err, bot)
	}
	hook, err := s.doors.of(&models.SlackConfig{Mode: models.SlackIncomingWebhook, WebhookURL: models.NewSecret("https://hooks.slack.com" + slackPath)})
	if err != nil || hook.request.URL.String() != "https://hooks.slack.com"+slackPath || hook.via != s.guarded {
		t.Errorf("%v: %+v", err, hook)
	}
	for api, want := range map[string]string{
		"http://slack.test/api": "http://slack.test/api/chat.postMessage", "http://slack.test/api/": "http://slack.test/api/chat.postMessage",
		"http://slack.test": "http://slack.test/chat.postMessage",
	} {
		s := NewSlack(SlackOptions{API: api})
		t.Cleanup(s.Close)
		if s.post.Scheme+"://"+s.post.Host+s.post.Path != want || s.named != "slack.test:80" {
			t.Errorf("%s: %s at %s", api, s.post, s.named)
		}
	}
}
