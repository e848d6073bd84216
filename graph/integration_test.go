package graph_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"carillon/models"
	"carillon/testkit"
)

func TestPublishedEventsAreWatchedAndRead(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := openWorld(t, url)
		tenant, channel, webhook := w.tenant(t, "Acme")
		other, _, _ := w.tenant(t, "Other")
		p := keyOf(tenant, models.ScopeManage, models.ScopePublish)

		live := subscribe(t, w.exec, p, `subscription { deliveryAttempts { id status event { id data } webhook { id } channel { id } delivery { attemptCount } } }`, ``)
		event := w.do(t, p, `mutation { publishEvent(input: {type: "a.b", data: 17, entityId: "e", idempotencyKey: "k"}) { id } }`).id(t)
		repeat := w.do(t, p, `mutation { publishEvent(input: {type: "a.b", data: 17, entityId: "e", idempotencyKey: "k"}) { id } }`).id(t)
		if repeat != event {
			t.Errorf("a repeat is another event")
		}
		w.do(t, p, `mutation { publishEvent(input: {type: "a.b", data: 18, entityId: "e", idempotencyKey: "k"}) { id } }`).
			refused(t, models.CodeConflict, "idempotencyKey")

		var seen struct {
			DeliveryAttempts struct {
				ID, Status              string
				Event, Webhook, Channel struct {
					ID   models.ID
					Data json.RawMessage
				}
			}
		}
		resp := live.next()
		if resp == nil || len(resp.Errors) > 0 || json.Unmarshal(resp.Data, &seen) != nil {
			t.Fatalf("live: %+v", resp)
		}
		if a := seen.DeliveryAttempts; a.Event.ID != event || a.Webhook.ID != webhook || a.Channel.ID != channel || a.Status != "SUCCEEDED" || string(a.Event.Data) != "17" {
			t.Errorf("live: %s", resp.Data)
		}
		got := w.do(t, p, `{ event(id: "%s") { entityId idempotencyKey deliveries { nodes { status attempts { nodes { id target } } } } } }`, event).data(t)
		if want := fmt.Sprintf(`"attempts":{"nodes":[{"id":%q,"target":"https://example.com/"}]}`, seen.DeliveryAttempts.ID); !strings.Contains(got, want) ||
			!strings.Contains(got, `"entityId":"e","idempotencyKey":"k"`) {
			t.Errorf("got %s, want %s in it", got, want)
		}
		for _, query := range []string{
			`{ event(id: "%s") { id } }`, `{ events(filter: {idempotencyKey: "%s"}) { nodes { id } } }`, `{ node(id: "%s") { id } }`,
		} {
			if got := w.do(t, keyOf(other, models.ScopeRead), query, event).data(t); strings.Contains(got, "evt_") {
				t.Errorf("another tenant reads %s", got)
			}
		}
		w.do(t, keyOf(other, models.ScopeManage), `mutation { retryDelivery(id: "%s") { id } }`, models.NewID(models.PrefixDelivery)).
			refused(t, models.CodeNotFound, "")
	})
}

func TestConfigurationByTheAPI(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := openWorld(t, url)
		tenant, channel, webhook := w.tenant(t, "Acme")
		p := keyOf(tenant, models.ScopeManage)

		w.do(t, p, `mutation { createChannel(input: {name: "c", config: {http: {url: "https://example.com/"}}}) { id } }`).
			refused(t, models.CodeConflict, "name")
		w.do(t, p, `mutation { createChannel(input: {name: "d", config: {http: {url: "ftp://x"}}}) { id } }`).
			refused(t, models.CodeBadUserInput, "config.http.url")
		w.do(t, p, `mutation { updateWebhook(input: {id: "%s", name: null}) { id } }`, webhook).
			refused(t, models.CodeBadUserInput, "name")
		w.do(t, p, `mutation { deleteChannel(id: "%s") }`, channel).refused(t, models.CodeConflict, "id")
		w.do(t, p, `mutation { createWebhook(input: {name: "x", eventTypes: ["*"], routes: [{channelId: "%s"}, {channelId: "%[1]s"}]}) { id } }`, channel).
			refused(t, models.CodeBadUserInput, "routes.1.channelId")

		got := w.do(t, p, `mutation { updateChannel(input: {id: "%s", config: {http: {url: "https://example.com/new", headers: [{name: "A", value: "b"}, {name: "Authorization", value: "secret", secret: true}], timeout: "1m30s"}},
			retryPolicy: {schedule: ["500ms", "24h"], disableAfter: "72h"}}) {
			kind status config { ... on HttpConfig { url method timeout headers { name value secret } signing { scheme } } }
			retryPolicy { schedule jitter disableAfterFailures disableAfter } webhooks { id routes { channel { name } } } lastAttempt { id } } }`, channel).data(t)
		want := `{"updateChannel":{"kind":"HTTP","status":"ACTIVE","config":{"url":"https://example.com/new","method":"POST","timeout":"1m30s",` +
			`"headers":[{"name":"A","value":"b","secret":false},{"name":"Authorization","value":null,"secret":true}],"signing":{"scheme":"STANDARD_WEBHOOKS"}},` +
			`"retryPolicy":{"schedule":["500ms","24h"],"jitter":0.2,"disableAfterFailures":null,"disableAfter":"72h"},` +
			`"webhooks":[{"id":"` + webhook.String() + `","routes":[{"channel":{"name":"c"}}]}],"lastAttempt":null}}`
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if got := w.do(t, p, `{ channelSecret(id: "%s") }`, channel).data(t); !strings.Contains(got, "whsec_") {
			t.Error(got)
		}
		w.do(t, p, `mutation { a: pauseWebhook(id: "%s") { status } b: deleteWebhook(id: "%[1]s") c: deleteChannel(id: "%s") }`, webhook, channel).data(t)
		if got := w.do(t, p, `{ channel(id: "%s") { id } webhooks { nodes { id } } }`, channel).data(t); got != `{"channel":null,"webhooks":{"nodes":[]}}` {
			t.Error(got)
		}
		w.do(t, w.admin, `mutation { deleteTenant(id: "%s") }`, tenant).data(t)
		if got := w.do(t, w.admin, `{ tenant(id: "%s") { id } node(id: "%s") { id } }`, tenant, channel).data(t); got != `{"tenant":null,"node":null}` {
			t.Error(got)
		}
	})
}

