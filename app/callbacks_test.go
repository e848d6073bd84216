package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"carillon/models"
)

// callbackWorld answers callbacks on a loopback server.
type callbackWorld struct {
	t       *testing.T
	url     string
	log     bytes.Buffer
	channel models.Channel
	found   error // of the look for a channel
	stored  error // of the report
	checked string
	reports []models.Report
}

func newCallbackWorld(t *testing.T) *callbackWorld {
	t.Helper()
	w := &callbackWorld{t: t, channel: models.Channel{ID: models.NewID(models.PrefixChannel), TenantID: models.NewID(models.PrefixTenant),
		Kind: models.KindSMS, Config: &models.SmsConfig{Provider: models.ProviderTwilio, AccountID: "AC1", AuthToken: models.NewSecret("its-token")}}}
	server := httptest.NewServer(newMux(addresses{api: http.HandlerFunc(echo), callbacks: newCallbacks(callbacks{
		log: slog.New(slog.NewTextHandler(&w.log, nil)), publicURL: "https://carillon.example.com/base",
		channel: func(_ context.Context, id models.ID) (models.Channel, error) {
			if w.found != nil || id == w.channel.ID {
				return w.channel, w.found
			}
			return models.Channel{}, models.NotFound("channel", id)
		},
		twilio: func(ch *models.Channel, address string, form url.Values, signature string) (models.Report, bool, error) {
			w.checked = address
			if ch.ID != w.channel.ID || signature != "right" {
				return models.Report{}, false, errors.New("its-token does not sign this")
			}
			return models.Report{Origin: "twilio::AC1", ID: form.Get("MessageSid"), State: models.ReportDelivered},
				form.Get("MessageStatus") == "delivered", nil
		},
		report: func(_ context.Context, r models.Report) error {
			w.reports = append(w.reports, r)
			return w.stored
		},
	}), ready: func(context.Context) error { return nil }}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *callbackWorld) post(path, kind, body, signature string) *http.Response {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Host = "evil.example.com"
	r.Header.Set("Content-Type", kind)
	r.Header.Set("X-Twilio-Signature", signature)
	client := &http.Client{}
	answer, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = answer.Body.Close()
	client.CloseIdleConnections()
	return answer
}

const formType = "application/x-www-form-urlencoded"

func TestCallbackIsReported(t *testing.T) {
	t.Parallel()
	w := newCallbackWorld(t)
	path := "/callbacks/twilio/" + w.channel.ID.String() + "?a=%2Fb"
	if a := w.post(path, formType, "MessageSid=SM1&MessageStatus=delivered", "right"); a.StatusCode != 204 {
		t.Fatalf("answered %d", a.StatusCode)
	}
	want := models.Report{TenantID: w.channel.TenantID, Origin: "twilio::AC1", ID: "SM1", State: models.ReportDelivered}
	if len(w.reports) != 1 || w.reports[0] != want {
		t.Errorf("reported %+v, want %+v", w.reports, want)
	}
	if want := "https://carillon.example.com/base" + path; w.checked != want {
		t.Errorf("checked the signature over %s, want %s", w.checked, want)
	}
	if a := w.post(path, formType, "MessageSid=SM1&MessageStatus=queued", "right"); a.StatusCode != 204 || len(w.reports) != 1 {
		t.Errorf("what is not final: answered %d, and %d reports", a.StatusCode, len(w.reports))
	}
}

func TestCallbacksThatAreRefused(t *testing.T) {
	t.Parallel()
	const body = "MessageSid=SM1&MessageStatus=delivered"
	w := newCallbackWorld(t)
	own := "/callbacks/twilio/" + w.channel.ID.String()
	for _, c := range []struct {
		what, path, kind, body, signature string
		status                            int
	}{
		{"a wrong signature", own, formType, body, "wrong", 403},
		{"no signature", own, formType, body, "", 403},
		{"an unknown channel", "/callbacks/twilio/" + models.NewID(models.PrefixChannel).String(), formType, body, "right", 404},
		{"no channel", "/callbacks/twilio/x", formType, body, "right", 404},
		{"no form", own, "application/json", "{}", "right", 415},
		{"a broken form", own, formType, "%zz", "right", 400},
		{"a form that is too long", own, formType, "a=" + strings.Repeat("x", 64<<10), "right", 413},
	} {
		if a := w.post(c.path, c.kind, c.body, c.signature); a.StatusCode != c.status {
			t.Errorf("%s: answered %d, want %d", c.what, a.StatusCode, c.status)
		}
	}
	if len(w.reports) > 0 {
		t.Errorf("reported %+v", w.reports)
	}
	if log := w.log.String(); strings.Count(log, w.channel.ID.String()) != 2 || strings.Contains(log, "its-token") {
		t.Errorf("the log says %q", log)
	}
	w.channel.Config = &models.SmsConfig{Provider: models.ProviderSMPP}
	if a := w.post(own, formType, body, "right"); a.StatusCode != 404 {
		t.Errorf("a channel of another provider: answered %d", a.StatusCode)
	}
}

func TestCallbackComesAgain(t *testing.T) {
	t.Parallel()
	w := newCallbackWorld(t)
	path := "/callbacks/twilio/" + w.channel.ID.String()
	const body = "MessageSid=SM1&MessageStatus=delivered"
	w.stored = errors.New("the database is away")
	if a := w.post(path, formType, body, "right"); a.StatusCode != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("a report that was not stored: answered %d", a.StatusCode)
	}
	w.stored, w.found = nil, errors.New("the database is away")
	if a := w.post(path, formType, body, "right"); a.StatusCode != 503 {
		t.Errorf("a channel that could not be read: answered %d", a.StatusCode)
	}
}
