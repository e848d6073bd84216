package channels_test

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"carillon/channels"
	"carillon/channels/conformance"
	"carillon/models"
)

// httpSubject is an endpoint with a channel that signs and bears a token.
type httpSubject struct {
	*conformance.Web
	adapter *channels.HTTP
	config  *models.HttpConfig
	channel *models.Channel
}

// toLoopback lets adapters reach the providers of tests.
func toLoopback() *channels.Guard {
	return channels.NewGuard([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")})
}

func newHTTPSubject(t *testing.T) conformance.Provider {
	t.Helper()
	s := &httpSubject{
		Web: conformance.NewWeb(t, map[conformance.Behaviour]conformance.Answer{
			conformance.RefuseChannel: {Status: http.StatusGone},
			conformance.FailForNow:    {Status: http.StatusInternalServerError, Body: "out of order"},
			conformance.Throttle:      {Status: http.StatusTooManyRequests, Header: map[string]string{"Retry-After": "7"}},
		}, func(r *http.Request, _ []byte) string { return r.Header.Get("webhook-id") }),
		adapter: channels.NewHTTP(channels.HTTPConfig{Guard: toLoopback()}),
	}
	t.Cleanup(s.adapter.Close)
	s.config = &models.HttpConfig{
		URL: s.URL + "/hook?tenant=1", Method: models.MethodPost, Timeout: 30 * time.Second,
		Headers: []models.ConfigHeader{
			{Name: "X-Team", Value: "billing"},
			{Name: "Authorization", Secret: true, SecretValue: models.NewSecret(`Bearer s3same-"open"-ß-4711`)},
			{Name: "X-Key", Secret: true, SecretValue: models.NewSecret("plainkey-0815")},
		},
		Signing: models.Signing{Scheme: models.SigningStandardWebhooks, Secret: models.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
	}
	s.channel = &models.Channel{Name: "hook", Kind: models.KindHTTP, Config: s.config}
	return s
}

func (s *httpSubject) Adapter() channels.Adapter     { return s.adapter }
func (s *httpSubject) Rules() models.ConfigRules     { return models.ConfigRules{} }
func (s *httpSubject) Shorten(timeout time.Duration) { s.config.Timeout = timeout }

func (s *httpSubject) Secrets() []string {
	return []string{`s3same-"open"-ß-4711`, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
}

func (s *httpSubject) Message() channels.Message {
	return channels.Message{
		Channel: s.channel, ID: "evt_01jd5x3v9kfm8tqz2y4r6w7abc", Key: "dlv_01jd5x3v9kfm8tqz2y4r6w7abd",
		Time: time.Date(2024, 3, 30, 10, 15, 0, 0, time.UTC), Begun: time.Date(2024, 3, 30, 10, 14, 0, 0, time.UTC),
		Content: models.Content{ContentType: "application/json", Body: []byte(`{"test":1}`)},
	}
}

func TestHTTPConforms(t *testing.T) {
	conformance.Run(t, conformance.Subject{
		New: newHTTPSubject,
		Skips: map[conformance.Behaviour]string{
			conformance.RefuseForGood: "410 ends the channel too; every other status may be mended by its endpoint, and is tried again",
		},
	})
}
