package control_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"carillon/control"
	"carillon/models"
)

var (
	slackURL   = models.NewSecret("https://hooks.slack.com/services/T012AB3CD/B045EF6GH/abcDEFghiJKL")
	slackToken = models.NewSecret("xoxb-123456789012-abcDEFghiJKL")
)

func (b *bundle) slack(t *testing.T, name string, config control.SlackConfig) models.Channel {
	t.Helper()
	return must(b.CreateChannel(t.Context(), b.admin, control.CreateChannel{TenantID: &b.acme.ID, Name: name, Config: control.ChannelConfig{Slack: &config}}))(t)
}

func (b *bundle) updateSlack(t *testing.T, id models.ID, config control.SlackConfig) (models.Channel, error) {
	t.Helper()
	return b.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: id, Config: control.Set(control.ChannelConfig{Slack: &config})})
}

func botConfig() control.SlackConfig {
	return control.SlackConfig{BotToken: control.Set(slackToken), Channel: control.Set("#alerts"), ThreadByEntity: control.Set(true)}
}

func TestSlackChannelIsStored(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		for name, config := range map[string]control.SlackConfig{
			"bot": botConfig(), "webhook": {WebhookURL: control.Set(slackURL), Username: control.Set("Carillon"), IconEmoji: control.Set(":bell:")},
		} {
			made := b.slack(t, name, config)
			if stored := must(b.store.ChannelLive(t.Context(), made.ID))(t); !reflect.DeepEqual(stored, made) {
				t.Errorf("stored %+v, answered %+v", stored, made)
			}
		}
	})
}

func TestSlackChannelChangesItsDoor(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		made := b.slack(t, "c", botConfig())
		_, err := b.updateSlack(t, made.ID, control.SlackConfig{WebhookURL: control.Set(slackURL)})
		wantError(t, err, models.CodeBadUserInput, "config.slack.webhookUrl")
		if !strings.Contains(err.Error(), "botToken: null") || strings.Contains(err.Error(), "abcDEF") {
			t.Errorf("the error is %v", err)
		}
		_, err = b.updateSlack(t, made.ID, control.SlackConfig{BotToken: control.Clear[models.Secret]()})
		wantError(t, err, models.CodeBadUserInput, "config.slack.webhookUrl")
		_, err = b.updateSlack(t, made.ID, control.SlackConfig{WebhookURL: control.Set(slackURL), BotToken: control.Clear[models.Secret](), Channel: control.Set("#alerts")})
		wantError(t, err, models.CodeBadUserInput, "config.slack.channel")

		moved, err := b.updateSlack(t, made.ID, control.SlackConfig{WebhookURL: control.Set(slackURL), BotToken: control.Clear[models.Secret](), Username: control.Set("Carillon")})
		check(t, err)
		if want := (&models.SlackConfig{Mode: models.SlackIncomingWebhook, WebhookURL: slackURL, Username: "Carillon"}); !reflect.DeepEqual(moved.Config, want) {
			t.Errorf("got %#v", moved.Config)
		}
		back, err := b.updateSlack(t, made.ID, control.SlackConfig{WebhookURL: control.Clear[models.Secret](), BotToken: control.Set(slackToken), Channel: control.Set("C012AB3CD")})
		check(t, err)
		if want := (&models.SlackConfig{Mode: models.SlackBotToken, BotToken: slackToken, Channel: "C012AB3CD", Username: "Carillon"}); !reflect.DeepEqual(back.Config, want) {
			t.Errorf("got %#v", back.Config)
		}
		same, err := b.updateSlack(t, made.ID, control.SlackConfig{IconEmoji: control.Set(":bell:")})
		check(t, err)
		if got := same.Config.(*models.SlackConfig); got.BotToken != slackToken || got.Channel != "C012AB3CD" || got.IconEmoji != ":bell:" {
			t.Errorf("what was left out did not stay: %#v", got)
		}
	})
}

func TestSlackChannelLeavesAMessageASecond(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		made := b.slack(t, "c", botConfig())
		limits := func(change control.Change[control.ChannelLimits]) models.ChannelLimits {
			t.Helper()
			return must(b.UpdateChannel(t.Context(), b.admin, control.UpdateChannel{ID: made.ID, Limits: change}))(t).Limits
		}
		for name, got := range map[string]models.ChannelLimits{
			"new":            made.Limits,
			"another part":   limits(control.Set(control.ChannelLimits{Concurrency: control.Set(7)})),
			"null":           limits(control.Clear[control.ChannelLimits]()),
			"null, the rate": limits(control.Set(control.ChannelLimits{Rate: control.Clear[float64]()})),
		} {
			if got.Rate == nil || *got.Rate != 1 {
				t.Errorf("%s: the limits are %+v", name, got)
			}
		}
		if got := limits(control.Set(control.ChannelLimits{Rate: control.Set(3.0)})); *got.Rate != 3 {
			t.Errorf("got %+v", got)
		}
		if got := limits(control.Set(control.ChannelLimits{Rate: control.Clear[float64]()})); *got.Rate != 1 {
			t.Errorf("null did not bring the default back: %+v", got)
		}
	})
}

func TestSlackHoldIsLiftedByAnotherWebhook(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		made := b.slack(t, "c", control.SlackConfig{WebhookURL: control.Set(slackURL)})
		until := b.clock.Now().Add(time.Hour)
		must(b.store.UpdateChannel(t.Context(), made.ID, func(ch *models.Channel) error {
			ch.HeldUntil = &until
			return nil
		}))(t)
		named, err := b.updateSlack(t, made.ID, control.SlackConfig{Username: control.Set("Carillon")})
		check(t, err)
		if named.HeldUntil == nil {
			t.Error("another name lifts the hold")
		}
		moved, err := b.updateSlack(t, made.ID, control.SlackConfig{WebhookURL: control.Set(models.NewSecret(slackURL.Reveal() + "x"))})
		check(t, err)
		if moved.HeldUntil != nil || moved.Config.Target() != made.Config.Target() {
			t.Errorf("got %+v", moved)
		}
	})
}
