package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
)

// nouns is a fresh database with one tenant.
type nouns struct {
	*store.Store
	t      *testing.T
	url    string
	now    time.Time
	tenant models.ID

	mu      sync.Mutex
	commits []models.Commit
}

func newNouns(t *testing.T, url string) *nouns {
	t.Helper()
	n := &nouns{t: t, url: url, now: time.Date(2026, 11, 20, 12, 0, 0, 123_456_000, time.UTC)}
	s, err := store.Open(t.Context(), store.Config{
		URL: url, Keys: mustRing(t, store.NewEncryptionKey()), Node: uuid.New(), Now: func() time.Time { return n.now },
		OnCommit: func(c models.Commit) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.commits = append(n.commits, c)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err := s.MigrateUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	n.Store = s
	n.tenant = n.newTenant("Acme")
	return n
}

// told takes the commits since the last call.
func (n *nouns) told() []models.Commit {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := n.commits
	n.commits = nil
	return out
}

func (n *nouns) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

func (n *nouns) newTenant(name string) models.ID {
	n.t.Helper()
	tenant := models.Tenant{ID: models.NewID(models.PrefixTenant), Name: name, Metadata: json.RawMessage(`{}`), CreatedAt: n.now, UpdatedAt: n.now}
	n.must(n.CreateTenant(n.t.Context(), tenant))
	return tenant.ID
}

func (n *nouns) channel(tenant models.ID, name string) models.Channel {
	return models.Channel{
		ID: models.NewID(models.PrefixChannel), TenantID: tenant, Name: name, Kind: models.KindHTTP,
		Config: &models.HttpConfig{
			URL: "https://example.com/hook", Method: models.MethodPost, Timeout: models.DefaultTimeout,
			Headers: []models.ConfigHeader{
				{Name: "X-Team", Value: "seen"},
				{Name: "Authorization", Secret: true, SecretValue: models.NewSecret("Bearer hidden-header-value")},
			},
			Signing: models.Signing{Scheme: models.SigningStandardWebhooks, Secret: models.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")},
		},
		RetryPolicy: models.DefaultRetryPolicy(), Status: models.ChannelActive, CreatedAt: n.now, UpdatedAt: n.now,
	}
}

func (n *nouns) newChannel(tenant models.ID, name string) models.Channel {
	n.t.Helper()
	c := n.channel(tenant, name)
	n.must(n.CreateChannel(n.t.Context(), c))
	return c
}

func (n *nouns) webhook(tenant models.ID, name string, channels ...models.ID) models.Webhook {
	w := models.Webhook{
		ID: models.NewID(models.PrefixWebhook), TenantID: tenant, Name: name, Description: "about " + name,
		EventTypes: []string{"contact.*", "lead.created"}, Status: models.WebhookActive, CreatedAt: n.now, UpdatedAt: n.now,
	}
	for _, c := range channels {
		w.Routes = append(w.Routes, models.Route{ChannelID: c})
	}
	return w
}

func (n *nouns) newWebhook(tenant models.ID, name string, channels ...models.ID) models.Webhook {
	n.t.Helper()
	w := n.webhook(tenant, name, channels...)
	n.must(n.CreateWebhook(n.t.Context(), w))
	return w
}

func (n *nouns) key(tenant *models.ID, name string) models.ApiKey {
	scopes := []models.Scope{models.ScopeManage, models.ScopePublish}
	if tenant == nil {
		scopes = []models.Scope{models.ScopeAdmin}
	}
	id := models.NewID(models.PrefixApiKey)
	return models.ApiKey{ID: id, Name: name, TenantID: tenant, Scopes: scopes, Hint: "ck_abc", Hash: []byte("hash of " + id.String()), CreatedAt: n.now}
}

func (n *nouns) newKey(tenant *models.ID, name string) models.ApiKey {
	n.t.Helper()
	k := n.key(tenant, name)
	n.must(n.CreateApiKey(n.t.Context(), k, ""))
	return k
}

// publish stores an event with one delivery for each webhook's first route.
func (n *nouns) publish(tenant models.ID, change func(*models.Event), webhooks ...models.Webhook) (models.Event, []models.Delivery) {
	n.t.Helper()
	routes, err := n.RouteTable(n.t.Context(), tenant)
	n.must(err)
	item := models.PublicationItem{Event: models.Event{
		ID: models.NewID(models.PrefixEvent), TenantID: tenant, Type: "contact.created", Version: "1",
		Data: json.RawMessage(`{"n":12345678901234567890}`), Timestamp: n.now, CreatedAt: n.now,
	}}
	if change != nil {
		change(&item.Event)
	}
	item.Fingerprint = item.Event.Fingerprint()
	var deliveries []models.Delivery
	for _, w := range webhooks {
		d := models.Delivery{
			ID: models.NewID(models.PrefixDelivery), TenantID: tenant, EventID: item.Event.ID, EventType: item.Event.Type,
			WebhookID: w.ID, ChannelID: w.Routes[0].ChannelID, Status: models.DeliveryPending, CreatedAt: n.now,
		}
		item.Placements = append(item.Placements, models.Placement{Delivery: d, Due: n.now})
		deliveries = append(deliveries, d)
	}
	out, err := n.Publish(n.t.Context(), models.Publication{
		Generations: map[models.ID]int64{tenant: routes.Generation}, Items: []models.PublicationItem{item},
	})
	n.must(err)
	return out[0].Event, deliveries
}

// claim leases what is due of a lane.
func (n *nouns) claim(owner models.NodeID, lane models.Lane, most int) []models.Work {
	n.t.Helper()
	work, err := n.Claim(n.t.Context(), models.ClaimRequest{
		Owner: owner, Now: n.now, Until: n.now.Add(time.Minute), Lanes: []models.LaneQuota{{Lane: lane, Max: most}},
	})
	n.must(err)
	return work
}

// complete records one attempt of leased work.
func (n *nouns) complete(owner models.NodeID, w models.Work, status models.DeliveryStatus) (models.Attempt, bool) {
	n.t.Helper()
	a := n.attempt(w.Delivery, models.TriggerAutomatic)
	d := w.Delivery
	d.Status, d.AttemptCount = status, d.AttemptCount+1
	if status.Final() {
		d.CompletedAt = &n.now
	} else {
		next := n.now.Add(time.Minute)
		d.NextAttemptAt = &next
	}
	if status == models.DeliverySucceeded {
		a.Status, a.Error = models.AttemptSucceeded, nil
	}
	held, err := n.Complete(n.t.Context(), models.Completion{Owner: owner,
		Parts: []models.CompletionPart{{Delivery: d, Attempt: a}}, Policy: models.DefaultRetryPolicy()})
	n.must(err)
	return a, held[0]
}

func (n *nouns) attempt(d models.Delivery, trigger models.AttemptTrigger) models.Attempt {
	id := models.NewID(models.PrefixAttempt)
	return models.Attempt{
		ID: id, RequestID: id, TenantID: d.TenantID, DeliveryID: d.ID, EventID: d.EventID, EventType: d.EventType,
		WebhookID: d.WebhookID, ChannelID: d.ChannelID, ChannelKind: models.KindHTTP, Number: d.AttemptCount + 1, Trigger: trigger,
		Status: models.AttemptFailed, Target: "https://example.com/hook",
		RequestHeaders: []models.Header{{Name: "webhook-id", Value: "x"}}, RequestBody: "{}",
		Error: &models.AttemptError{Code: models.ErrRejected, Message: "no", Retryable: true}, StartedAt: n.now, Latency: 7 * time.Millisecond,
	}
}

// test records a test event with its attempt.
func (n *nouns) test(w models.Webhook) models.Attempt {
	n.t.Helper()
	e := models.Event{ID: models.NewID(models.PrefixEvent), TenantID: w.TenantID, Type: "contact.created", Version: "1",
		Data: json.RawMessage(`{}`), Timestamp: n.now, CreatedAt: n.now, Test: true}
	d := models.Delivery{ID: models.NewID(models.PrefixDelivery), TenantID: w.TenantID, EventID: e.ID, EventType: e.Type, WebhookID: w.ID,
		ChannelID: w.Routes[0].ChannelID, Status: models.DeliveryFailed, AttemptCount: 1, CreatedAt: n.now, CompletedAt: &n.now, Test: true}
	a := n.attempt(d, models.TriggerTest)
	a.Number = 1
	run, err := n.RecordTest(n.t.Context(), models.TestRun{Event: e, Deliveries: []models.Delivery{d}, Attempts: []models.Attempt{a}})
	n.must(err)
	return run.Attempts[0]
}

// refused wants a coded error about a field.
func refused(t *testing.T, err error, code models.Code, field string) {
	t.Helper()
	var e *models.Error
	if !errors.As(err, &e) || e.Code != code || e.Field != field {
		t.Errorf("want %s about %q, got %v", code, field, err)
	}
}

// same compares what was stored with what came back, as JSON text.
func same[T any](t *testing.T, got, want T) {
	t.Helper()
	g, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(g) != string(w) {
		t.Errorf("got  %s\nwant %s", g, w)
	}
}

// paged walks a whole list and gives the keys of its nodes. It checks what the
// pages say of each other.
func paged[T any](t *testing.T, size int, list func(context.Context, models.Page) (models.Connection[T], error), key func(T) string) (keys []string) {
	t.Helper()
	page := models.Page{First: size}
	for {
		c, err := list(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Nodes) != len(c.Cursors) || len(c.Nodes) > size || c.HasPrevious != (page.After != "") || c.HasNext && len(c.Nodes) < size {
			t.Fatalf("a page of %d has %d nodes, %d cursors, next %v, previous %v", size, len(c.Nodes), len(c.Cursors), c.HasNext, c.HasPrevious)
		}
		for _, node := range c.Nodes {
			keys = append(keys, key(node))
		}
		if !c.HasNext {
			return keys
		}
		page.After = c.Cursors[len(c.Cursors)-1]
	}
}

// names lists by name for comparison.
func names[T any](t *testing.T, c models.Connection[T], err error, name func(T) string) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(c.Nodes))
	for i, node := range c.Nodes {
		out[i] = name(node)
	}
	return strings.Join(out, " ")
}
