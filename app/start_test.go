package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

var testAdmin = models.NewSecret("an-administrator-key-for-the-tests")

// boot starts a server in this process.
func boot(t *testing.T, cfg Config) *App {
	t.Helper()
	cfg.Listen, cfg.AdminKey, cfg.EncryptionKey = "127.0.0.1:0", testAdmin, models.NewSecret(testKey)
	cfg.DrainDelay = max(cfg.DrainDelay, time.Microsecond) // no balancer looks
	a, err := Start(t.Context(), cfg, Output{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, a) })
	return a
}

func shut(t *testing.T, a *App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := a.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// ask posts one operation.
func ask(t *testing.T, url string, key models.Secret, query string, out any) error {
	t.Helper()
	return testkit.NewClient(t, url, key.Reveal()).Do(t.Context(), query, nil, out)
}

func TestStartServesAndCloses(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		a := boot(t, Config{DatabaseURL: url, CORSOrigins: Origins{"https://app.example.com"}})
		if got := status(t, a.URL()+"/readyz"); got != http.StatusOK {
			t.Errorf("/readyz: %d", got)
		}
		var made struct{ CreateTenant struct{ Name string } }
		err := ask(t, a.URL(), testAdmin, `mutation { createTenant(input: {name: "acme"}) { name } }`, &made)
		if err != nil || made.CreateTenant.Name != "acme" {
			t.Errorf("%+v, %v", made, err)
		}
		a.draining.Store(true)
		if got := status(t, a.URL()+"/readyz"); got != http.StatusServiceUnavailable {
			t.Errorf("/readyz of a server that stops: %d", got)
		}
		shut(t, a)
		shut(t, a)
		if err := ask(t, a.URL(), testAdmin, "{ __typename }", nil); err == nil {
			t.Error("it still answers")
		}
	})
}

func TestStopsEndStreamsAndWaitForRequests(t *testing.T) {
	t.Parallel()
	a := boot(t, Config{DatabaseURL: testkit.SQLite(t)})
	body := `{"query": "subscription { deliveryAttempts { id } }"}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL()+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}, "Authorization": {"Bearer " + testAdmin.Reveal()}}
	client := &http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d", answer.StatusCode)
	}
	began := time.Now()
	shut(t, a)
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("an open stream held the stop up for %v", took)
	}
	if _, err := io.ReadAll(answer.Body); err != nil {
		t.Errorf("the stream was torn: %v", err)
	}
}

func TestAStartThatFailsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	url := testkit.SQLite(t)
	_, err := Start(t.Context(), Config{DatabaseURL: url, Listen: "203.0.113.1:1", EncryptionKey: models.NewSecret(testKey)}, Output{})
	if err == nil || !strings.Contains(err.Error(), "listen on 203.0.113.1:1") {
		t.Fatalf("got %v", err)
	}
	boot(t, Config{DatabaseURL: url}) // the lock is free again
}

func TestAnotherEncryptionKeyIsRefused(t *testing.T) {
	t.Parallel()
	url := testkit.SQLite(t)
	shut(t, boot(t, Config{DatabaseURL: url}))
	other := "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA="
	_, err := Start(t.Context(), Config{DatabaseURL: url, Listen: "127.0.0.1:0", EncryptionKey: models.NewSecret(other)}, Output{})
	if err == nil || !strings.Contains(err.Error(), "CARILLON_ENCRYPTION_KEY") {
		t.Errorf("got %v", err)
	}
}
