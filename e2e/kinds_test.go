package e2e

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"carillon/testkit"
)

const (
	publicURL    = "https://carillon.example.com"
	slackToken   = "xoxb-123456789012-abcdefghijklmnopqrstuvwx"
	slackSecret  = "/services/T024BE7LD/B024BE7LH/nVrKPFkDvAQK8iZgDEKdGRaT"
	mailPassword = "mail-password-nobody-may-see"
)

// TestEveryKind: one webhook notifies through all kinds of channels, with one
// log of attempts, and what each provider says comes back.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		slack, mails, twilio := newSlack(t), newMailServer(t), newTwilio(t)
		n := start(t, database, "SLACK_API_URL="+slack.URL+"/api/", "SMTP_URL=smtp://"+mails.address+"?tls=none", "PUBLIC_URL="+publicURL)
		t.Run("kinds", func(t *testing.T) {
			for _, s := range []struct {
				name string
				tell func(w *world, k *kinds)
			}{
				{"one webhook, four kinds", everyKind},
				{"test event to each kind", testEveryKind},
				{"one recipient refused", oneRefused},
				{"thread for each entity", threads},
				{"configurations that are refused", refusedKinds},
			} {
				t.Run(s.name, func(t *testing.T) {
					s.tell(newWorld(t, n), &kinds{slack: slack, mails: mails, twilio: twilio})
				})
			}
		})
		n.terminate()
		n.await()
	})
}

// kinds are the providers that channels of a scenario speak to.
type kinds struct {
	slack  *slackServer
	mails  *mailServer
	twilio *twilioServer
}

// channelOf makes a channel of any kind.
func (w *world) channelOf(config map[string]any, fields map[string]any) string {
	w.t.Helper()
	input := map[string]any{"name": "channel " + rand.Text(), "config": config, "retryPolicy": retries()}
	for name, value := range fields {
		input[name] = value
	}
	var out struct{ CreateChannel struct{ ID string } }
	w.do(`mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }`, testkit.Vars{"input": input}, &out)
	return out.CreateChannel.ID
}

func (k *kinds) bot(more map[string]any) map[string]any {
	config := map[string]any{"botToken": slackToken, "channel": "C024BE91L"}
	for name, value := range more {
		config[name] = value
	}
	return map[string]any{"slack": config}
}

func (k *kinds) hook() map[string]any {
	return map[string]any{"slack": map[string]any{"webhookUrl": k.slack.URL + slackSecret}}
}

func email(to ...string) map[string]any {
	return map[string]any{"email": map[string]any{"from": "Shop <shop@example.com>", "to": to}}
}

func (k *kinds) sms(await bool) map[string]any {
	return map[string]any{"sms": map[string]any{"provider": "TWILIO", "accountId": twilioAccount, "authToken": twilioToken,
		"baseUrl": k.twilio.URL, "from": "+14155550100", "to": []string{"+14155550123"}, "awaitReceipt": await}}
}

func everyKind(w *world, k *kinds) {
	receiver := testkit.NewReceiver(w.t)
	channels := map[string]string{
		"http": w.channel(receiver.URL, nil), "bot": w.channelOf(k.bot(nil), nil), "hook": w.channelOf(k.hook(), nil),
		"email": w.channelOf(email("ann@example.com", "bob@example.com"), nil), "sms": w.channelOf(k.sms(true), nil),
	}
	w.webhook("contact.*", channels["http"], channels["bot"], channels["hook"], channels["email"], channels["sms"])
	posts, mails, texts := len(k.slack.got()), len(k.mails.got()), len(k.twilio.got())
	v := w.watch(nil)
	event := w.publish("contact.created", `{"firstName":"Zoë <b>\"Ann\"</b> & Sons","n":1.10}`)
	byChannel := map[string]attempt{}
	for range channels {
		a := v.next()
		if a.Status != "SUCCEEDED" || a.Event.ID != event {
			w.t.Errorf("the attempt is %+v, %+v", a, a.Error)
		}
		byChannel[a.Channel.ID] = a
	}
	if len(byChannel) != len(channels) {
		w.t.Fatalf("attempts of %d channels, want %d", len(byChannel), len(channels))
	}
	if got := receiver.Wait(1, patience)[0]; !strings.Contains(string(got.Body), event) {
		w.t.Errorf("the endpoint got %s", got.Body)
	}
	for _, post := range k.slack.got()[posts:] {
		if text := mustText(w, post.Body); !strings.Contains(text, "Zoë &lt;b&gt;") || post.Body["blocks"] == nil ||
			post.Path != slackSecret && (post.Token != slackToken || post.Body["channel"] != "C024BE91L") {
			w.t.Errorf("Slack got %s at %s", text, post.Path)
		}
	}
	if got := k.mails.got()[mails:]; len(got) != 1 || len(got[0].to) != 2 || got[0].from != "shop@example.com" ||
		!strings.Contains(got[0].text, "multipart/alternative") || !strings.Contains(got[0].text, "\r\nMessage-ID: <") && !strings.Contains(got[0].text, "\r\nMessage-Id: <") {
		w.t.Errorf("the mail server got %+v", got)
	}
	text := k.twilio.got()[texts]
	if !strings.Contains(text.Get("Body"), "Contact") || text.Get("To") != "+14155550123" {
		w.t.Errorf("Twilio got %v", text)
	}
	w.smsArrives(event, channels["sms"], sidOf(texts+1), text.Get("StatusCallback"))
	w.noSecrets(channels)
}

