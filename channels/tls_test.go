package channels

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"carillon/models"
)

// serveTLS runs a server with a certificate for example.com and 127.0.0.1 of
// an authority of its own.
func serveTLS(t *testing.T, handler http.HandlerFunc, config *tls.Config) (*httptest.Server, *x509.CertPool) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.TLS = config
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server, pool
}

func TestHTTPSSpeaksHTTP2(t *testing.T) {
	t.Parallel()
	server, pool := serveTLS(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, sent := r.Header["X-Idempotency-Key"]; sent {
			t.Error("X-Idempotency-Key was sent")
		}
		_, _ = io.WriteString(w, r.Proto+" "+r.Header.Get("Webhook-Id")+" "+string(body))
	}, nil)
	b := setup(t, server.URL, HTTPConfig{RootCAs: pool})
	for range 3 {
		receipt, err := b.send(t)
		if err != nil {
			t.Fatal(err)
		}
		if want := `HTTP/2.0 evt_01jd5x3v9kfm8tqz2y4r6w7abc {"test":1}`; *receipt.ResponseBody != want {
			t.Errorf("the answer is %q, want %q", *receipt.ResponseBody, want)
		}
	}
}

func TestHTTP2HeaderFloodIsCut(t *testing.T) {
	t.Parallel()
	server, pool := serveTLS(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			w.Header().Add("X-Flood", strings.Repeat("a", 1000))
		}
	}, nil)
	_, e := setup(t, server.URL, HTTPConfig{RootCAs: pool}).fails(t, models.ErrConnect)
	if !strings.Contains(e.Message, "more than 64 KiB of headers") {
		t.Errorf("failed with %+v", e)
	}
}

// TestNothingInTheClear: with CARILLON_REQUIRE_HTTPS a channel from before the setting
// sends nothing to an http:// address, and is tried again once it has another.
func TestNothingInTheClear(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request came in the clear") }))
	t.Cleanup(plain.Close)
	_, e := setup(t, plain.URL, HTTPConfig{TLSOnly: true}).fails(t, models.ErrConfig)
	if e.Class != Temporary || !strings.Contains(e.Message, "CARILLON_REQUIRE_HTTPS") {
		t.Errorf("failed with %+v", e)
	}
	_, e = setupSMS(t, plain.URL, func(o *SMSOptions) { o.TLSOnly = true }).fails(t, Temporary, models.ErrConfig)
	if !strings.Contains(e.Message, "CARILLON_REQUIRE_HTTPS") {
		t.Errorf("failed with %+v", e)
	}
	secure, pool := serveTLS(t, func(http.ResponseWriter, *http.Request) {}, nil)
	if _, err := setup(t, secure.URL, HTTPConfig{TLSOnly: true, RootCAs: pool}).send(t); err != nil {
		t.Error(err)
	}
}

func TestTLSFailures(t *testing.T) {
	t.Parallel()
	ok := func(http.ResponseWriter, *http.Request) {}
	trusted, pool := serveTLS(t, ok, nil)
	asking, askingPool := serveTLS(t, ok, &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12})
	old, oldPool := serveTLS(t, ok, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	plain := serve(t, ok)
	for name, row := range map[string]struct {
		url, message string
		pool         *x509.CertPool
	}{
		"unknown authority":        {trusted.URL, "not signed by an authority", x509.NewCertPool()},
		"another name":             {strings.Replace(trusted.URL, "127.0.0.1", "localhost", 1), "for another name", pool},
		"old TLS":                  {old.URL, "handshake", oldPool},
		"plain HTTP":               {strings.Replace(plain.URL, "http:", "https:", 1), "does not speak TLS", pool},
		"asks for our certificate": {asking.URL, "the TLS handshake with", askingPool},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, e := setup(t, row.url, HTTPConfig{RootCAs: row.pool}).fails(t, models.ErrTLS)
			if e.Class != Temporary || !strings.Contains(e.Message, row.message) {
				t.Errorf("failed with %+v, want %q", e, row.message)
			}
		})
	}
}
