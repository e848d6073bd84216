package channels

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"carillon/models"
)

// seen is a request as the receiver had it.
type seen struct {
	method, path, host string
	header             http.Header
	length             int64
	body               string
}

func recorder(t *testing.T) (url string, requests chan seen) {
	t.Helper()
	requests = make(chan seen, 16)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- seen{r.Method, r.URL.RequestURI(), r.Host, r.Header.Clone(), r.ContentLength, string(body)}
		w.Header().Set("X-Answer", "yes")
		_, _ = io.WriteString(w, "taken")
	})
	return server.URL, requests
}

func TestSendsWhatTheChannelSays(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	b := setup(t, url+"/hook?token=1", HTTPConfig{UserAgent: "Carillon/1.2.3 (+webhooks)"})
	b.config.Method = models.MethodPut
	b.config.Headers = []models.ConfigHeader{
		{Name: "X-API-Key", Value: "open"},
		{Name: "Authorization", Secret: true, SecretValue: models.NewSecret("Bearer sesame-1234")},
	}
	receipt, err := b.send(t)
	if err != nil {
		t.Fatal(err)
	}
	got := <-requests
	if got.method != "PUT" || got.path != "/hook?token=1" || got.body != `{"test":1}` || got.length != 10 {
		t.Errorf("the receiver had %+v", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "Carillon/1.2.3 (+webhooks)",
		"X-Api-Key": "open", "Authorization": "Bearer sesame-1234",
		"Webhook-Id": "evt_01jd5x3v9kfm8tqz2y4r6w7abc", "Webhook-Timestamp": "1711793700",
	} {
		if value := got.header.Get(name); value != want {
			t.Errorf("%s was %q, want %q", name, value, want)
		}
	}
	for _, name := range []string{"Accept-Encoding", "X-Idempotency-Key", "Idempotency-Key"} {
		if _, sent := got.header[name]; sent {
			t.Errorf("%s was sent", name)
		}
	}
	want := []models.Header{
		{Name: "Content-Type", Value: "application/json"},
		{Name: "webhook-id", Value: "evt_01jd5x3v9kfm8tqz2y4r6w7abc"},
		{Name: "webhook-timestamp", Value: "1711793700"},
		{Name: "webhook-signature", Value: got.header.Get("webhook-signature")},
		{Name: "User-Agent", Value: "Carillon/1.2.3 (+webhooks)"},
		{Name: "X-API-Key", Value: "open"},
		{Name: "Authorization", Secret: true},
	}
	if !reflect.DeepEqual(receipt.RequestHeaders, want) {
		t.Errorf("the record has the headers %+v, want %+v", receipt.RequestHeaders, want)
	}
	if receipt.Target != url+"/hook?token=1" || *receipt.ResponseCode != 200 || *receipt.ResponseBody != "taken" {
		t.Errorf("the receipt is %+v", receipt)
	}
	names := make([]string, 0, 4)
	for _, h := range receipt.ResponseHeaders {
		names = append(names, h.Name)
	}
	if got := strings.Join(names, " "); got != "Content-Length Content-Type Date X-Answer" {
		t.Errorf("the answer's headers are %q", got)
	}
}

func TestSignatureVerifiesWithTheProjectsOwnLibrary(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	b := setup(t, url, HTTPConfig{})
	b.message.Time = time.Now()
	verifier, err := standardwebhooks.NewWebhook(checkSecret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{`{"test":1}`, "", strings.Repeat("ü", 100_000)} {
		b.message.Content.Body = []byte(body)
		if _, err := b.send(t); err != nil {
			t.Fatal(err)
		}
		got := <-requests
		if err := verifier.Verify([]byte(got.body), got.header); err != nil {
			t.Errorf("a body of %d bytes: %v", len(body), err)
		}
	}
}

func TestUnsignedMessagesHaveNoSignatureHeaders(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	b := setup(t, url, HTTPConfig{})
	b.config.Signing = models.Signing{Scheme: models.SigningNone}
	if _, err := b.send(t); err != nil {
		t.Fatal(err)
	}
	got := <-requests
	for _, name := range []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} {
		if got.header.Get(name) != "" {
			t.Errorf("%s was sent", name)
		}
	}
}

func TestChannelHeadersReplaceOurOwn(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	b := setup(t, url, HTTPConfig{})
	b.config.Headers = []models.ConfigHeader{
		{Name: "content-type", Value: "application/vnd.acme+json"},
		{Name: "user-agent", Value: "Acme"},
		{Name: "x-idempotency-key", Value: "mine"},
	}
	receipt, err := b.send(t)
	if err != nil {
		t.Fatal(err)
	}
	got := <-requests
	for name, want := range map[string]string{"Content-Type": "application/vnd.acme+json", "User-Agent": "Acme", "X-Idempotency-Key": "mine"} {
		if values := got.header[name]; len(values) != 1 || values[0] != want {
			t.Errorf("%s was sent as %q", name, values)
		}
	}
	if n := len(receipt.RequestHeaders); n != 6 {
		t.Errorf("%d headers are recorded: %+v", n, receipt.RequestHeaders)
	}
}

func TestContentTypeThatWouldAddAHeader(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	for _, bad := range []string{"text/plain\r\nX-Evil: 1", "text/plain\n", "a\x00b"} {
		b := setup(t, url, HTTPConfig{})
		b.message.Content.ContentType = bad
		if _, e := b.fails(t, models.ErrTemplate); e.Class != Permanent || strings.Contains(e.Message, "Evil") {
			t.Errorf("failed with %+v", e)
		}
	}
	if len(requests) != 0 {
		t.Error("a request was sent")
	}
}

// TestStatuses holds the one table of what every status means.
func TestStatuses(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var code int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &code)
		w.Header().Set("Retry-After", "7")
		w.Header().Set("Location", "/elsewhere?token=hidden")
		w.WriteHeader(code)
	})
	throttled := map[int]bool{429: true, 502: true, 503: true, 504: true}
	b := setup(t, server.URL, HTTPConfig{})
	for code := 200; code <= 599; code++ {
		config := *b.config
		config.URL = fmt.Sprintf("%s/%d", server.URL, code)
		b.message.Channel = &models.Channel{Kind: models.KindHTTP, Config: &config}
		if code < 300 {
			if receipt, err := b.send(t); err != nil || *receipt.ResponseCode != code {
				t.Errorf("%d: %v", code, err)
			}
			continue
		}
		want := Error{Code: models.ErrRejected, After: 7 * time.Second}
		switch {
		case code == 410:
			want = Error{Class: Permanent, Code: models.ErrRejected, Disable: "the endpoint answered 410 Gone"}
		case code == 429:
			want.Class, want.Code = Throttled, models.ErrRateLimited
		case throttled[code]:
			want.Class = Throttled
		}
		receipt, e := b.fails(t, want.Code)
		want.Message = e.Message
		if *e != want {
			t.Errorf("%d: %+v, want %+v", code, *e, want)
		}
		if *receipt.ResponseCode != code || !strings.Contains(e.Message, fmt.Sprint(code)) {
			t.Errorf("%d: recorded as %d, %q", code, *receipt.ResponseCode, e.Message)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	redirect := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, url+"/next?token=hidden", http.StatusTemporaryRedirect)
	})
	b := setup(t, redirect.URL, HTTPConfig{})
	_, e := b.fails(t, models.ErrRejected)
	want := "the endpoint answered 307 Temporary Redirect, a redirect to " + url + "/next; redirects are not followed"
	if e.Class != Temporary || e.Message != want {
		t.Errorf("failed with %+v", e)
	}
	if len(requests) != 0 {
		t.Error("the redirect was followed")
	}
}

func TestForeignConfigurations(t *testing.T) {
	t.Parallel()
	b := setup(t, "::", HTTPConfig{})
	if _, e := b.fails(t, models.ErrConfig); e.Class != Permanent {
		t.Errorf("a bad url is of class %d", e.Class)
	}
	b.message.Channel = &models.Channel{Kind: models.KindHTTP}
	b.fails(t, models.ErrConfig)
	b.message.Channel = &models.Channel{Kind: models.KindHTTP, Config: &models.HttpConfig{
		URL: "http://127.0.0.1", Signing: models.Signing{Scheme: models.SigningStandardWebhooks, Secret: models.NewSecret("whsec_short")}}}
	if _, e := b.fails(t, models.ErrConfig); strings.Contains(e.Message, "short") {
		t.Errorf("the secret is in %q", e.Message)
	}
	if _, err := NewRegistry(b.HTTP).Send(t.Context(), Message{Channel: &models.Channel{Kind: "PIGEON", Config: b.config}}); AsError(err).Class != Permanent {
		t.Errorf("an unknown kind fails with %v", err)
	}
}
