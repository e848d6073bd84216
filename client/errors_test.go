package client

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carillon/models"
	"carillon/testkit"
)

func TestMain(m *testing.M) {
	os.Exit(testkit.Main(m, func() error { return goleak.Find() }))
}

func newClient(t *testing.T, url string) *Client {
	t.Helper()
	c, err := New(Config{URL: url, Key: models.NewSecret("ck_test"), Timeout: 5 * time.Second, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// answering is a server that answers everything the same.
func answering(t *testing.T, status int, body string, headers ...string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"http://127.0.0.1:8080":                "http://127.0.0.1:8080",
		" http://127.0.0.1:8080/ ":             "http://127.0.0.1:8080",
		"https://example.com/graphql":          "https://example.com",
		"https://example.com/carillon/graphql": "https://example.com/carillon",
		"https://example.com/carillon//":       "https://example.com/carillon",
	} {
		c, err := New(Config{URL: given})
		if err != nil || c.URL() != want {
			t.Errorf("%q: %v, %v; want %s", given, c, err, want)
		}
	}
	for _, given := range []string{"", "127.0.0.1:8080", "ftp://a", "http://", "http://user:secret@a", "http://a?key=secret", "http://a#b", "http://[::1"} {
		if _, err := New(Config{URL: given}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", given, err)
		}
	}
}

func TestWhatIsNoServerOfOurs(t *testing.T) {
	t.Parallel()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	plain := answering(t, 404, "not found")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for _, row := range []struct{ url, want string }{
		{plain.URL, "is not a Carillon server: it answers " + plain.URL + "/graphql with HTTP 404"},
		{answering(t, 200, "<html>").URL, "is not a Carillon server"},
		{answering(t, 200, `{"data": null}`).URL, "is not a Carillon server"},
		{answering(t, 204, "").URL, "HTTP 204"},
		{answering(t, 502, "bad gateway").URL, "the server behind it is away"},
		{answering(t, 301, "", "Location", "https://example.com/graphql").URL, "redirects to https://example.com (HTTP 301)"},
		{"https" + strings.TrimPrefix(plain.URL, "http"), "does not speak TLS; give an address with http://"},
		{"http" + strings.TrimPrefix(tls.URL, "https"), "speaks TLS; give an address with https://"},
		{tls.URL, "is not trusted"},
		{"http://" + closed.Addr().String(), "connection refused; carillon serve starts one"},
	} {
		_, err := newClient(t, row.url).NewestEvent(t.Context(), "", time.Time{})
		var away *Unreachable
		if !errors.As(err, &away) || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want %q", row.url, err, row.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ body, want string }{
		{`{"message": "data.n: must be a number", "extensions": {"code": "BAD_USER_INPUT", "field": "data.n"}}`, "BAD_USER_INPUT: data.n: must be a number"},
		{`{"message": "must be a number", "extensions": {"code": "BAD_USER_INPUT", "field": "data.n"}}`, "BAD_USER_INPUT: data.n: must be a number"},
		{`{"message": "slow down", "extensions": {"code": "RATE_LIMITED", "retryAfter": 3}}`, "RATE_LIMITED: slow down (try again in 3s)"},
		{`{"message": "a"}, {"message": "b"}`, "a (and 1 more)"},
	} {
		s := answering(t, 400, `{"errors": [`+row.body+`]}`)
		_, err := newClient(t, s.URL).Publish(t.Context(), Publication{})
		var refused *Refused
		if !errors.As(err, &refused) || err.Error() != row.want {
			t.Errorf("%v; want %q", err, row.want)
		}
	}
}

func TestAServerThatStandsStill(t *testing.T) {
	t.Parallel()
	silent := testkit.NewReceiver(t, testkit.Hanging())
	c := newClient(t, silent.URL)
	c.posts.Timeout = 50 * time.Millisecond
	if _, err := c.Publish(t.Context(), Publication{}); err == nil || !strings.Contains(err.Error(), "gave no answer in time") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Publish(ctx, Publication{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestDataGoAsTheyWereGiven: neither digits nor letters change on the way.
func TestDataGoAsTheyWereGiven(t *testing.T) {
	t.Parallel()
	const data = `{"z":1.10,"a":12345678901234567890,"h":"<&>","u":"\u00e9"}`
	got := make(chan string, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
		_, _ = io.WriteString(w, `{"data":{"item":{"id":"evt_01jd5x3v9kfm8tqz2y4r6w7abc","data":`+data+`}}}`)
	}))
	t.Cleanup(s.Close)
	e, err := newClient(t, s.URL).Publish(t.Context(), Publication{Type: "a.b", Data: []byte(data)})
	if err != nil {
		t.Fatal(err)
	}
	if sent := <-got; !strings.Contains(sent, `"data":`+data) {
		t.Errorf("sent %s", sent)
	}
	if string(e.Data) != data || !strings.Contains(string(e.JSON()), data) || e.Model().ID.Prefix != models.PrefixEvent {
		t.Errorf("read %s", e.JSON())
	}
}
