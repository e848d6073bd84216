package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carillon/testkit"
)

// hoard makes secrets that can be told from everything else, and remembers them.
type hoard struct {
	named map[string]string
}

// letters is a secret of letters and digits alone, so that no encoding changes it.
func (h *hoard) letters(name string) string {
	text := rand.Text() + rand.Text()[:6]
	h.named[name] = text
	return text
}

// forms are the ways in which a dump may hold a text.
func forms(secret string) []string {
	all := []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret)))}
	// Base64 of what holds it somewhere: three ways, by where it begins. The ends
	// depend on the neighbours and are left out.
	for skip := range 3 {
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", skip) + secret))
		all = append(all, text[(skip*8+5)/6:(len(secret)+skip)*8/6-1])
	}
	return all
}

func TestFormsOfASecretAreFound(t *testing.T) {
	t.Parallel()
	secret := rand.Text()
	for skip := range 5 {
		within := []byte("before"[:skip] + secret + "behind")
		for _, text := range []string{string(within), hex.EncodeToString(within), base64.StdEncoding.EncodeToString(within), base64.RawURLEncoding.EncodeToString(within)} {
			if !slices.ContainsFunc(forms(secret), func(form string) bool { return strings.Contains(text, form) }) {
				t.Errorf("not found in %s", text)
			}
		}
	}
}

// TestADumpHoldsNoSecret puts secrets everywhere they can be, lets deliveries
// succeed and fail, with endpoints that say back what they got, and then looks
// for each of them in everything that the database wrote.
func TestADumpHoldsNoSecret(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		h := &hoard{named: map[string]string{}}
		slack, mails, twilio := newSlack(t), newMailServer(t), newTwilio(t)
		relay := h.letters("password of the relay")
		setting := "SMTP_URL=smtp://relay:" + relay + "@" + mails.address + "?tls=none"
		n := start(t, database, "SLACK_API_URL="+slack.URL+"/api/", setting, "PUBLIC_URL="+publicURL)
		w := newWorld(t, n)
		h.named["administrator's key"], h.named["tenant's key"], h.named["encryption key"] = adminKey, strings.TrimPrefix(w.api.Key, "ck_"), encryptionKey
		var session struct{ CreatePortalSession struct{ Token string } }
		w.do(`mutation($t: ID!) { createPortalSession(input: {tenantId: $t}) { token } }`, testkit.Vars{"t": w.tenant}, &session)
		h.named["portal session"] = session.CreatePortalSession.Token[strings.LastIndexByte(session.CreatePortalSession.Token, '.')+1:]
		channels := w.hoardChannels(h, slack.URL, twilio.URL)
		w.webhook("dump.marked", channels...)
		w.webhook("dump.again", channels[:2]...)
		v := w.watch(nil)
		w.publish("dump.marked", `{"mark":"seen-in-every-dump"}`)
		states := map[string]int{}
		for range channels {
			states[v.next().Status]++
		}
		if states["SUCCEEDED"] < 3 || states["FAILED"] < 3 {
			t.Errorf("the attempts are %v", states)
		}
		for _, id := range channels[:2] { // with a rotated secret beside the new one
			var out struct{ RotateChannelSecret string }
			w.do(`mutation($id: ID!) { rotateChannelSecret(input: {id: $id, overlap: "1h"}) }`, testkit.Vars{"id": id}, &out)
			h.named["rotated secret of "+id] = strings.TrimPrefix(out.RotateChannelSecret, "whsec_")
		}
		w.publish("dump.again", `{}`)
		v.take(2)
		n.clean(h, "while it runs")
		n.terminate()
		n.await()
		n.clean(h, "after its end")
	})
}

