package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"carillon/channels"
	"carillon/models"
)

// The answers of Slack, as they go over the wire.
var (
	slackPosted = slackAnswer("application/json", `{"ok":true,"channel":"C012AB3CD","ts":"1503435956.000247","message":`+slackBody+`}`)
	slackOK     = slackAnswer("text/html", "ok")
)

func slackAnswer(contentType, body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s", contentType, len(body), body)
}

// slackBody is a message as an ordinary template makes it.
const slackBody = `{"text":"Order 4711 was paid","blocks":[{"type":"header","text":{"type":"plain_text","text":"Order paid"}},` +
	`{"type":"section","text":{"type":"mrkdwn","text":"*Order 4711* of Acme &amp; Co was paid: 1,299.00 EUR by bank transfer."},` +
	`"fields":[{"type":"mrkdwn","text":"*Customer*\nAcme &amp; Co"},{"type":"mrkdwn","text":"*Paid at*\n2026-11-21 12:30 UTC"},` +
	`{"type":"mrkdwn","text":"*Items*\n17"},{"type":"mrkdwn","text":"*Ship to*\nBerlin"}]},{"type":"divider"},` +
	`{"type":"context","elements":[{"type":"mrkdwn","text":"event evt_01jd5x3v9kfm8tqz2y4r6w7abc"}]}]}`

// slack measures the adapter for Slack by itself: a channel of Slack's takes a
// message a second, so that the way there is never what limits it.
func slack(ctx context.Context, s *site) error {
	for _, way := range []struct {
		name, answer string
		config       func(url string) *models.SlackConfig
	}{
		{"Slack by bot token", slackPosted, func(string) *models.SlackConfig {
			return &models.SlackConfig{Mode: models.SlackBotToken, BotToken: models.NewSecret("xoxb-4711-0815-bench"), Channel: "C012AB3CD", Username: "Carillon", IconEmoji: ":bell:"}
		}},
		{"Slack by incoming webhook", slackOK, func(url string) *models.SlackConfig {
			return &models.SlackConfig{Mode: models.SlackIncomingWebhook, WebhookURL: models.NewSecret(url)}
		}},
	} {
		if err := s.slackWay(ctx, way.name, way.answer, way.config); err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
	}
	return nil
}

// slackWay measures one of the two ways into Slack.
func (s *site) slackWay(ctx context.Context, name, answer string, config func(url string) *models.SlackConfig) error {
	r := newReceiver()
	defer r.close()
	r.answer = answer
	url, err := r.listen()
	if err != nil {
		return err
	}
	adapter := channels.NewSlack(channels.SlackOptions{API: url})
	defer adapter.Close()
	m := channels.Message{
		Channel: &models.Channel{Kind: models.KindSlack, Config: config(url)},
		Time:    time.Now(), Content: models.Content{Body: []byte(slackBody)},
	}
	receipt, err := adapter.Send(ctx, m)
	if err != nil {
		return err
	}
	bare, err := s.atFullSpeed(ctx, name+", bare", barePost(url, []byte(receipt.RequestBody)))
	if err != nil {
		return err
	}
	got, err := s.atFullSpeed(ctx, name, func() error {
		_, err := adapter.Send(ctx, m)
		return err
	})
	if err != nil {
		return err
	}
	row := figure{measure: name + ", messages", reference: "bare HTTP " + perSecond(bare), cpu: s.last.String()}
	row.got, row.reach, row.reached = perSecond(got), "5000/s and more", got >= 5000
	row.with = list("64 at once", fmt.Sprintf("%d bytes", len(receipt.RequestBody)), times(got/bare)+" the reference")
	s.report.add(row)
	return nil
}

// barePost is net/http's client with nothing around it, but that it reads what it
// must read of the answer.
func barePost(url string, body []byte) func() error {
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}}
	return func() error {
		res, err := web.Post(url, "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer res.Body.Close()
		said, err := io.ReadAll(res.Body)
		if err == nil && string(said) != "ok" && !json.Valid(said) {
			err = fmt.Errorf("the answer is %.60q", said)
		}
		return err
	}
}
