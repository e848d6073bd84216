package demo

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carillon/testkit"
)

func TestMain(m *testing.M) { os.Exit(testkit.Main(m, func() error { return goleak.Find() })) }

const patience = time.Minute

// opened is receivers that listen until the test ends.
func opened(t *testing.T) *Demo {
	t.Helper()
	d, err := Open(t.Context(), Config{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// does sends a request, and returns what is answered.
func (d *Demo) does(t *testing.T, method, url, body string, headers ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// newest is the message that was received last.
func (d *Demo) newest(t *testing.T) message {
	t.Helper()
	all, latest := d.inbox.after(0, "")
	if len(all) == 0 || all[len(all)-1].Seq != latest {
		t.Fatalf("%d messages, the latest is %d", len(all), latest)
	}
	return all[len(all)-1]
}

func decoded[T any](t *testing.T, text string) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
