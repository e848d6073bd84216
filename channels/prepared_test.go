package channels

import (
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"carillon/models"
)

func TestPreparedOnce(t *testing.T) {
	t.Parallel()
	type config struct{ n int }
	var made atomic.Int32
	p := newPrepared(func(c *config) (*int, error) {
		made.Add(1)
		if c.n < 0 {
			return nil, errors.New("below zero")
		}
		double := 2 * c.n
		return &double, nil
	})
	first, bad := &config{21}, &config{-1}
	for range 3 {
		if e, err := p.of(first); err != nil || *e != 42 {
			t.Fatalf("got %v, %v", e, err)
		}
	}
	if made.Load() != 1 {
		t.Errorf("prepared %d times", made.Load())
	}
	for range 2 {
		if _, err := p.of(bad); err == nil {
			t.Error("a failure was kept")
		}
	}
	runtime.GC()
	if e, err := p.of(first); err != nil || *e != 42 || made.Load() != 3 {
		t.Errorf("what is in use was prepared anew: %d times in all, %v", made.Load(), err)
	}
	runtime.KeepAlive(first)
}

// TestPreparedGoesWithItsConfiguration: of every kind nothing is kept of a
// configuration that is not in use any more.
func TestPreparedGoesWithItsConfiguration(t *testing.T) {
	t.Parallel()
	http := newPrepared(func(c *models.HttpConfig) (*endpoint, error) { return newEndpoint(c, "Carillon") })
	email := newPrepared(func(c *models.EmailConfig) (*emailRoute, error) { return newEmailRoute(c, nil) })
	twilio := newPrepared(accountOf)
	slack := newPrepared(NewSlack(SlackOptions{}).newDoor)
	const each = 50
	schemes := []models.Signing{
		{Scheme: models.SigningNone}, {Scheme: models.SigningHMAC, Parameter: "X-Sign", Secret: models.NewSecret("0123456789")},
		{Scheme: models.SigningSecretHeader, Parameter: "X-Token", Secret: models.NewSecret("0123456789")},
		{Scheme: models.SigningSecretQuery, Parameter: "token", Secret: models.NewSecret("0123456789")},
		{Scheme: models.SigningStandardWebhooks, Secret: models.NewSecret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")},
	}
	for i := range each {
		_, a := http.of(&models.HttpConfig{URL: "https://example.com", Method: models.MethodPost, Timeout: time.Second, Signing: schemes[i%len(schemes)],
			Headers: []models.ConfigHeader{{Name: "X-A", Secret: true, SecretValue: models.NewSecret("hidden value")}}})
		_, b := email.of(&models.EmailConfig{SmtpServer: "mail.example.com:587", TLS: models.TLSStart, From: "a@example.com", To: []string{"b@example.com"}})
		_, c := twilio.of(&models.SmsConfig{Provider: models.ProviderTwilio, AccountID: "AC0123456789abcdef0123456789abcdef", AuthToken: models.NewSecret("0123456789")})
		_, d := slack.of(&models.SlackConfig{BotToken: models.NewSecret("xoxb-0123456789"), Channel: "C012AB3CD"})
		if err := errors.Join(a, b, c, d); err != nil {
			t.Fatal(err)
		}
	}
	left := func() int { return count(http) + count(email) + count(twilio) + count(slack) }
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for left() > 0 {
		runtime.GC()
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatalf("%d HTTP, %d email, %d Twilio and %d Slack are kept", count(http), count(email), count(twilio), count(slack))
		}
	}
}

func count[C, E any](p *prepared[C, E]) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return len(p.now) + len(p.old)
}
