package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"carillon/testkit"
)

// wholeLog is all that a program prints.
type wholeLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *wholeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *wholeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// What nobody may find in the log.
const (
	loggedPayload  = "payload-7f3a9c"
	loggedAnswer   = "answer-7f3a9c"
	loggedHeader   = "header-secret-7f3a9c"
	loggedSigning  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	loggedQuery    = "query-secret-7f3a9c"
	loggedUserinfo = "userinfo-secret-7f3a9c"
	loggedSource   = "template-source-7f3a9c"
	loggedKey      = "idempotency-7f3a9c"
	loggedLiteral  = "literal-7f3a9c"
)

// TestTheLogTellsNoSecrets runs a server at the level debug, with a secret and a
// payload in every place that they can be in, through successes and failures of all
// kinds, and looks for them in everything that it printed.
func TestTheLogTellsNoSecrets(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		slack, mails, twilio, log := newSlack(t), newMailServer(t), newTwilio(t), &wholeLog{}
		ctx, cancel := context.WithTimeout(t.Context(), startTime)
		defer cancel()
		relay := "smtp://mailer:" + mailPassword + "@" + mails.address + "?tls=none"
		program, err := testkit.StartProgram(ctx, testkit.ProgramConfig{Binary: binary, Dir: t.TempDir(), Log: log, Settings: settingsOf(database,
			[]string{"LOG_LEVEL=debug", "SLACK_API_URL=" + slack.URL + "/api/", "SMTP_URL=" + relay, "PUBLIC_URL=" + publicURL})})
		if err != nil {
			t.Fatal(err)
		}
		n := &node{t: t, url: program.URL, database: database, program: program}
		t.Cleanup(n.kill)
		w, k := newWorld(t, n), &kinds{slack: slack, mails: mails, twilio: twilio}
		session := liveThroughAll(w, k)
		n.terminate()
		n.await()

		text := log.String()
		for _, hidden := range []string{loggedPayload, loggedAnswer, loggedHeader, strings.TrimPrefix(loggedSigning, "whsec_"), loggedQuery, loggedUserinfo,
			loggedSource, loggedKey, loggedLiteral, slackToken, slackSecret, mailPassword, twilioToken, w.api.Key, session, adminKey, encryptionKey} {
			if at := strings.Index(text, hidden); at >= 0 {
				t.Errorf("the log shows %s: …%s", hidden, text[max(0, at-300):min(len(text), at+100)])
			}
		}
		checkAttemptLines(t, text)
	})
}

