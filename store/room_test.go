package store_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

// room is a store with one tenant, one webhook and one channel, to publish into.
type room struct {
	*store.Store
	url        string
	node       models.NodeID
	now        time.Time
	slow       time.Duration // how far the clock goes on at each look
	keys       *store.Keyring
	tenant     models.ID
	lane       models.Lane
	generation int64

	mu   sync.Mutex
	told []models.Commit
}

func newRoom(tb testing.TB, url string) *room {
	tb.Helper()
	r := &room{url: url, now: time.Date(2026, 11, 20, 12, 0, 0, 123456000, time.UTC)}
	keys, err := store.ParseKeyring(store.NewEncryptionKey())
	must(tb, err)
	r.keys = keys
	r.Store, r.node = r.open(tb, r.hear)
	must(tb, r.MigrateUp(tb.Context()))
	testkit.WatchSteps(tb, url)
	r.tenant = models.NewID(models.PrefixTenant)
	must(tb, r.CreateTenant(tb.Context(), models.Tenant{ID: r.tenant, Name: "Acme", Metadata: json.RawMessage("{}"), CreatedAt: r.now, UpdatedAt: r.now}))
	r.lane = r.newLane(tb, "first")
	r.refresh(tb)
	return r
}

// open is another process on the same database.
func (r *room) open(tb testing.TB, hear func(models.Commit)) (*store.Store, models.NodeID) {
	tb.Helper()
	node := uuid.New()
	s, err := store.Open(context.Background(), store.Config{URL: r.url, Keys: r.keys, Node: node, OnCommit: hear,
		Now: r.clock})
	must(tb, err)
	tb.Cleanup(func() { must(tb, s.Close()) })
	return s, node
}

// clock stands still, unless it is slow to look at.
func (r *room) clock() time.Time {
	if r.slow > 0 {
		r.now = r.now.Add(r.slow)
	}
	return r.now
}

func (r *room) hear(c models.Commit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, c)
}

// heard takes the commits since the last call.
func (r *room) heard() []models.Commit {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.told
	r.told = nil
	return told
}

func (r *room) newLane(tb testing.TB, name string) models.Lane {
	tb.Helper()
	c := models.Channel{ID: models.NewID(models.PrefixChannel), TenantID: r.tenant, Name: name, Kind: models.KindHTTP,
		Config: &models.HttpConfig{URL: "https://example.com/hook", Method: models.MethodPost, Timeout: models.DefaultTimeout,
			Signing: models.Signing{Scheme: models.SigningNone}},
		RetryPolicy: models.DefaultRetryPolicy(), Status: models.ChannelActive, CreatedAt: r.now, UpdatedAt: r.now}
	must(tb, r.CreateChannel(tb.Context(), c))
	w := models.Webhook{ID: models.NewID(models.PrefixWebhook), TenantID: r.tenant, Name: name, EventTypes: []string{"*"},
		Status: models.WebhookActive, Routes: []models.Route{{ChannelID: c.ID}}, CreatedAt: r.now, UpdatedAt: r.now}
	must(tb, r.CreateWebhook(tb.Context(), w))
	return models.Lane{ChannelID: c.ID, WebhookID: w.ID}
}

// refresh reads the generation of the routes.
func (r *room) refresh(tb testing.TB) {
	tb.Helper()
	table, err := r.RouteTable(tb.Context(), r.tenant)
	must(tb, err)
	r.generation = table.Generation
}

// item is an event with one delivery that waits.
func (r *room) item() models.PublicationItem {
	e := models.Event{ID: models.NewID(models.PrefixEvent), TenantID: r.tenant, Type: "contact.created", Version: "1",
		Data: payload, Timestamp: r.now, CreatedAt: r.now}
	d := models.Delivery{ID: models.NewID(models.PrefixDelivery), TenantID: r.tenant, EventID: e.ID, EventType: e.Type,
		WebhookID: r.lane.WebhookID, ChannelID: r.lane.ChannelID, Status: models.DeliveryPending, CreatedAt: r.now}
	return models.PublicationItem{Event: e, Placements: []models.Placement{{Delivery: d, Due: r.now}}}
}