// hoardChannels makes channels of every kind, each with secrets of its own.
func (w *world) hoardChannels(h *hoard, slackURL, twilioURL string) []string {
	w.t.Helper()
	// It says back everything that it got, in headers and body, and fails every other time.
	echo := testkit.NewReceiver(w.t, testkit.Answers(func(r testkit.Received) testkit.Answer {
		back := http.Header{}
		var body strings.Builder
		for name, values := range r.Header {
			back["X-Echo-"+name] = values
			fmt.Fprintf(&body, "%s: %q\n", name, values)
		}
		back.Set("X-Echo-Path", r.Path)
		fmt.Fprintf(&body, "%s\n%s", r.Path, r.Body)
		status := http.StatusOK
		if strings.HasPrefix(r.Path, "/fails") {
			status = http.StatusInternalServerError
		}
		return testkit.Answer{Status: status, Body: body.String(), Header: back}
	}))
	var channels []string
	for _, path := range []string{"/works", "/fails"} {
		key := make([]byte, 32)
		_, _ = rand.Read(key)
		h.named["signing secret of "+path] = base64.StdEncoding.EncodeToString(key)
		header := []any{map[string]any{"name": "Authorization", "value": "Bearer " + h.letters("secret header of "+path), "secret": true}}
		add := func(signing map[string]any) {
			channels = append(channels, w.channelWith(map[string]any{"url": echo.URL + path, "headers": header, "signing": signing}, retries()))
		}
		add(map[string]any{"scheme": "STANDARD_WEBHOOKS", "secret": "whsec_" + h.named["signing secret of "+path]})
		add(map[string]any{"scheme": "HMAC_SHA256", "secret": h.letters("HMAC secret of " + path)})
		add(map[string]any{"scheme": "SHARED_SECRET_HEADER", "secret": h.letters("shared secret of " + path)})
		add(map[string]any{"scheme": "SHARED_SECRET_QUERY", "secret": h.letters("query secret of " + path)})
	}
	smpp := map[string]any{"sms": map[string]any{"provider": "SMPP", "accountId": "carillon", "authToken": h.letters("SMPP password")[:8],
		"baseUrl": "smpp://127.0.0.1:1", "from": "Carillon", "to": []string{"+14155550123"}}}
	h.named["SMPP password"] = h.named["SMPP password"][:8]
	token := "xoxb-123456789012-" + h.letters("Slack token")
	hook := slackURL + "/services/T024BE7LD/B024BE7LH/" + h.letters("Slack webhook")
	own := map[string]any{"from": "shop@example.com", "to": []string{"ann@example.com"}, "smtpServer": "127.0.0.1:1", "tls": "NONE",
		"username": "shop", "password": h.letters("password of an SMTP server")}
	badTwilio := map[string]any{"sms": map[string]any{"provider": "TWILIO", "accountId": twilioAccount, "authToken": strings.ToLower(hexOf(h, "Twilio token")),
		"baseUrl": twilioURL, "from": "+14155550100", "to": []string{"+14155550123"}}}
	for _, config := range []map[string]any{
		{"slack": map[string]any{"botToken": token, "channel": "C024BE91L"}}, {"slack": map[string]any{"webhookUrl": hook}},
		{"email": own}, email("ann@example.com"), smpp, badTwilio,
	} {
		channels = append(channels, w.channelOf(config, nil))
	}
	return channels
}

// hexOf is a secret of the form that Twilio's have.
func hexOf(h *hoard, name string) string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	h.named[name] = hex.EncodeToString(raw)
	return h.named[name]
}

// clean looks for every secret in all that the database wrote.
func (n *node) clean(h *hoard, when string) {
	n.t.Helper()
	dumps := map[string]string{"the log": n.program.Tail()}
	if path, sqlite := strings.CutPrefix(n.database, "sqlite:"); sqlite {
		for _, file := range []string{path, path + "-wal"} {
			text, err := os.ReadFile(file)
			if err != nil && !os.IsNotExist(err) {
				n.t.Fatal(err)
			}
			dumps[filepath.Base(file)] = string(text)
		}
	} else {
		dumps["pg_dump"] = pgDump(n.t, n.database)
	}
	all := ""
	for _, text := range dumps {
		all += text
	}
	if !strings.Contains(all, "seen-in-every-dump") && !strings.Contains(all, hex.EncodeToString([]byte("seen-in-every-dump"))) {
		n.t.Errorf("%s: the dumps show nothing", when)
	}
	for name, secret := range h.named {
		for _, form := range forms(secret) {
			for place, text := range dumps {
				if at := strings.Index(text, form); at >= 0 {
					n.t.Errorf("%s: %s holds the %s, in %q", when, place, name, text[max(0, at-60):min(len(text), at+len(form)+20)])
				}
			}
		}
	}
}

// pgDump dumps a whole database as text.
func pgDump(t *testing.T, database string) string {
	t.Helper()
	program := "pg_dump"
	if _, err := exec.LookPath(program); err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
		if len(found) == 0 {
			t.Fatal("pg_dump is neither in PATH nor in /usr/lib/postgresql/*/bin; it comes with PostgreSQL")
		}
		program = found[len(found)-1]
	}
	if u, err := url.Parse(database); err != nil || u.Scheme == "" {
		t.Fatal("the database has no URL")
	}
	out, err := exec.CommandContext(t.Context(), program, "--dbname="+database).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	return string(out)
}