// liveThroughAll puts secrets and payloads everywhere, and gives the secret of a
// portal session.
func liveThroughAll(w *world, k *kinds) (session string) {
	w.t.Helper()
	http1 := map[string]any{"headers": []any{map[string]any{"name": "X-Token", "value": loggedHeader, "secret": true}},
		"signing": map[string]any{"scheme": "STANDARD_WEBHOOKS", "secret": loggedSigning}}
	at := func(url string) map[string]any {
		config := map[string]any{"url": url}
		for name, value := range http1 {
			config[name] = value
		}
		return map[string]any{"http": config}
	}
	answering := func(status int) string {
		return testkit.NewReceiver(w.t, testkit.Answers(func(testkit.Received) testkit.Answer {
			return testkit.Answer{Status: status, Body: loggedAnswer, Header: http.Header{"X-Answer": {loggedAnswer}, "Retry-After": {"3600"}}}
		})).URL + "/way?token=" + loggedQuery
	}
	closed := testkit.NewReceiver(w.t)
	closed.Close()
	var made struct{ CreateTemplate struct{ ID string } }
	w.do(`mutation($i: CreateTemplateInput!) { createTemplate(input: $i) { id } }`, testkit.Vars{"i": map[string]any{"name": "fails", "kind": "HTTP",
		"parts": []any{map[string]any{"name": "BODY", "source": `{{/* ` + loggedSource + ` */}}{"a": {{index .events 1000000}}}`}}}}, &made)
	channels := []string{
		w.channelOf(at(answering(200)), nil), w.channelOf(at(answering(404)), nil), w.channelOf(at(answering(500)), nil), w.channelOf(at(answering(429)), nil),
		w.channelOf(at(answering(302)), nil), w.channelOf(at(closed.URL+"/"+loggedQuery), nil),
		w.channelOf(at("http://name-that-is-nowhere.invalid/?token="+loggedQuery), nil),
		w.channelOf(at(answering(200)), map[string]any{"templateId": made.CreateTemplate.ID}),
		w.channelOf(k.bot(nil), nil), w.channelOf(k.hook(), nil), w.channelOf(email("ann@example.com"), nil), w.channelOf(k.sms(false), nil),
		w.channelOf(map[string]any{"sms": map[string]any{"provider": "TWILIO", "accountId": twilioAccount, "authToken": twilioToken,
			"baseUrl": closed.URL, "from": "+14155550100", "to": []string{"+14155550123"}}}, nil),
	}
	webhook := w.webhook("contact.*", channels...)
	w.do(`mutation($i: UpdateWebhookInput!) { updateWebhook(input: $i) { id } }`,
		testkit.Vars{"i": map[string]any{"id": webhook, "filter": `data.text != "` + loggedSource + `"`}}, nil)
	v := w.watch(nil)
	w.do(`mutation($i: PublishEventInput!) { publishEvent(input: $i) { id } }`, testkit.Vars{"i": map[string]any{
		"type": "contact.created", "idempotencyKey": loggedKey, "data": map[string]any{"text": loggedPayload}}}, nil)
	for range channels {
		v.next()
	}
	_, _ = w.sendTest(map[string]any{"channelId": channels[1], "eventType": "contact.created", "data": map[string]any{"text": loggedPayload}})
	for _, bad := range []string{
		`{"query":"mutation { publishEvent(input: {type: \"x\", data: {a: \"` + loggedLiteral + `\"}, nothing: 1}) { id } }"}`,
		`{"query":"{ nothing(a: \"` + loggedLiteral + `\") }`, loggedLiteral,
		`{"query":"mutation { createChannel(input: {name: \"x\", config: {http: {url: \"https://user:` + loggedUserinfo + `@example.com\"}}}) { id } }"}`,
	} {
		_, _, _ = w.api.Post(w.ctx, []byte(bad)) // what it answers is for other tests
	}
	_ = w.admin.WithKey("ck_"+loggedLiteral).Do(w.ctx, `{ viewer { name } }`, nil, nil)
	portal, visitor := w.portal(w.admin)
	_ = visitor.Do(w.ctx, `{ viewer { name } }`, nil, nil)
	return portal.Token
}

// checkAttemptLines wants one line for each attempt, with the ids that the house has
// agreed on.
func checkAttemptLines(t *testing.T, text string) {
	t.Helper()
	lines, seen := 0, map[string]bool{}
	for line := range strings.Lines(text) {
		if !strings.Contains(line, "msg=attempt ") {
			continue
		}
		lines++
		for _, id := range []string{`event_id=evt_\w+`, `delivery_id=dlv_\w+`, `channel_id=chn_\w+`, `tenant_id=tnt_\w+`, `attempt=\d+`, `status=[A-Z]+`, `latency=\S+`} {
			if !regexp.MustCompile(`\b` + id + `\b`).MatchString(line) {
				t.Errorf("the line of an attempt lacks %s: %s", id, line)
			}
		}
		key := fmt.Sprint(regexp.MustCompile(`delivery_id=\S+|attempt=\d+`).FindAllString(line, -1))
		if seen[key] {
			t.Errorf("an attempt has two lines: %s", line)
		}
		seen[key] = true
	}
	if lines < 13 {
		t.Errorf("%d attempts have a line, want 13 or more", lines)
	}
}
