package channels

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"carillon/models"
)

// TestTheSecretInABodyIsNotRecorded: the receiver gets it, the record stars.
func TestTheSecretInABodyIsNotRecorded(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	const secret = `wh_a46f"35f22<d9723a`
	written, _ := json.Marshal(secret)
	body := `{"secret":` + string(written) + `,"payload":{"a":"plain"}}`
	b := setup(t, server.URL, HTTPConfig{})
	b.config.Signing = models.Signing{Scheme: models.SigningHMAC, Parameter: "X-Sign", Secret: models.NewSecret(secret)}
	b.message.Content.Body = []byte(body)
	receipt, err := b.send(t)
	if err == nil {
		t.Fatal("418 is taken for success")
	}
	if sent := <-got; sent != body {
		t.Errorf("the receiver got %s", sent)
	}
	want := `{"secret":"` + strings.Repeat("*", len(written)-2) + `","payload":{"a":"plain"}}`
	if receipt.RequestBody != want {
		t.Errorf("recorded as %s, want %s", receipt.RequestBody, want)
	}

	b.message.Content.Body = []byte(`{"a":"plain"}`)
	if receipt, _ = b.send(t); receipt.RequestBody != "" {
		t.Errorf("a body without the secret is recorded apart: %s", receipt.RequestBody)
	}
}

// TestTheSecretInABodyThatNeverLeft is hidden too.
func TestTheSecretInABodyThatNeverLeft(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]models.HttpConfig{
		"a broken URL":          {URL: "nowhere", Method: models.MethodPost},
		"a forbidden address":   {URL: "http://127.0.0.1:1/", Method: models.MethodPost},
		"a broken content type": {URL: "http://127.0.0.1:1/", Method: models.MethodPost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config.Signing = models.Signing{Scheme: models.SigningStandardWebhooks, Secret: checkSecret}
			h := NewHTTP(HTTPConfig{})
			defer h.Close()
			m := Message{Channel: &models.Channel{Kind: models.KindHTTP, Config: &config}, ID: "evt_1", Content: models.Content{
				ContentType: "text/plain", Body: []byte("the key is " + checkSecret.Reveal()),
			}}
			if name == "a broken content type" {
				m.Content.ContentType = "text/plain\r\nX: y"
			}
			receipt, err := h.Send(t.Context(), m)
			if err == nil || !strings.HasPrefix(receipt.RequestBody, "the key is ***") || strings.Contains(receipt.RequestBody, "MfKQ") {
				t.Errorf("%v, recorded as %q", err, receipt.RequestBody)
			}
		})
	}
}