func TestTheCatalogByTheAPI(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := openWorld(t, url)
		tenant, _, _ := w.tenant(t, "Acme")
		got := w.do(t, w.admin, `mutation { createEventType(input: {name: "a.b", group: "g", schema: {type: "object", required: ["n"]}, example: {n: 1}}) { name version schema example archivedAt } }`).data(t)
		if !strings.Contains(got, `"version":"1"`) || !strings.Contains(got, `"example":{"n":1},"archivedAt":null`) {
			t.Error(got)
		}
		p := keyOf(tenant, models.ScopePublish)
		w.do(t, p, `mutation { publishEvent(input: {type: "a.b", data: {}}) { id } }`).refused(t, models.CodeBadUserInput, "data.n")
		w.do(t, p, `mutation { publishEvent(input: {type: "a.b", data: {n: 1}}) { id } }`).data(t)
		w.do(t, w.admin, `mutation { updateEventType(input: {name: "a.b", schema: null}) { id } }`).data(t)
		w.do(t, w.admin, `mutation { archiveEventType(name: "a.b") { archivedAt } }`).data(t)
		reader := keyOf(tenant, models.ScopeRead)
		if got := w.do(t, reader, `{ eventTypes(group: "g") { nodes { id } } eventType(name: "a.b") { schema } none: eventType(name: "x") { id } }`).data(t); got != `{"eventTypes":{"nodes":[]},"eventType":{"schema":null},"none":null}` {
			t.Error(got)
		}
	})
}

