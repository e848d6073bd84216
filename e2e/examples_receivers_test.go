package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"carillon/testkit"
)

// receiverCommands are the commands of examples/receivers, each with its folder.
func receiverCommands(t *testing.T) map[string][]string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "receiver")
	if err := testkit.Build(t.Context(), program, "carillon/examples/receivers/go"); err != nil {
		t.Fatal(err)
	}
	const node = "../examples/receivers/node"
	testkit.NodePackages(t, node)
	if _, err := exec.LookPath("python3"); err != nil {
		t.Fatal("this test runs in Python: install Python 3.9 or newer, so that python3 is on the PATH")
	}
	return map[string][]string{
		"go":     {t.TempDir(), program},
		"node":   {node, "node", "receiver.mjs"},
		"python": {"../examples/receivers/python", "python3", "receiver.py"},
	}
}

// TestReceivers: the receivers take what the program sends, once, and nothing else.
func TestReceivers(t *testing.T) {
	t.Parallel()
	commands := receiverCommands(t)
	n := start(t, testkit.SQLite(t))
	t.Run("receivers", func(t *testing.T) {
		for name, command := range commands {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				secret := "whsec_" + base64.StdEncoding.EncodeToString([]byte(rand.Text()+rand.Text()))
				options := []string{"--listen", "127.0.0.1:0", "--secret", secret, "--fail", "1"}
				r := &receiverStory{world: newWorld(t, n), secret: secret, process: startExample(t, command[0], slices.Concat(command[1:], options)...)}
				r.delivered()
				r.refused()
				r.atOnce()
				r.check()
			})
		}
	})
}

// receiverStory is what a receiver goes through, and what it must have done.
type receiverStory struct {
	*world
	process *exampleProcess
	secret  string
	done    []string // ids of the messages that must have been worked off, each once
}

// delivered: by the program itself, refused once, tried again, and sent anew with
// the same id; also while the secret is changed.
func (r *receiverStory) delivered() {
	channel := r.channelWith(map[string]any{"url": r.process.url + "/hooks", "signing": map[string]any{"scheme": "STANDARD_WEBHOOKS", "secret": r.secret}}, retries("10ms", "10ms"))
	r.webhook("order.*", channel)
	v := r.watch(map[string]any{"channelId": channel})
	outcomes := func(want ...int) {
		r.t.Helper()
		for _, status := range want {
			if a := v.next(); a.ResponseCode == nil || *a.ResponseCode != status {
				r.t.Errorf("the attempt is %+v %+v, want %d", a, a.Error, status)
			}
		}
	}
	event := r.publish("order.paid", `{"text":"Zoë \u0026 Söhne 🔔","n":12345678901234567890}`)
	outcomes(503, 204)
	r.call("replayEvent", event)
	outcomes(204)
	if _, err := r.rotate(map[string]any{"id": channel}); err != nil {
		r.t.Fatal(err)
	}
	rotated := r.publish("order.paid", `{}`)
	outcomes(204)
	r.done = append(r.done, event, rotated)
	r.process.await("double of " + event)
	if line := r.process.await("done " + event); !strings.Contains(line, `"text":"Zoë \u0026 Söhne 🔔","n":12345678901234567890`) {
		r.t.Errorf("the work was done on %s", line)
	}
	if _, err := r.rotate(map[string]any{"id": channel, "overlap": "0s"}); err != nil {
		r.t.Fatal(err)
	}
	r.set(channel, map[string]any{"retryPolicy": retries()})
	r.publish("order.paid", `{"with":"a secret that the receiver does not know"}`)
	outcomes(400)
}

// signedAt is a message of a sender who knows a secret.
func (r *receiverStory) signedAt(id string, at time.Time, body, secret string) http.Header {
	r.t.Helper()
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		r.t.Fatal(err)
	}
	signature, err := signer.Sign(id, at, []byte(body))
	if err != nil {
		r.t.Fatal(err)
	}
	return http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {strconv.FormatInt(at.Unix(), 10)}, "Webhook-Signature": {signature}}
}

