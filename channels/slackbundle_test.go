package channels

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/models"
)

const (
	slackToken = "xoxb-4711-0815-abcDEFghiJKLmno"
	slackPath  = "/services/T012AB3CD/B045EF6GH/hiddenHIDDENhidden"
)

// slackWorld is a server in Slack's place, and an adapter that was told of it.
type slackWorld struct {
	*Slack
	url string

	mu   sync.Mutex
	seen []slackSeen
}

// slackSeen is a request as it came.
type slackSeen struct {
	path   string
	header http.Header
	body   string
}

// slackAnswers makes a world that answers so to each request in turn, the last
// one again and again.
func slackAnswers(t *testing.T, answers ...http.HandlerFunc) *slackWorld {
	t.Helper()
	w := &slackWorld{}
	server := serve(t, func(out http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		answer := answers[min(len(w.seen), len(answers)-1)]
		w.seen = append(w.seen, slackSeen{r.URL.Path, r.Header.Clone(), string(body)})
		w.mu.Unlock()
		answer(out, r)
	})
	w.url = server.URL
	w.Slack = NewSlack(SlackOptions{API: server.URL + "/api/", UserAgent: "Carillon/test"})
	t.Cleanup(w.Close)
	return w
}

// says is an answer of this status and text.
func says(status int, text string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

// posted is how chat.postMessage says that all is well.
func posted(ts string) http.HandlerFunc {
	return says(200, `{"ok":true,"channel":"C012AB3CD","ts":"`+ts+`","message":{"text":"hi","type":"message","ts":"9.9"}}`)
}

func slackMessage(config *models.SlackConfig, body string) Message {
	return Message{
		Channel: &models.Channel{Kind: models.KindSlack, Config: config}, ID: "evt_1", Key: "dlv_1",
		Time: time.Date(2024, 3, 30, 10, 15, 0, 0, time.UTC), Content: models.Content{Body: []byte(body)},
	}
}

func slackBot() *models.SlackConfig {
	return &models.SlackConfig{Mode: models.SlackBotToken, BotToken: models.NewSecret(slackToken), Channel: "#alerts"}
}

func (w *slackWorld) webhook() *models.SlackConfig {
	return &models.SlackConfig{Mode: models.SlackIncomingWebhook, WebhookURL: models.NewSecret(w.url + slackPath)}
}

func (w *slackWorld) sends(t *testing.T, m Message) Receipt {
	t.Helper()
	receipt, err := w.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// fails sends, and wants a failure of this class and code. Nothing secret may be in it.
func (w *slackWorld) fails(t *testing.T, m Message, class Class, code models.AttemptErrorCode) (Receipt, *Error) {
	t.Helper()
	receipt, err := w.Send(t.Context(), m)
	var e *Error
	if !errors.As(err, &e) || e.Class != class || e.Code != code {
		t.Fatalf("Send returned %v (%+v), want the class %d and the code %s", err, e, class, code)
	}
	if text := shown(t, receipt, err); strings.Contains(text, "hidden") || strings.Contains(text, "4711-0815") {
		t.Errorf("a secret shows: %s", text)
	}
	return receipt, e
}

func (w *slackWorld) requests() []slackSeen {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]slackSeen(nil), w.seen...)
}

// one is the only request that came.
func (w *slackWorld) one(t *testing.T) slackSeen {
	t.Helper()
	seen := w.requests()
	if len(seen) != 1 {
		t.Fatalf("%d requests came", len(seen))
	}
	return seen[0]
}

// sameJSON compares by value.
func sameJSON(t *testing.T, got, want string) {
	t.Helper()
	var a, b any
	if err := errors.Join(json.Unmarshal([]byte(got), &a), json.Unmarshal([]byte(want), &b)); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	if string(x) != string(y) {
		t.Errorf("got %s, want %s", got, want)
	}
}
