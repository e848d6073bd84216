package demo

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"

	"carillon/models"
)

// slack stands in for Slack: chat.postMessage of its Web API, and an incoming
// webhook.
type slack struct {
	receiver *receiver
	inbox    *inbox
	keys     credentials
	posted   atomic.Int64
}

// posting is what is read of a message; Slack's own reading is much stricter.
type posting struct {
	Channel  string
	Text     string
	ThreadTS string `json:"thread_ts"`
	Username string
}

// call is a method of the Web API, which says in a 200 what it refuses.
func (s *slack) call(w http.ResponseWriter, r *http.Request) {
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	p, m := s.read(r, body)
	m.Verified = same(r.Header.Get("Authorization"), "Bearer "+s.keys.slackToken.Reveal())
	m.To = p.Channel
	switch {
	case r.PathValue("method") != "chat.postMessage":
		s.refuse(w, m, http.StatusOK, `{"ok":false,"error":"unknown_method"}`)
	case !m.Verified:
		s.refuse(w, m, http.StatusOK, `{"ok":false,"error":"invalid_auth"}`)
	case p.Channel == "":
		s.refuse(w, m, http.StatusOK, `{"ok":false,"error":"channel_not_found"}`)
	default:
		s.take(w, m, body, func() string {
			ts := fmt.Sprintf("%d.%06d", s.inbox.now().Unix(), s.posted.Add(1)%1_000_000)
			text, _ := json.Marshal(map[string]any{"ok": true, "channel": p.Channel, "ts": ts}) // strings always can be
			return string(text)
		})
	}
}

// hook is the incoming webhook, which answers in words.
func (s *slack) hook(w http.ResponseWriter, r *http.Request) {
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	_, m := s.read(r, body)
	m.From, m.To = r.UserAgent(), "#wins (incoming webhook)"
	if m.Verified = same(r.URL.Path, s.keys.slackHook.Reveal()); !m.Verified {
		s.refuse(w, m, http.StatusNotFound, "no_service")
		return
	}
	s.take(w, m, body, func() string { return "ok" })
}

func (s *slack) read(r *http.Request, body []byte) (p posting, m message) {
	s.receiver.work(r.Context())
	_ = json.Unmarshal(body, &p) // what cannot be read stays empty, and is refused as Slack would
	return p, message{
		Receiver: s.receiver.name, Kind: models.KindSlack, From: p.Username, Summary: p.Text, Thread: p.ThreadTS,
		Headers: headersOf(r.Header), Body: string(body), ContentType: r.Header.Get("Content-Type"),
	}
}

func (s *slack) take(w http.ResponseWriter, m message, body []byte, taken func() string) {
	// Slack's messages bear no id of their own: a retry is the same bytes again.
	sum := sha256.Sum256(body)
	if no := s.receiver.judge(hex.EncodeToString(sum[:])); no != nil {
		s.refuse(w, m, no.status, no.text)
		return
	}
	m.Status, m.Accepted = http.StatusOK, true
	s.inbox.put(m)
	answer(w, m.Status, taken())
}

func (s *slack) refuse(w http.ResponseWriter, m message, status int, text string) {
	m.Status = status
	s.inbox.put(m)
	answer(w, status, text)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