// TestOperationalTypesAreInEveryCatalog and nobody makes, changes or publishes them.
func TestOperationalTypesAreInEveryCatalog(t *testing.T) {
	t.Parallel()
	w := openWorld(t, testkit.SQLite(t))
	tenant, _, _ := w.tenant(t, "Acme")
	w.do(t, w.admin, `mutation { a: createEventType(input: {name: "b.c"}) { id } b: createEventType(input: {name: "b.d", group: "carillon"}) { id } }`).data(t)
	reader := keyOf(tenant, models.ScopeRead)
	var names []string
	for after := "null"; ; {
		var page struct {
			EventTypes struct {
				Nodes    []struct{ ID, Name string }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		got := w.do(t, reader, `{ eventTypes(group: "carillon", first: 3, after: %s) { nodes { id name } pageInfo { hasNextPage endCursor } } }`, after).data(t)
		if err := json.Unmarshal([]byte(got), &page); err != nil {
			t.Fatal(err)
		}
		for _, n := range page.EventTypes.Nodes {
			names = append(names, n.Name)
			if got := w.do(t, reader, `{ node(id: "%s") { ... on EventType { name } } eventType(name: "%s") { id } }`, n.ID, n.Name).data(t); got !=
				`{"node":{"name":"`+n.Name+`"},"eventType":{"id":"`+n.ID+`"}}` {
				t.Error(got)
			}
		}
		if !page.EventTypes.PageInfo.HasNextPage {
			break
		}
		after = `"` + page.EventTypes.PageInfo.EndCursor + `"`
	}
	if want := append([]string{"b.d"}, models.OperationalTypes()...); !slices.Equal(names, want) {
		t.Errorf("the group lists %q, want %q", names, want)
	}
	if got := w.do(t, reader, `{ eventTypes { nodes { name } } }`).data(t); got != `{"eventTypes":{"nodes":[{"name":"b.c"},{"name":"b.d"}]}}` {
		t.Errorf("without the group come %s", got)
	}
	if got := w.do(t, reader, `{ eventTypes(search: "gave up") { nodes { name } } a: eventTypes(search: "given up", group: "carillon") { nodes { name } } }`).data(t); got !=
		`{"eventTypes":{"nodes":[]},"a":{"nodes":[{"name":"carillon.delivery.failed"}]}}` {
		t.Error(got)
	}
	w.do(t, w.admin, `mutation { createEventType(input: {name: "carillon.mine"}) { id } }`).refused(t, models.CodeBadUserInput, "name")
	w.do(t, w.admin, `mutation { updateEventType(input: {name: "carillon.channel.disabled", description: "x"}) { id } }`).refused(t, models.CodeBadUserInput, "name")
	w.do(t, w.admin, `mutation { archiveEventType(name: "carillon.channel.disabled") { id } }`).refused(t, models.CodeBadUserInput, "name")
	p := keyOf(tenant, models.ScopePublish)
	w.do(t, p, `mutation { publishEvent(input: {type: "carillon.channel.disabled", data: {}}) { id } }`).refused(t, models.CodeBadUserInput, "type")
	w.do(t, p, `mutation { publishEvents(input: {events: [{type: "a.b", data: {}}, {type: "carillon.x", data: {}}]}) { id } }`).refused(t, models.CodeBadUserInput, "events.1.type")
}

func TestPagesAreStableUnderNewAttempts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := openWorld(t, url)
		tenant, _, _ := w.tenant(t, "Acme")
		p := keyOf(tenant, models.ScopeRead, models.ScopePublish)
		w.publish(t, tenant, 7)
		seen, after := map[string]bool{}, "null"
		for {
			var list struct {
				Events struct {
					Nodes    []struct{ ID string }
					PageInfo struct {
						EndCursor   string
						HasNextPage bool
					}
				}
			}
			got := w.do(t, p, `{ events(first: 3, after: %s) { nodes { id } pageInfo { endCursor hasNextPage } } }`, after).data(t)
			if err := json.Unmarshal([]byte(got), &list); err != nil {
				t.Fatal(err)
			}
			for _, e := range list.Events.Nodes {
				if seen[e.ID] {
					t.Errorf("%s comes twice", e.ID)
				}
				seen[e.ID] = true
			}
			if !list.Events.PageInfo.HasNextPage {
				break
			}
			after = `"` + list.Events.PageInfo.EndCursor + `"`
			w.publish(t, tenant, 2)
		}
		if len(seen) != 7 {
			t.Errorf("%d events, want the 7 that were there", len(seen))
		}
	})
}

// publish publishes n events and waits until each was delivered.
func (w *world) publish(t *testing.T, tenant models.ID, n int) {
	t.Helper()
	p := keyOf(tenant, models.ScopeRead, models.ScopePublish)
	live := subscribe(t, w.exec, p, `subscription { deliveryAttempts { id } }`, ``)
	defer live.stop()
	events := strings.Repeat(`{type: "a.b", data: 1}, `, n)
	w.do(t, p, `mutation { publishEvents(input: {events: [%s]}) { id } }`, events).data(t)
	for range n {
		if resp := live.next(); resp == nil || len(resp.Errors) > 0 {
			t.Fatalf("live: %+v", resp)
		}
	}
}

func TestAPageOfAttemptsTakesFewStatements(t *testing.T) {
	t.Parallel()
	url, statements := counting(t, testkit.Postgres(t))
	w := openWorld(t, url)
	tenant, _, _ := w.tenant(t, "Acme")
	w.publish(t, tenant, 50)
	p := keyOf(tenant, models.ScopeRead)
	query := `{ deliveryAttempts(first: 50) { nodes { id event { id type } webhook { id name lastAttempt { id } } channel { id name tenant { name } } delivery { id status } } } }`
	// The engine's own statements pass by as well: the least of a few tries is the page's.
	least := int64(1000)
	for range 5 {
		before := statements.Load()
		got := do(t, w.exec, p, query, ``).data(t)
		least = min(least, statements.Load()-before)
		if n := strings.Count(got, `"status":"SUCCEEDED"`); n != 50 {
			t.Fatalf("%d attempts: %s", n, got)
		}
	}
	if least != 7 {
		t.Errorf("%d statements for a page of 50 attempts, their events, webhooks, channels, deliveries, tenants and last attempts; want 7", least)
	}
}
