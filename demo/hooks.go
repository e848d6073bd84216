package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"carillon/models"
)

const (
	hookPath = "/hooks/"
	// maxRequest bounds what a receiver reads.
	maxRequest = 4 << 20
)

// routes gives the receivers that are reached by HTTP their addresses.
func (d *Demo) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(hookPath+"{name}", d.takeHook)
	slack := &slack{receiver: d.known[slackName], inbox: d.inbox, keys: d.keys}
	mux.HandleFunc("POST /slack/api/{method}", slack.call)
	mux.HandleFunc("POST /slack/services/{team}/{app}/{secret}", slack.hook)
	sms := &sms{receiver: d.known[smsName], inbox: d.inbox, keys: d.keys, carrier: d.carrier}
	mux.HandleFunc("POST /sms/2010-04-01/Accounts/{account}/Messages.json", sms.create)
	mux.HandleFunc("GET /sms/2010-04-01/Accounts/{account}/Messages.json", sms.list)
	mux.HandleFunc("GET /sms/2010-04-01/Accounts/{account}/Messages/{message}", sms.fetch)
	return mux
}

// takeHook checks the signature over the body as it came, and then answers as
// the receiver does today.
func (d *Demo) takeHook(w http.ResponseWriter, r *http.Request) {
	to, ok := d.known[r.PathValue("name")]
	if !ok || to.kind != models.KindHTTP {
		answer(w, http.StatusNotFound, `{"error":"there is no receiver of this name"}`)
		return
	}
	body, ok := readBody(w, r)
	if !ok {
		return
	}
	to.work(r.Context())
	m := message{
		Receiver: to.name, Kind: to.kind, From: r.UserAgent(), To: r.URL.Path, Summary: hookSummary(body),
		Headers: headersOf(r.Header), Body: string(body), ContentType: r.Header.Get("Content-Type"),
		Verified: to.signed && d.signed(to.name, r.Header, body), Status: http.StatusOK, Accepted: true,
	}
	text := `{"received":true}`
	if to.signed && !m.Verified {
		m.Status, m.Accepted, text = http.StatusUnauthorized, false, `{"error":"the signature is wrong"}`
	} else if no := to.judge(r.Header.Get("webhook-id")); no != nil {
		m.Status, m.Accepted, text = no.status, false, no.text
	}
	d.inbox.put(m)
	answer(w, m.Status, text)
}

func (d *Demo) signed(name string, headers http.Header, body []byte) bool {
	checker, err := standardwebhooks.NewWebhook(d.keys.signing[name].Reveal())
	return err == nil && checker.Verify(body, headers) == nil
}

// hookSummary is the event's type, and what it is about.
func hookSummary(body []byte) string {
	var seen struct {
		Type     string
		EntityID string
		Events   []json.RawMessage
	}
	switch {
	case json.Unmarshal(body, &seen) != nil:
		return string(body[:min(len(body), maxSummary)])
	case len(seen.Events) == 1:
		return "1 event in a batch"
	case len(seen.Events) > 1:
		return fmt.Sprintf("%d events in a batch", len(seen.Events))
	case seen.EntityID != "":
		return seen.Type + " · " + seen.EntityID
	}
	return seen.Type
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		answer(w, http.StatusRequestEntityTooLarge, `{"error":"the body is too long, or did not come whole"}`)
		return nil, false
	}
	return body, true
}

// headersOf lists headers by name, without credentials.
func headersOf(h http.Header) []header {
	var list []header
	for name, values := range h {
		for _, value := range values {
			if name == "Authorization" {
				value = "********"
			}
			list = append(list, header{name, value})
		}
	}
	slices.SortStableFunc(list, func(a, b header) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return list
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the client went away
}
