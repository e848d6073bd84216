package channels

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

func TestTextThatTakesTooManySegments(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, nil)
	b.message.Content.Text = strings.Repeat("a", 153*4+1)
	_, e := b.fails(t, Permanent, models.ErrTemplate)
	if e.Message != "the text takes 5 segments (GSM-7), the channel allows 3" {
		t.Errorf("failed with %+v", e)
	}
	b.message.Content.Text = ""
	b.fails(t, Permanent, models.ErrTemplate)
	if len(server.sent()) != 0 {
		t.Errorf("%d requests", len(server.sent()))
	}
	b.message.Content.Text = strings.Repeat("a", 459)
	b.sends(t)
}

func TestNumbersHaveOutcomesOfTheirOwn(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	var fails = map[string][2]int{"+14155550101": {400, 21614}, "+14155550102": {500, 20500}, "+14155550103": {400, 21610}}
	server.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
		how, ok := fails[r.PostForm.Get("To")]
		if ok {
			twilioError(w, how[0], how[1], "no")
		}
		return ok
	}
	b := setupSMS(t, server.URL, nil)
	b.config.AwaitReceipt = true
	b.config.To = []string{"+14155550100", "+14155550101", "+14155550102", "+14155550103", "+14155550104"}
	b.message.Channel.Suppressed = []models.Suppression{{Address: "+14155550104", Reason: "unsubscribed (21610)"}}
	receipt, e := b.fails(t, Temporary, models.ErrProvider)
	state(t, receipt, models.RecipientTaken, models.RecipientRefused, models.RecipientUnknown, models.RecipientRefused, models.RecipientRefused)
	if !receipt.Awaits || len(receipt.Suppress) != 1 || receipt.Suppress[0].Address != "+14155550103" || !strings.Contains(e.Message, "1 of 5 recipients: +14155550102: ") {
		t.Errorf("failed with %+v, the receipt is %+v", e, receipt)
	}
	if lines := strings.Split(strings.TrimSpace(*receipt.ResponseBody), "\n"); len(lines) != 5 || !strings.HasPrefix(lines[0], "+14155550100: TAKEN SM") {
		t.Errorf("recorded %q", *receipt.ResponseBody)
	}
	before := len(server.sent())
	fails = nil
	b.again(receipt)
	receipt, e = b.fails(t, Permanent, models.ErrRejected)
	if n := len(server.sent()) - before; n != 1 || before != 4 {
		t.Errorf("%d requests, then %d", before, n)
	}
	if !strings.Contains(e.Message, "3 of 5 recipients: +14155550101: ") || !strings.Contains(e.Message, "+14155550104: the number is not sent to any more: unsubscribed") {
		t.Errorf("failed with %+v", e)
	}
	state(t, receipt, models.RecipientTaken, models.RecipientRefused, models.RecipientTaken, models.RecipientRefused, models.RecipientRefused)
}

func TestSuppressedAlone(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, nil)
	b.message.Channel.Suppressed = []models.Suppression{{Address: checkTo, Reason: "unsubscribed (21610)"}}
	receipt, _ := b.fails(t, Permanent, models.ErrRejected)
	state(t, receipt, models.RecipientRefused)
	if len(server.sent()) != 0 {
		t.Error("a suppressed number was sent to")
	}
}

func TestFaultOfTheChannelEndsTheMessage(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, nil)
	b.config.AuthToken = models.NewSecret("wrong-token-1234")
	b.config.To = nil
	for i := range models.MaxRecipients {
		b.config.To = append(b.config.To, fmt.Sprintf("+1415555%04d", i))
	}
	_, e := b.fails(t, Permanent, models.ErrConfig)
	if e.Disable == "" || !strings.Contains(e.Message, "20003") {
		t.Errorf("failed with %+v", e)
	}
}