// smsArrives: what Twilio took is SENT; its report, and none that is forged, makes it SUCCEEDED.
func (w *world) smsArrives(event, channel, sid, callback string) {
	w.t.Helper()
	status := func() string {
		for _, d := range w.deliveries(event) {
			if d.Channel.ID == channel {
				return d.Status
			}
		}
		return ""
	}
	if got := status(); got != "SENT" {
		w.t.Errorf("the delivery is %s, want SENT", got)
	}
	if !strings.HasPrefix(callback, publicURL+"/callbacks/twilio/") {
		w.t.Fatalf("Twilio is to call %q", callback)
	}
	form := url.Values{"MessageSid": {sid}, "SmsSid": {sid}, "MessageStatus": {"delivered"}, "AccountSid": {twilioAccount}, "To": {"+14155550123"}}
	report := func(signature string) int {
		request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.node.url+strings.TrimPrefix(callback, publicURL), strings.NewReader(form.Encode()))
		if err != nil {
			w.t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("X-Twilio-Signature", signature)
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}).Do(request)
		if err != nil {
			w.t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	if code := report(twilioSigns(callback+"x", form)); code != http.StatusForbidden || status() != "SENT" {
		w.t.Errorf("a forged report was answered %d, the delivery is %s", code, status())
	}
	if code := report(twilioSigns(callback, form)); code != http.StatusNoContent || status() != "SUCCEEDED" {
		w.t.Errorf("the report was answered %d, the delivery is %s", code, status())
	}
	if code := report(twilioSigns(callback, form)); code != http.StatusNoContent || status() != "SUCCEEDED" {
		w.t.Errorf("the repeated report was answered %d, the delivery is %s", code, status())
	}
}

// noSecrets looks for secrets in everything that a tenant can read.
func (w *world) noSecrets(channels map[string]string) {
	w.t.Helper()
	_, answer, err := w.api.Post(w.ctx, mustJSON(w, map[string]any{"query": `{
		channels(first: 50) { nodes { id name kind statusReason config { __typename
			... on SlackConfig { mode channel username iconEmoji threadByEntity }
			... on EmailConfig { smtpServer tls username from to cc bcc replyTo listUnsubscribe }
			... on SmsConfig { provider accountId baseUrl from to maxSegments awaitReceipt } } } }
		deliveryAttempts(first: 50, filter: {includeTests: true}) { nodes { target requestHeaders { name value } requestBody responseHeaders { name value } responseBody error { message } } } }`}))
	if err != nil || strings.Contains(string(answer), `"errors"`) || strings.Count(string(answer), `"__typename"`) < len(channels) {
		w.t.Fatalf("%v %s", err, answer)
	}
	for place, text := range map[string]string{"an answer": string(answer), "the log": w.node.program.Tail(), "the database": databaseText(w)} {
		for _, secret := range []string{slackToken, slackSecret, "nVrKPFkDvAQK8iZgDEKdGRaT", twilioToken, mailPassword} {
			if strings.Contains(text, secret) {
				w.t.Errorf("%s holds the secret %s", place, secret)
			}
		}
	}
}

func mustText(w *world, v any) string {
	w.t.Helper()
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		w.t.Fatal(err)
	}
	return text.String()
}

// testEveryKind: a test answers with what each provider said, and counts for nothing.
func testEveryKind(w *world, k *kinds) {
	channels := []string{
		w.channelOf(k.bot(map[string]any{"threadByEntity": true}), nil), w.channelOf(k.hook(), nil),
		w.channelOf(email("ann@example.com"), nil), w.channelOf(k.sms(true), nil),
	}
	webhook := w.webhook("other", channels...)
	attempts, err := w.sendTest(map[string]any{"webhookId": webhook, "eventType": "order.paid", "data": json.RawMessage(`{"total":12}`)})
	if err != nil || len(attempts) != len(channels) {
		w.t.Fatalf("%d attempts, %v", len(attempts), err)
	}
	for _, a := range attempts {
		if a.Trigger != "TEST" || a.Status != "SUCCEEDED" || a.Delivery.Status != "SUCCEEDED" || a.ResponseCode == nil {
			w.t.Errorf("the attempt is %+v, %+v", a, a.Error)
		}
	}
	k.slack.refuse("channel_is_archived")
	defer k.slack.refuse("")
	attempts, err = w.sendTest(map[string]any{"channelId": channels[0], "eventType": "order.paid", "data": json.RawMessage(`{}`)})
	if err != nil || len(attempts) != 1 || attempts[0].Status != "FAILED" || !strings.Contains(attempts[0].Error.Message, "channel_is_archived") {
		w.t.Errorf("the attempts are %+v, %v", attempts, err)
	}
	for _, id := range channels {
		if state := w.channelState(id); state.Status != "ACTIVE" || state.LastAttempt != nil || state.ConsecutiveFailures != 0 {
			w.t.Errorf("channel is %+v", state)
		}
	}
}

