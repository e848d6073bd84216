package demo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"carillon/models"
)

// shown is a receiver as the console shows it.
type shown struct {
	Name        string             `json:"name"`
	Kind        models.ChannelKind `json:"kind"`
	State       string             `json:"state"` // answering or failing
	Description string             `json:"description"`
	Address     string             `json:"address"`
}

// received is the answer to GET /demo/received.
type received struct {
	Receivers []shown   `json:"receivers"`
	Messages  []message `json:"messages"` // the newest last
	Latest    int64     `json:"latest"`   // the number of the newest message of all
}

// Handler shows what was received, at /demo/received, and lets receivers fail or
// mends them, at /demo/receivers/{name}. It lets everybody in: who mounts it
// asks for credentials.
func (d *Demo) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /demo/received", d.showReceived)
	mux.HandleFunc("POST /demo/receivers/{name}", d.changeReceiver)
	mux.HandleFunc("/demo/", func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusNotFound, "there are GET /demo/received and POST /demo/receivers/{name}")
	})
	return mux
}

func (d *Demo) showReceived(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	after, name := int64(0), query.Get("receiver")
	if text := query.Get("after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			problem(w, http.StatusBadRequest, "after: give the number of a message, such as latest of the answer before")
			return
		}
	}
	if _, ok := d.known[name]; name != "" && !ok {
		problem(w, http.StatusNotFound, fmt.Sprintf("receiver: there is none that is called %.40q", name))
		return
	}
	all := received{Receivers: make([]shown, len(d.names))}
	for i, name := range d.names {
		all.Receivers[i] = d.show(d.known[name])
	}
	all.Messages, all.Latest = d.inbox.after(after, name)
	w.Header().Set("Cache-Control", "no-store")
	respond(w, http.StatusOK, all)
}

// maxChange bounds the body of a change.
const maxChange = 4 << 10

func (d *Demo) changeReceiver(w http.ResponseWriter, r *http.Request) {
	to, ok := d.known[r.PathValue("name")]
	if !ok {
		problem(w, http.StatusNotFound, fmt.Sprintf("there is no receiver that is called %.40q", r.PathValue("name")))
		return
	}
	var change struct{ Failing *bool }
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxChange))
	body.DisallowUnknownFields()
	if err := body.Decode(&change); err != nil || change.Failing == nil {
		problem(w, http.StatusBadRequest, `give {"failing": true} or {"failing": false}`)
		return
	}
	to.set(*change.Failing)
	respond(w, http.StatusOK, d.show(to))
}

func (d *Demo) show(r *receiver) shown {
	s := shown{Name: r.name, Kind: r.kind, State: r.state(), Description: r.description}
	switch r.kind {
	case models.KindSlack:
		s.Address = d.SlackAPI()
	case models.KindEmail:
		s.Address = d.MailAddress()
	case models.KindSMS:
		s.Address = d.smsURL()
	default:
		s.Address = d.hook(r.name)
	}
	return s
}

func problem(w http.ResponseWriter, status int, text string) {
	respond(w, status, map[string]string{"error": text})
}
