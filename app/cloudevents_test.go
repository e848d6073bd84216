package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/event"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"carillon/testkit"
)

// ceWorld is a tenant whose events go to a receiver as CloudEvents.
type ceWorld struct {
	node
	tenant   string
	key      string
	receiver *testkit.Receiver
	channel  string
}

func newCEWorld(t *testing.T, url string) ceWorld {
	t.Helper()
	w := ceWorld{node: bootNode(t, url), receiver: testkit.NewReceiver(t)}
	w.tenant = w.route(t, w.receiver.URL)
	var made struct {
		Channels struct{ Nodes []struct{ ID string } }
	}
	w.do(t, `query($t: ID!) { channels(filter: {tenantId: $t}) { nodes { id } } }`, testkit.Vars{"t": w.tenant}, &made)
	w.channel = made.Channels.Nodes[0].ID
	w.do(t, `mutation($c: ID!) { updateChannel(input: {id: $c, templateId: "tpl_0000000000e008000000000009"}) { id } }`, testkit.Vars{"c": w.channel}, nil)
	var key struct{ CreateApiKey struct{ Secret string } }
	w.do(t, `mutation($t: ID!) { createApiKey(input: {name: "k", tenantId: $t, scopes: [PUBLISH]}) { secret } }`, testkit.Vars{"t": w.tenant}, &key)
	w.key = key.CreateApiKey.Secret
	return w
}

// order is a CloudEvent as the SDK makes it.
func order(t *testing.T, id string) event.Event {
	t.Helper()
	e := cloudevents.NewEvent()
	e.SetID(id)
	e.SetSource("/shop/orders")
	e.SetType("order.placed")
	e.SetSubject("ORD-é " + id)
	e.SetTime(time.Date(2026, 11, 20, 10, 15, 0, 0, time.UTC))
	e.SetExtension("region", "eu")
	e.SetDataSchema("https://example.com/order.json")
	if err := e.SetData(cloudevents.ApplicationJSON, json.RawMessage(`{"n":12345678901234567890,"id":"`+id+`"}`)); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestTheSDKSendsAndReceives: what the CloudEvents SDK sends in every mode is
// published, and what the built-in template sends the SDK takes.
func TestTheSDKSendsAndReceives(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := newCEWorld(t, url)
		target := w.URL() + "/cloudevents"
		client, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(target), cehttp.WithHeader("Authorization", "Bearer "+w.key))
		if err != nil {
			t.Fatal(err)
		}
		if result := client.Send(cloudevents.WithEncodingStructured(t.Context()), order(t, "structured")); !cloudevents.IsACK(result) {
			t.Fatalf("structured: %v", result)
		}
		if result := client.Send(cloudevents.WithEncodingBinary(t.Context()), order(t, "binary")); !cloudevents.IsACK(result) {
			t.Fatalf("binary: %v", result)
		}
		// Again: the same event, which is there already.
		if result := client.Send(cloudevents.WithEncodingBinary(t.Context()), order(t, "binary")); !cloudevents.IsACK(result) {
			t.Fatalf("again: %v", result)
		}
		request, err := cehttp.NewHTTPRequestFromEvents(t.Context(), target, []event.Event{order(t, "first"), order(t, "second")})
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+w.key)
		if status, body := roundTrip(t, request); status != http.StatusAccepted || strings.Count(body, "evt_") != 2 {
			t.Fatalf("batch: %d %s", status, body)
		}
		w.wants(t, "structured", "binary", "first", "second")
	})
}

// wants holds what the receiver gets to what was sent.
func (w ceWorld) wants(t *testing.T, ids ...string) {
	t.Helper()
	got := map[string]event.Event{}
	for _, r := range w.receiver.Wait(len(ids), patience) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://receiver", bytes.NewReader(r.Body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = r.Header
		e, err := cehttp.NewEventFromHTTPRequest(request)
		if err != nil {
			t.Fatalf("%v in %s", err, r.Body)
		}
		if err := e.Validate(); err != nil {
			t.Errorf("%v in %s", err, r.Body)
		}
		_, id, _ := strings.Cut(e.Subject(), " ")
		got[id] = *e
	}
	for _, id := range ids {
		e, found := got[id]
		if !found {
			t.Errorf("%s has not come", id)
			continue
		}
		if e.Type() != "order.placed" || e.Source() != "urn:carillon:"+w.tenant || !strings.HasPrefix(e.ID(), "evt_") || e.Subject() != "ORD-é "+id ||
			!e.Time().Equal(time.Date(2026, 11, 20, 10, 15, 0, 0, time.UTC)) || string(e.Data()) != `{"n":12345678901234567890,"id":"`+id+`"}` {
			t.Errorf("%s came as %s", id, e)
		}
	}
	var events struct {
		Events struct {
			Nodes []struct {
				EntityID, IdempotencyKey string
				Tags                     []string
			}
		}
	}
	w.do(t, `query($t: ID!) { events(filter: {tenantId: $t}) { nodes { entityId idempotencyKey tags } } }`, testkit.Vars{"t": w.tenant}, &events)
	if len(events.Events.Nodes) != len(ids) {
		t.Errorf("%d events are stored, want %d", len(events.Events.Nodes), len(ids))
	}
	for _, e := range events.Events.Nodes {
		_, id, _ := strings.Cut(e.EntityID, " ")
		if e.IdempotencyKey != "/shop/orders "+id ||
			strings.Join(e.Tags, " ") != "source:/shop/orders dataschema:https://example.com/order.json region:eu" {
			t.Errorf("%s is stored with %q and %q", id, e.IdempotencyKey, e.Tags)
		}
	}
}

func roundTrip(t *testing.T, request *http.Request) (int, string) {
	t.Helper()
	answer, err := (&http.Client{Timeout: patience}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// TestTheSDKTakesBatches of a channel that batches.
func TestTheSDKTakesBatches(t *testing.T) {
	t.Parallel()
	w := newCEWorld(t, testkit.SQLite(t))
	w.do(t, `mutation($c: ID!) { updateChannel(input: {id: $c, batching: {maxEvents: 3, maxWait: "1h"}}) { id } }`, testkit.Vars{"c": w.channel}, nil)
	for range 3 {
		w.publish(t, w.tenant)
	}
	r := w.receiver.Wait(1, patience)[0]
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://receiver", bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = r.Header
	events, err := cehttp.NewEventsFromHTTPRequest(request)
	if err != nil || len(events) != 3 {
		t.Fatalf("%v in %s", err, r.Body)
	}
	for _, e := range events {
		if err := e.Validate(); err != nil || e.Type() != "a.b" || string(e.Data()) != `{"x":1}` {
			t.Errorf("%v in %s", err, r.Body)
		}
	}
}
