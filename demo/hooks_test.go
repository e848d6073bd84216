package demo

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/twilio/twilio-go/client"

	"carillon/models"
)

// signedHeaders are those of a message that the secret of a receiver signs.
func (d *Demo) signedHeaders(t *testing.T, name, body string) []string {
	t.Helper()
	signer, err := standardwebhooks.NewWebhook(d.keys.signing[name].Reveal())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	signature, err := signer.Sign("evt_1", now, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return []string{"webhook-id", "evt_1", "webhook-timestamp", strconv.FormatInt(now.Unix(), 10), "webhook-signature", signature, "Content-Type", "application/json"}
}

func TestHooksCheckSignatures(t *testing.T) {
	t.Parallel()
	d := opened(t)
	const body = `{"type":"order.paid","entityId":"F-1"}`
	signed := d.signedHeaders(t, warehouseName, body)
	if status, text := d.does(t, http.MethodPost, d.hook(warehouseName), body, signed...); status != http.StatusOK {
		t.Errorf("%d %s", status, text)
	}
	m := d.newest(t)
	if !m.Verified || !m.Accepted || m.Summary != "order.paid · F-1" || m.Body != body || m.Kind != models.KindHTTP || m.Receiver != warehouseName {
		t.Errorf("%+v", m)
	}
	for name, call := range map[string]func() (int, string){
		"another body": func() (int, string) { return d.does(t, http.MethodPost, d.hook(warehouseName), body+" ", signed...) },
		"another receiver": func() (int, string) {
			return d.does(t, http.MethodPost, d.hook(invoicingName), body, signed...)
		},
		"nothing": func() (int, string) { return d.does(t, http.MethodPost, d.hook(warehouseName), body) },
	} {
		if status, text := call(); status != http.StatusUnauthorized || d.newest(t).Verified || d.newest(t).Accepted {
			t.Errorf("%s: %d %s, %+v", name, status, text, d.newest(t))
		}
	}
}

func TestHooksThatAreOpenOrAbsent(t *testing.T) {
	t.Parallel()
	d := opened(t)
	for body, summary := range map[string]string{
		"plain text": "plain text", `{"events":[{},{}]}`: "2 events in a batch", `{"events":[{}]}`: "1 event in a batch", `{"type":"a.b"}`: "a.b", "": "",
	} {
		if status, text := d.does(t, http.MethodPut, d.hook(tryName), body); status != http.StatusOK || d.newest(t).Summary != summary {
			t.Errorf("%q: %d %s, %q", body, status, text, d.newest(t).Summary)
		}
	}
	_, before := d.inbox.after(0, "")
	for _, name := range []string{"nobody", slackName, mailName} {
		if status, _ := d.does(t, http.MethodPost, d.hook(name), "{}"); status != http.StatusNotFound {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _ := d.does(t, http.MethodPost, d.hook(tryName), strings.Repeat("x", maxRequest+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge body: %d", status)
	}
	if _, after := d.inbox.after(0, ""); after != before {
		t.Errorf("%d messages more were received", after-before)
	}
}

func TestSlackAnswersAsSlackDoes(t *testing.T) {
	t.Parallel()
	d := opened(t)
	post := d.SlackAPI() + "chat.postMessage"
	auth := []string{"Authorization", "Bearer " + d.keys.slackToken.Reveal()}
	status, text := d.does(t, http.MethodPost, post, `{"channel":"#orders","text":"hi","thread_ts":"1.2"}`, auth...)
	answer := decoded[struct {
		OK bool
		TS string
	}](t, text)
	m := d.newest(t)
	if status != http.StatusOK || !answer.OK || answer.TS == "" || !m.Verified || m.To != "#orders" || m.Thread != "1.2" || m.Summary != "hi" {
		t.Errorf("%d %s, %+v", status, text, m)
	}
	for _, h := range m.Headers {
		if strings.Contains(h.Value, d.keys.slackToken.Reveal()) {
			t.Error("the token is shown")
		}
	}
	hook := d.web.url + d.keys.slackHook.Reveal()
	for _, row := range []struct{ url, body, key, want string }{
		{post, `{"channel":"#a"}`, "Bearer xoxb-other", "invalid_auth"},
		{post, `{`, auth[1], "channel_not_found"},
		{d.SlackAPI() + "chat.delete", `{}`, auth[1], "unknown_method"},
		{hook, `{"text":"hi"}`, "", "ok"},
		{hook + "x", `{"text":"hi"}`, "", "no_service"},
	} {
		if _, text := d.does(t, http.MethodPost, row.url, row.body, "Authorization", row.key); !strings.Contains(text, row.want) {
			t.Errorf("%+v: %s", row, text)
		}
		if taken := d.newest(t).Accepted; taken != (row.want == "ok") {
			t.Errorf("%+v: accepted is %v", row, taken)
		}
	}
}

// TestCallbacksAreSignedAsTwilioDoes checks them by Twilio's own library.
func TestCallbacksAreSignedAsTwilioDoes(t *testing.T) {
	t.Parallel()
	const token, address = "its token", "http://127.0.0.1:1/callbacks/twilio/chn_1?a=b"
	form := url.Values{"MessageSid": {"SM1"}, "ErrorMessage": {"Unknown & lost"}, "AccountSid": {"AC1"}}
	fields := map[string]string{}
	for name := range form {
		fields[name] = form.Get(name)
	}
	checker := client.NewRequestValidator(token)
	if !checker.Validate(address, fields, signature(token, address, form)) {
		t.Error("it is refused")
	}
	if checker.Validate(address, fields, signature("another", address, form)) {
		t.Error("another token's is taken")
	}
}