// leased is an item whose delivery is the publisher's from the start.
func (r *room) leased() models.PublicationItem {
	item := r.item()
	item.Placements[0].Leased, item.Placements[0].Due = true, r.now.Add(time.Minute)
	return item
}

func (r *room) keyed(key, entity string) models.PublicationItem {
	item := r.item()
	item.Event.IdempotencyKey, item.Event.EntityID = key, entity
	item.Fingerprint = item.Event.Fingerprint()
	return item
}

func (r *room) publication(items ...models.PublicationItem) models.Publication {
	return models.Publication{Owner: r.node, Generations: map[models.ID]int64{r.tenant: r.generation}, Items: items}
}

func (r *room) publish(tb testing.TB, items ...models.PublicationItem) []models.Published {
	tb.Helper()
	out, err := r.Publish(tb.Context(), r.publication(items...))
	must(tb, err)
	return out
}

// outcome is the completion of an item's delivery.
func (r *room) outcome(item models.PublicationItem, status models.DeliveryStatus) models.Completion {
	d := item.Placements[0].Delivery
	d.Status, d.AttemptCount = status, d.AttemptCount+1
	code, id := 200, models.NewID(models.PrefixAttempt)
	a := models.Attempt{ID: id, TenantID: d.TenantID, DeliveryID: d.ID, EventID: d.EventID,
		EventType: d.EventType, WebhookID: d.WebhookID, ChannelID: d.ChannelID, ChannelKind: models.KindHTTP,
		Number: d.AttemptCount, Trigger: models.TriggerAutomatic, Status: models.AttemptSucceeded,
		RequestID: id, Target: "https://example.com/hook", RequestHeaders: sentHeaders,
		RequestBody: string(payload), ResponseCode: &code, ResponseHeaders: gotHeaders, ResponseBody: new(string),
		StartedAt: r.now, Latency: 3 * time.Millisecond}
	if status == models.DeliverySucceeded {
		d.CompletedAt = &r.now
	} else {
		code = 500
		a.Status = models.AttemptFailed
		a.Error = &models.AttemptError{Code: models.ErrRejected, Message: "the receiver answered 500", Retryable: true}
	}
	if status == models.DeliveryRetrying {
		next := r.now.Add(5 * time.Second)
		d.NextAttemptAt, a.NextAttemptAt = &next, &next
	}
	return models.Completion{Owner: r.node, Parts: []models.CompletionPart{{Delivery: d, Attempt: a}}, Policy: models.DefaultRetryPolicy()}
}

func (r *room) complete(tb testing.TB, c models.Completion) (held bool) {
	tb.Helper()
	parts, err := r.Complete(tb.Context(), c)
	must(tb, err)
	return parts[0]
}

func (r *room) delivery(tb testing.TB, id models.ID) models.Delivery {
	tb.Helper()
	found, err := r.DeliveriesByID(tb.Context(), []models.ID{id})
	must(tb, err)
	d, ok := found[id]
	if !ok {
		tb.Fatalf("delivery %s is not there", id)
	}
	return d
}

func (r *room) claim(tb testing.TB, most int) []models.Work {
	tb.Helper()
	work, err := r.Claim(tb.Context(), r.request(most))
	must(tb, err)
	return work
}

func (r *room) request(most int) models.ClaimRequest {
	return models.ClaimRequest{Owner: r.node, Now: r.now, Until: r.now.Add(time.Minute),
		Lanes: []models.LaneQuota{{Lane: r.lane, Max: most}}}
}

var (
	payload     = json.RawMessage(`{"text":"` + strings.Repeat("x", 1000) + `"}`)
	sentHeaders = []models.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "User-Agent", Value: "Carillon/1.0"},
		{Name: "webhook-id", Value: "evt_01jd5x3v9kfm8tqz2y4r6w7abc"}, {Name: "webhook-timestamp", Value: "1763640000"},
		{Name: "webhook-signature", Secret: true}}
	gotHeaders = []models.Header{{Name: "Content-Length", Value: "0"}, {Name: "Date", Value: "Fri, 20 Nov 2026 12:00:00 GMT"}}
)

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// each runs a test in a fresh room of each database.
func each(t *testing.T, test func(t *testing.T, r *room)) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) { test(t, newRoom(t, url)) })
}
