package channels

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"carillon/models"
)

const slackBenchBody = `{"text":"Order 4711 was paid","blocks":[{"type":"header","text":{"type":"plain_text","text":"Order paid"}},` +
	`{"type":"section","text":{"type":"mrkdwn","text":"*Order 4711* of Acme &amp; Co was paid: 1,299.00 EUR by bank transfer."},` +
	`"fields":[{"type":"mrkdwn","text":"*Customer*\nAcme &amp; Co"},{"type":"mrkdwn","text":"*Paid at*\n2026-11-21 12:30 UTC"}]},{"type":"divider"}]}`

// BenchmarkSlackSend is to be read beside BenchmarkSlackBare, which is the limit.
func BenchmarkSlackSend(b *testing.B) {
	w := &slackWorld{url: slackBenchServer(b)}
	w.Slack = NewSlack(SlackOptions{API: w.url})
	b.Cleanup(w.Close)
	for name, config := range w.both() {
		b.Run(name, func(b *testing.B) {
			m := slackMessage(config, slackBenchBody)
			b.ReportAllocs()
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := w.Send(b.Context(), m); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

func BenchmarkSlackBare(b *testing.B) {
	url := slackBenchServer(b)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}, Timeout: 10 * time.Second}
	b.Cleanup(client.CloseIdleConnections)
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			answer, err := client.Post(url, "application/json", bytes.NewReader([]byte(slackBenchBody)))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
	})
}

func slackBenchServer(b *testing.B) string {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"ok":true,"channel":"C012AB3CD","ts":"1503435956.000247","message":`+slackBenchBody+`}`)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// BenchmarkSlackCompose is what a message costs before it is sent.
func BenchmarkSlackCompose(b *testing.B) {
	s := NewSlack(SlackOptions{})
	b.Cleanup(s.Close)
	d, err := s.doors.of(&models.SlackConfig{Mode: models.SlackBotToken, BotToken: models.NewSecret(slackToken), Channel: "C012AB3CD", Username: "Carillon"})
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(slackBenchBody)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.compose(body, ""); err != nil {
			b.Fatal(err)
		}
	}
}