// oneRefused: who was reached is not sent to again, also not by hand.
func oneRefused(w *world, k *kinds) {
	channel := w.channelOf(email("ann@example.com", "gone@example.com"), nil)
	w.webhook("*", channel)
	mails := len(k.mails.got())
	v := w.watch(nil)
	event := w.publish("note.created", `{}`)
	a := v.next()
	if a.Status != "FAILED" || a.Error == nil || a.Error.Retryable || !strings.Contains(a.Error.Message, "gone@example.com") ||
		a.ResponseBody == nil || !strings.Contains(*a.ResponseBody, "550") {
		w.t.Errorf("the attempt is %+v, %+v", a, a.Error)
	}
	w.call("retryDelivery", w.delivery(event).ID)
	v.next()
	if got := k.mails.got()[mails:]; len(got) != 1 || !slices.Equal(got[0].to, []string{"ann@example.com"}) {
		w.t.Errorf("the mail server got %+v", got)
	}
}

// threads: the messages of one entity go below its first.
func threads(w *world, k *kinds) {
	channel := w.channelOf(k.bot(map[string]any{"threadByEntity": true}), map[string]any{"limits": map[string]any{"rate": 1000}})
	w.webhook("*", channel)
	before := len(k.slack.got())
	v := w.watch(nil)
	for _, entity := range []string{"a", "b", "a", "a", "b"} {
		w.do(`mutation($entity: String!) { publishEvent(input: {type: "deal.moved", data: {}, entityId: $entity}) { id } }`, testkit.Vars{"entity": entity}, nil)
		v.next()
	}
	var got []any
	for _, post := range k.slack.got()[before:] {
		got = append(got, post.Body["thread_ts"])
	}
	stamp := func(n int) string { return "1700000000." + sidOf(before + n + 1)[28:] }
	if want := []any{nil, nil, stamp(0), stamp(0), stamp(1)}; !slices.Equal(got, want) {
		w.t.Errorf("the threads are %v, want %v", got, want)
	}
}

// refusedKinds: what could never work is refused when it is saved.
func refusedKinds(w *world, k *kinds) {
	many := make([]string, 10_000)
	for i := range many {
		many[i] = rand.Text() + "@example.com"
	}
	slack := func(config map[string]any) map[string]any { return map[string]any{"slack": config} }
	with := func(config map[string]any, kind, field string, value any) map[string]any {
		config[kind].(map[string]any)[field] = value
		return config
	}
	for _, row := range []struct {
		name   string
		config map[string]any
		field  string
	}{
		{"a Slack URL that is not Slack's", slack(map[string]any{"webhookUrl": "https://example.com" + slackSecret}), "config.slack.webhookUrl"},
		{"nothing to post with", slack(map[string]any{"channel": "C024BE91L"}), "config.slack.webhookUrl"},
		{"both", with(k.bot(nil), "slack", "webhookUrl", k.slack.URL+slackSecret), "config.slack.webhookUrl"},
		{"a user's token", slack(map[string]any{"botToken": "xoxp-1", "channel": "C024BE91L"}), "config.slack.botToken"},
		{"a token without a channel", slack(map[string]any{"botToken": slackToken}), "config.slack.channel"},
		{"10,000 recipients", email(many...), "config.email.to"},
		{"no recipient", email(), "config.email.to"},
		{"not an address", email("ann@example.com", "bob"), "config.email.to.1"},
		{"a line break in an address", email("ann@example.com\r\nBcc: eve@example.com"), "config.email.to.0"},
		{"a line break in the sender's name", with(email("ann@example.com"), "email", "from", "Shop\r\nBcc: <eve@example.com>"), "config.email.from"},
		{"a server without a port", with(email("ann@example.com"), "email", "smtpServer", "mail.example.com"), "config.email.smtpServer"},
		{"a password for the server-wide server", with(email("ann@example.com"), "email", "password", mailPassword), "config.email.password"},
		{"a number without +", with(k.sms(false), "sms", "to", []string{"004915112345678"}), "config.sms.to.0"},
		{"no account", with(k.sms(false), "sms", "accountId", nil), "config.sms.accountId"},
		{"no token", with(k.sms(false), "sms", "authToken", nil), "config.sms.authToken"},
		{"many segments", with(k.sms(false), "sms", "maxSegments", 1000), "config.sms.maxSegments"},
	} {
		input := map[string]any{"name": rand.Text(), "config": row.config}
		err := w.api.Do(w.ctx, createChannel, testkit.Vars{"input": input}, nil)
		refusal, ok := testkit.Refusal(err)
		if !ok || refusal.Extensions.Code != invalid || refusal.Extensions.Field != row.field {
			w.t.Errorf("%s: got %v (%s), want %s %s", row.name, err, refusal.Extensions.Field, invalid, row.field)
		}
		if strings.Contains(refusal.Message, mailPassword) || strings.Contains(refusal.Message, slackToken) {
			w.t.Errorf("%s: the message shows a secret: %s", row.name, refusal.Message)
		}
	}
}
