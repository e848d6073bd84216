package channels_test

import (
	"net/http"
	"testing"
	"time"

	"carillon/channels"
	"carillon/channels/conformance"
	"carillon/models"
)

// slackSubject is Slack with a channel that posts to it.
type slackSubject struct {
	*conformance.Web
	adapter *channels.Slack
	channel *models.Channel
	secrets []string
}

func newSlackSubject(t *testing.T, answers map[conformance.Behaviour]conformance.Answer, config func(url string) *models.SlackConfig, secrets ...string) *slackSubject {
	t.Helper()
	s := &slackSubject{Web: conformance.NewWeb(t, answers, nil), secrets: secrets}
	s.adapter = channels.NewSlack(channels.SlackOptions{API: s.URL + "/api/"})
	t.Cleanup(s.adapter.Close)
	s.channel = &models.Channel{Name: "ops", Kind: models.KindSlack, Config: config(s.URL)}
	return s
}

func (s *slackSubject) Adapter() channels.Adapter { return s.adapter }
func (s *slackSubject) Rules() models.ConfigRules {
	return models.ConfigRules{SlackAPI: s.URL + "/api/"}
}
func (s *slackSubject) Secrets() []string { return s.secrets }

func (s *slackSubject) Message() channels.Message {
	return channels.Message{
		Channel: s.channel, ID: "evt_01jd5x3v9kfm8tqz2y4r6w7abc", Key: "dlv_01jd5x3v9kfm8tqz2y4r6w7abd",
		Time: time.Date(2024, 3, 30, 10, 15, 0, 0, time.UTC), Begun: time.Date(2024, 3, 30, 10, 14, 0, 0, time.UTC),
		Content: models.Content{Body: []byte(`{"text":"order 42 was paid"}`)},
	}
}

// slackLacks is what neither way into Slack has.
func slackLacks() map[conformance.Part]string {
	return map[conformance.Part]string{conformance.Identity: "Slack takes no id by which it would drop a double"}
}

func TestSlackBotConforms(t *testing.T) {
	says := func(body string) conformance.Answer {
		return conformance.Answer{Status: http.StatusOK, Header: map[string]string{"Content-Type": "application/json"}, Body: body}
	}
	conformance.Run(t, conformance.Subject{
		Lacks: slackLacks(),
		New: func(t *testing.T) conformance.Provider {
			return newSlackSubject(t, map[conformance.Behaviour]conformance.Answer{
				conformance.Accept:        says(`{"ok":true,"ts":"1711793700.000100"}`),
				conformance.RefuseForGood: says(`{"ok":false,"error":"msg_too_long"}`),
				conformance.RefuseChannel: says(`{"ok":false,"error":"token_revoked"}`),
				conformance.FailForNow:    says(`{"ok":false,"error":"internal_error"}`),
				conformance.EchoSecrets:   says(`{"ok":false,"error":"internal_error","response_metadata":{"messages":[` + conformance.Echo + `]}}`),
				conformance.Throttle:      {Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "7"}},
			}, func(string) *models.SlackConfig {
				return &models.SlackConfig{Mode: models.SlackBotToken, Channel: "#ops", BotToken: models.NewSecret("xoxb-1234567890-abcdefghij")}
			})
		},
	})
}

func TestSlackWebhookConforms(t *testing.T) {
	const path = "/services/T0123456/B0123456/abcdefghijklmnopqrstuvwx"
	conformance.Run(t, conformance.Subject{
		Lacks: slackLacks(),
		New: func(t *testing.T) conformance.Provider {
			return newSlackSubject(t, map[conformance.Behaviour]conformance.Answer{
				conformance.Accept:        {Status: http.StatusOK, Body: "ok"},
				conformance.RefuseForGood: {Status: http.StatusBadRequest, Body: "invalid_payload"},
				conformance.RefuseChannel: {Status: http.StatusNotFound, Body: "no_service"},
				conformance.FailForNow:    {Status: http.StatusInternalServerError, Body: "rollup_error"},
				conformance.Throttle:      {Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "7"}},
			}, func(url string) *models.SlackConfig {
				return &models.SlackConfig{Mode: models.SlackIncomingWebhook, WebhookURL: models.NewSecret(url + path)}
			}, path, "abcdefghijklmnopqrstuvwx")
		},
	})
}