func TestThrottledNumbersWait(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	server.before = func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n > 10 {
			w.Header().Set("Retry-After", "3")
			twilioError(w, 429, 20429, "Too Many Requests")
		}
		return n > 10
	}
	b := setupSMS(t, server.URL, nil)
	b.config.To = nil
	for i := range models.MaxRecipients {
		b.config.To = append(b.config.To, fmt.Sprintf("+1415555%04d", i))
	}
	receipt, e := b.fails(t, Throttled, models.ErrRateLimited)
	if n := len(server.sent()); e.After != 3*time.Second || n > 10+smsParallel {
		t.Errorf("%d requests, failed with %+v", n, e)
	}
	server.before = nil
	before := len(server.sent())
	b.again(receipt)
	b.sends(t)
	if n := len(server.sent()) - before; n != models.MaxRecipients-10 {
		t.Errorf("%d requests in the next try", n)
	}
}

func TestNumbersThatLeftTheChannel(t *testing.T) {
	t.Parallel()
	server := startTwilio(t)
	b := setupSMS(t, server.URL, nil)
	b.message.Progress = []models.Recipient{
		{Address: "+14155550111", State: models.RecipientTaken, IDs: []string{"SMa"}},
		{Address: "+14155550112", State: models.RecipientRefused, Detail: "no"},
	}
	receipt := b.sends(t)
	if len(server.sent()) != 1 || len(receipt.Progress) != 2 || receipt.Progress[1].Address != "+14155550111" {
		t.Errorf("%d requests, the progress is %+v", len(server.sent()), receipt.Progress)
	}
}

func TestTwilioReport(t *testing.T) {
	t.Parallel()
	config := &models.SmsConfig{Provider: models.ProviderTwilio, AccountID: checkSID, AuthToken: checkToken, AwaitReceipt: true}
	channel := &models.Channel{ID: models.NewID(models.PrefixChannel), TenantID: models.NewID(models.PrefixTenant), Config: config}
	address := "https://carillon.example.com" + TwilioPath + channel.ID.String()
	for _, row := range []struct {
		status, code string
		state        models.ReportState
	}{
		{"delivered", "", models.ReportDelivered},
		{"undelivered", "30003", models.ReportUndelivered},
		{"undelivered", "30005", models.ReportFailed},
		{"failed", "30006", models.ReportFailed},
		{"failed", "30008", models.ReportUndelivered},
		{"undelivered", "30007", models.ReportFailed},
		{"queued", "", ""}, {"sending", "", ""}, {"sent", "", ""}, {"", "", ""},
	} {
		form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {row.status}, "AccountSid": {checkSID}, "To": {checkTo}, "From": {checkFrom}, "ApiVersion": {"2010-04-01"}}
		if row.code != "" {
			form.Set("ErrorCode", row.code)
		}
		r, final, err := TwilioReport(channel, address, form, twilioSignature(checkToken, address, form))
		if err != nil || r.State != row.state || final != (row.state != "") {
			t.Errorf("%v: %+v, %v, %v", row, r, final, err)
		}
		if r.TenantID != channel.TenantID || r.Origin != config.Origin() || r.ID != "SM1" || !strings.Contains(r.Detail, row.code) && final {
			t.Errorf("%v: %+v", row, r)
		}
	}
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}, "AccountSid": {checkSID}}
	good := twilioSignature(checkToken, address, form)
	forged := url.Values{"MessageSid": {"SM2"}, "MessageStatus": {"delivered"}, "AccountSid": {checkSID}}
	other := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"delivered"}, "AccountSid": {"ACother"}}
	for name, call := range map[string]func() error{
		"no signature": func() error { _, _, err := TwilioReport(channel, address, form, ""); return err },
		"another token": func() error {
			_, _, err := TwilioReport(channel, address, form, twilioSignature(models.NewSecret("other"), address, form))
			return err
		},
		"another form":    func() error { _, _, err := TwilioReport(channel, address, forged, good); return err },
		"another address": func() error { _, _, err := TwilioReport(channel, address+"x", form, good); return err },
		"another account": func() error {
			_, _, err := TwilioReport(channel, address, other, twilioSignature(checkToken, address, other))
			return err
		},
		"another kind": func() error {
			_, _, err := TwilioReport(&models.Channel{Config: &models.HttpConfig{}}, address, form, good)
			return err
		},
	} {
		if call() == nil {
			t.Errorf("%s: a forged callback was believed", name)
		}
	}
}
