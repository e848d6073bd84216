package demo

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// asks is a request to the SMS receiver by somebody with this password.
func (d *Demo) asks(t *testing.T, method, path string, form url.Values, password string) (int, string) {
	t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte(d.keys.account + ":" + password))
	return d.does(t, method, d.smsURL()+"/2010-04-01/Accounts/"+d.keys.account+path, form.Encode(),
		"Authorization", "Basic "+basic, "Content-Type", "application/x-www-form-urlencoded")
}

func TestTextsAreReported(t *testing.T) {
	t.Parallel()
	d := opened(t)
	token := d.keys.smsToken.Reveal()
	called := make(chan url.Values, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.URL.Path != "/callbacks/twilio/chn_1" ||
			r.Header.Get("X-Twilio-Signature") != signature(token, "http://"+r.Host+r.URL.Path, r.PostForm) {
			t.Errorf("%v: %s %v", err, r.URL, r.Header)
		}
		called <- r.PostForm
	}))
	defer server.Close()
	d.carrier.serve(server.URL)
	status, text := d.asks(t, http.MethodPost, "/Messages.json", url.Values{"To": {"+14155550123"}, "From": {"+14155550100"},
		"Body": {"hello"}, "StatusCallback": {server.URL + "/callbacks/twilio/chn_1"}}, token)
	made := decoded[texting](t, text)
	if status != http.StatusCreated || made.Status != "queued" || d.newest(t).Body != "hello" || !d.newest(t).Verified {
		t.Fatalf("%d %s", status, text)
	}
	select {
	case form := <-called:
		if form.Get("MessageSid") != made.SID || form.Get("MessageStatus") != "delivered" || form.Get("AccountSid") != d.keys.account {
			t.Errorf("%v", form)
		}
	case <-bounded(t).Done():
		t.Fatal("nobody called back")
	}
	if _, text := d.asks(t, http.MethodGet, "/Messages/"+made.SID+".json", nil, token); decoded[texting](t, text).Status != "delivered" {
		t.Errorf("asked for, it is %s", text)
	}
}

func TestTextsThatAreRefused(t *testing.T) {
	t.Parallel()
	d := opened(t)
	form := url.Values{"To": {"+14155550123"}, "From": {"+14155550100"}, "Body": {"hello"}}
	if status, _ := d.asks(t, http.MethodPost, "/Messages.json", form, "wrong"); status != http.StatusUnauthorized || d.newest(t).Accepted {
		t.Errorf("another token: %d", status)
	}
	if status, _ := d.asks(t, http.MethodGet, "/Messages.json", nil, "wrong"); status != http.StatusUnauthorized {
		t.Errorf("a list for another token: %d", status)
	}
	token := d.keys.smsToken.Reveal()
	d.known[smsName].set(true)
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		if status, _ := d.asks(t, method, "/Messages.json", form, token); status != http.StatusServiceUnavailable {
			t.Errorf("%s while it fails: %d", method, status)
		}
	}
	d.known[smsName].set(false)
	_, empty := d.asks(t, http.MethodGet, "/Messages.json?To=%2B14155550123", nil, token)
	type list struct{ Messages []texting }
	if got := decoded[list](t, empty); len(got.Messages) != 0 {
		t.Errorf("what was refused is listed: %s", empty)
	}
	d.asks(t, http.MethodPost, "/Messages.json", form, token)
	for query, want := range map[string]int{"": 1, "?To=%2B14155550123&From=%2B14155550100": 1, "?To=%2B14155550199": 0, "?From=x": 0} {
		if _, text := d.asks(t, http.MethodGet, "/Messages.json"+query, nil, token); len(decoded[list](t, text).Messages) != want {
			t.Errorf("%q: %s", query, text)
		}
	}
	if status, _ := d.asks(t, http.MethodGet, "/Messages/SM0.json", nil, token); status != http.StatusNotFound {
		t.Errorf("an unknown text: %d", status)
	}
}

// TestOnlyTheServerIsCalledBack: a request may name any address.
func TestOnlyTheServerIsCalledBack(t *testing.T) {
	t.Parallel()
	d := opened(t)
	stranger := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("called: %s", r.URL) }))
	defer stranger.Close()
	d.carrier.serve("http://127.0.0.1:1")
	made := d.carrier.take("+14155550100", "+14155550123", "hello", stranger.URL+"/callbacks/twilio/chn_1")
	d.carrier.report(t.Context(), d.carrier.arrive(made))
	d.carrier.serve("")
	d.carrier.report(t.Context(), d.carrier.arrive(made))
}

func TestEveryTenthTextIsLost(t *testing.T) {
	t.Parallel()
	d := opened(t)
	for i := 1; i <= 2*lostEvery; i++ {
		got := d.carrier.arrive(texting{})
		if lost := got.Status == "undelivered"; lost != (i%lostEvery == 0) || lost != (got.ErrorCode != nil) {
			t.Errorf("text %d: %+v", i, got)
		}
	}
}