func (r *receiverStory) post(header http.Header, body string) int {
	status, err := r.tryPost(header, strings.NewReader(body))
	if err != nil {
		r.t.Errorf("post: %v", err)
	}
	return status
}

func (r *receiverStory) tryPost(header http.Header, body io.Reader) (status int, err error) {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodPost, r.process.url+"/hooks", body)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header = header.Clone()
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}).Do(request)
	if err != nil {
		return 0, err
	}
	_ = answer.Body.Close()
	return answer.StatusCode, nil
}

// refused: tampered with, unsigned, by another secret, old, from the future, or
// without end. A refusal leaves no trace: the real message is taken after it.
func (r *receiverStory) refused() {
	now, body := time.Now(), `{"n":1}`
	other := "whsec_" + base64.StdEncoding.EncodeToString([]byte(rand.Text()))
	without := func(name string) http.Header {
		header := r.signedAt("evt_refused", now, body, r.secret)
		header.Del(name)
		return header
	}
	with := func(name, value string) http.Header {
		header := r.signedAt("evt_refused", now, body, r.secret)
		header.Set(name, value)
		return header
	}
	for name, message := range map[string]struct {
		header http.Header
		body   string
	}{
		"other body":           {with("X-Other", "1"), body + " "},
		"other id":             {with("Webhook-Id", "evt_other"), body},
		"other time":           {with("Webhook-Timestamp", strconv.FormatInt(now.Unix()+1, 10)), body},
		"time of no number":    {with("Webhook-Timestamp", "now"), body},
		"time without end":     {with("Webhook-Timestamp", strings.Repeat("9", 5000)), body},
		"other secret":         {r.signedAt("evt_refused", now, body, other), body},
		"other version":        {with("Webhook-Signature", strings.Replace(without("").Get("Webhook-Signature"), "v1,", "v2,", 1)), body},
		"no base64":            {with("Webhook-Signature", "v1,ü v1 , v1,"), body},
		"without id":           {without("Webhook-Id"), body},
		"without time":         {without("Webhook-Timestamp"), body},
		"without signature":    {without("Webhook-Signature"), body},
		"ten minutes old":      {r.signedAt("evt_refused", now.Add(-10*time.Minute), body, r.secret), body},
		"ten minutes too soon": {r.signedAt("evt_refused", now.Add(10*time.Minute), body, r.secret), body},
		"empty":                {http.Header{}, ""},
	} {
		if status := r.post(message.header, message.body); status != http.StatusBadRequest {
			r.t.Errorf("%s: answered %d, want 400", name, status)
		}
	}
	// The connection may be cut before all of it is sent.
	if status, err := r.tryPost(http.Header{}, bytes.NewReader(make([]byte, 17<<20))); err == nil && status != http.StatusRequestEntityTooLarge {
		r.t.Errorf("17 MiB: answered %d, want 413", status)
	}
	if status := r.post(r.signedAt("evt_refused", now, body, r.secret), body); status != http.StatusNoContent {
		r.t.Errorf("the real message: answered %d", status)
	}
	r.done = append(r.done, "evt_refused")
}

// atOnce: doubles that arrive at the same time.
func (r *receiverStory) atOnce() {
	const doubles = 20
	for round := range 5 {
		id := "evt_double" + strconv.Itoa(round)
		header, body := r.signedAt(id, time.Now(), `{"n":1}`, r.secret), `{"n":1}`
		var all sync.WaitGroup
		for range doubles {
			all.Go(func() {
				if status := r.post(header, body); status != http.StatusNoContent {
					r.t.Errorf("a double was answered %d", status)
				}
			})
		}
		all.Wait()
		r.done = append(r.done, id)
	}
}

// check stops the receiver, which then has worked off everything, once.
func (r *receiverStory) check() {
	var done []string
	for _, line := range r.process.stop() {
		if rest, ok := strings.CutPrefix(line, "done "); ok {
			id, _, _ := strings.Cut(rest, ":")
			done = append(done, id)
		}
	}
	if !slices.Equal(done, r.done) {
		r.t.Errorf("worked off were\n%q, want\n%q", done, r.done)
	}
}
