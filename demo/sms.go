package demo

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"carillon/models"
)

// sms stands in for the messages of Twilio's API.
type sms struct {
	receiver *receiver
	inbox    *inbox
	keys     credentials
	carrier  *carrier
}

// create takes a text, and hands it to the carrier.
func (s *sms) create(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	if err := r.ParseForm(); err != nil {
		twilioError(w, http.StatusBadRequest, 20001, "The form cannot be read")
		return
	}
	s.receiver.work(r.Context())
	to, from, text := r.PostForm.Get("To"), r.PostForm.Get("From"), r.PostForm.Get("Body")
	m := message{
		Receiver: s.receiver.name, Kind: models.KindSMS, From: from, To: to, Summary: text, Headers: headersOf(r.Header),
		Body: text, ContentType: "text/plain; charset=utf-8", Verified: s.authorized(r), Status: http.StatusCreated, Accepted: true,
	}
	if !m.Verified {
		m.Status, m.Accepted = http.StatusUnauthorized, false
		s.inbox.put(m)
		twilioError(w, m.Status, 20003, "Authenticate")
		return
	}
	// A text has no id before it is taken: a retry is the same text again.
	if no := s.receiver.judge(to + "\x00" + text); no != nil {
		m.Status, m.Accepted = no.status, false
		s.inbox.put(m)
		answer(w, no.status, no.text)
		return
	}
	s.inbox.put(m)
	respond(w, http.StatusCreated, s.carrier.take(from, to, text, r.PostForm.Get("StatusCallback")))
}

// list has the messages to a number, from a sender, the newest first.
func (s *sms) list(w http.ResponseWriter, r *http.Request) {
	if !s.mayAsk(w, r) {
		return
	}
	query := r.URL.Query()
	found := slices.DeleteFunc(s.carrier.all(), func(t texting) bool {
		return wanted(query, "To", t.To) || wanted(query, "From", t.From)
	})
	respond(w, http.StatusOK, map[string]any{"messages": found, "page": 0, "page_size": len(found), "next_page_uri": nil})
}

// wanted says that the query names another value.
func wanted(query url.Values, name, value string) bool {
	return query.Get(name) != "" && query.Get(name) != value
}

func (s *sms) fetch(w http.ResponseWriter, r *http.Request) {
	if !s.mayAsk(w, r) {
		return
	}
	sid := strings.TrimSuffix(r.PathValue("message"), ".json")
	if t, ok := s.carrier.find(sid); ok {
		respond(w, http.StatusOK, t)
		return
	}
	twilioError(w, http.StatusNotFound, 20404, "The requested resource was not found")
}

// mayAsk answers what is not allowed, and everything while the receiver fails.
func (s *sms) mayAsk(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case !s.authorized(r):
		twilioError(w, http.StatusUnauthorized, 20003, "Authenticate")
	case s.receiver.state() == "failing":
		answer(w, s.receiver.down.status, s.receiver.down.text)
	default:
		return true
	}
	return false
}

func (s *sms) authorized(r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	return user == s.keys.account && r.PathValue("account") == user && same(password, s.keys.smsToken.Reveal())
}

func twilioError(w http.ResponseWriter, status, code int, text string) {
	respond(w, status, map[string]any{"code": code, "message": text, "status": status})
}

// respond answers with what always can be written as JSON.
func respond(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written"}`)
	}
	answer(w, status, string(text))
}

// texting is a text as Twilio shows it.
type texting struct {
	SID         string  `json:"sid"`
	Account     string  `json:"account_sid"`
	To          string  `json:"to"`
	From        string  `json:"from"`
	Body        string  `json:"body"`
	Status      string  `json:"status"`
	Direction   string  `json:"direction"`
	Created     string  `json:"date_created"`
	ErrorCode   *int    `json:"error_code"`
	ErrorText   *string `json:"error_message"`
	callback    string
	reportAfter time.Time
}
