package channels

import (
	"net/http"
	"testing"
	"time"

	"carillon/models"
)

func TestEveryMethod(t *testing.T) {
	t.Parallel()
	url, requests := recorder(t)
	for _, method := range []models.HttpMethod{models.MethodPost, models.MethodPut, models.MethodPatch} {
		b := setup(t, url+"/hook", HTTPConfig{})
		b.config.Method = method
		if _, err := b.send(t); err != nil {
			t.Fatal(err)
		}
		got := <-requests
		if got.method != string(method) || got.body != `{"test":1}` || got.length != 10 || got.path != "/hook" || !verifies(t, checkSecret, got) {
			t.Errorf("%s: the receiver had %+v", method, got)
		}
	}
}

// What a receiver asks for is understood in both forms, and never longer than a day.
func TestRetryAfterOnTheWire(t *testing.T) {
	t.Parallel()
	answer := make(chan [2]string, 1)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		said := <-answer
		w.Header().Set("Retry-After", said[1])
		w.WriteHeader(map[string]int{"429": 429, "502": 502, "503": 503, "504": 504, "500": 500}[said[0]])
	})
	b := setup(t, server.URL, HTTPConfig{})
	date := func(after time.Duration) string { return b.message.Time.Add(after).Format(http.TimeFormat) }
	for _, row := range []struct {
		status, said string
		want         time.Duration
	}{
		{"429", "120", 2 * time.Minute},
		{"429", "86401", MaxRetryAfter},
		{"429", "99999999999999999999", MaxRetryAfter},
		{"429", "-5", 0},
		{"429", "soon", 0},
		{"502", date(90 * time.Second), 90 * time.Second},
		{"503", date(30 * time.Minute), 30 * time.Minute},
		{"503", date(48 * time.Hour), MaxRetryAfter},
		{"503", "Fri, 31 Dec 9999 23:59:59 GMT", MaxRetryAfter},
		{"504", date(-time.Hour), 0},
		{"504", "0", 0},
		{"500", "60", time.Minute},
	} {
		answer <- [2]string{row.status, row.said}
		code, class := models.ErrRejected, Throttled
		switch row.status {
		case "429":
			code = models.ErrRateLimited
		case "500":
			class = Temporary
		}
		if _, e := b.fails(t, code); e.After != row.want || e.Class != class {
			t.Errorf("%s with Retry-After %q: after %s, class %d", row.status, row.said, e.After, e.Class)
		}
	}
	if MaxRetryAfter != 24*time.Hour {
		t.Errorf("the longest wait is %s", MaxRetryAfter)
	}
}
