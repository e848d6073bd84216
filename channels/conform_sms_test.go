package channels_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"carillon/channels"
	"carillon/channels/conformance"
	"carillon/models"
)

// smsSubject is a provider of text messages with a channel that sends by it.
type smsSubject struct {
	provider
	adapter *channels.SMS
	channel *models.Channel
}

// provider is what misbehaves.
type provider interface {
	Behave(conformance.Behaviour)
	Received() []string
}

func newSMSSubject(t *testing.T, p provider, config *models.SmsConfig) *smsSubject {
	t.Helper()
	// The clock leaps, so that the pause after a login that failed is over with the next message.
	var leaps atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(leaps.Add(1)) * time.Minute) }
	s := &smsSubject{provider: p, adapter: channels.NewSMS(channels.SMSOptions{Guard: toLoopback(), Now: now})}
	t.Cleanup(s.adapter.Close)
	config.To, config.MaxSegments = []string{"+14155550123"}, models.DefaultMaxSegments
	s.channel = &models.Channel{Name: "text", Kind: models.KindSMS, Config: config}
	return s
}

func (s *smsSubject) Adapter() channels.Adapter { return s.adapter }
func (s *smsSubject) Rules() models.ConfigRules { return models.ConfigRules{} }
func (s *smsSubject) Secrets() []string         { return nil }

func (s *smsSubject) Message() channels.Message {
	return channels.Message{
		Channel: s.channel, ID: "evt_01jd5x3v9kfm8tqz2y4r6w7abc", Key: "dlv_01jd5x3v9kfm8tqz2y4r6w7abd",
		Time: time.Date(2024, 3, 30, 10, 15, 0, 0, time.UTC), Begun: time.Date(2024, 3, 30, 10, 14, 0, 0, time.UTC),
		Content: models.Content{Text: "Order 42 was paid"},
	}
}

// smsLacks is what no provider of text messages has.
func smsLacks(more map[conformance.Part]string) map[conformance.Part]string {
	lacks := map[conformance.Part]string{
		conformance.Identity:        "a text message bears no id that its sender chooses",
		conformance.RequestHeaders:  "several numbers are several requests",
		conformance.ResponseHeaders: "several numbers are several answers",
		conformance.Stop:            "a text that may have been sent must be looked up, or it is paid for twice",
	}
	for part, why := range more {
		lacks[part] = why
	}
	return lacks
}

func TestTwilioConforms(t *testing.T) {
	says := func(status int, body string) conformance.Answer {
		return conformance.Answer{Status: status, Header: map[string]string{"Content-Type": "application/json", "Retry-After": "7"}, Body: body}
	}
	conformance.Run(t, conformance.Subject{
		New: func(t *testing.T) conformance.Provider {
			web := conformance.NewWeb(t, map[conformance.Behaviour]conformance.Answer{
				conformance.Accept: says(http.StatusCreated, `{"sid":"SM0123456789abcdef0123456789abcdef","status":"queued",`+
					`"to":"+14155550123","from":"+14155550100","body":"Order 42 was paid"}`),
				conformance.RefuseForGood: says(http.StatusBadRequest, `{"code":21211,"message":"not a valid number","status":400}`),
				conformance.RefuseChannel: says(http.StatusUnauthorized, `{"code":20003,"message":"Authenticate","status":401}`),
				conformance.FailForNow:    says(http.StatusInternalServerError, `{"code":20500,"message":"Internal Server Error","status":500}`),
				conformance.Throttle:      says(http.StatusTooManyRequests, `{"code":20429,"message":"Too Many Requests","status":429}`),
				conformance.EchoSecrets:   says(http.StatusInternalServerError, `{"code":20500,"message":`+conformance.Echo+`,"status":500}`),
			}, nil)
			return newSMSSubject(t, web, &models.SmsConfig{
				Provider: models.ProviderTwilio, AccountID: "AC0123456789abcdef0123456789abcdef",
				AuthToken: models.NewSecret("fedcba9876543210fedcba9876543210"), BaseURL: web.URL, From: "+14155550100",
			})
		},
		Lacks: smsLacks(nil),
	})
}
