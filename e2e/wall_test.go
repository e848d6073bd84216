package e2e

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"carillon/testkit"
)

// neighbour is another tenant with one of everything.
type neighbour struct {
	*world
	webhook, channel, event, delivery, attempt, key string
}

func newNeighbour(w *world) *neighbour {
	w.t.Helper()
	other := *w
	n := &neighbour{world: &other}
	n.tenant = w.newTenant()
	n.api = w.key(n.tenant, "MANAGE", "PUBLISH", "READ")
	n.channel = n.world.channel(testkit.NewReceiver(w.t).URL, nil)
	n.webhook = n.world.webhook("*", n.channel)
	v := n.watch(nil)
	n.event = n.publish("theirs", `{"theirs":true}`)
	a := v.next()
	n.attempt, n.delivery = a.ID, a.Delivery.ID
	var out struct {
		ApiKeys struct{ Nodes []struct{ ID string } }
	}
	n.do(`{ apiKeys { nodes { id } } }`, nil, &out)
	n.key = out.ApiKeys.Nodes[0].ID
	return n
}

// unknown is an id of the same kind that names nothing.
func unknown(id string) string {
	swap := map[byte]byte{'0': '1'}
	b := []byte(id)
	for i := len(b) - 4; i < len(b); i++ {
		if other, ok := swap[b[i]]; ok {
			b[i] = other
		} else {
			b[i] = '0'
		}
	}
	return string(b)
}

// tenantWall: what belongs to another tenant looks like what does not exist.
func tenantWall(w *world) {
	n := newNeighbour(w)
	mine := w.channel(testkit.NewReceiver(w.t).URL, nil)
	for _, row := range []struct{ operation, id string }{
		{`query($id: ID!) { node(id: $id) { id } }`, n.tenant},
		{`query($id: ID!) { node(id: $id) { id } }`, n.key},
		{`query($id: ID!) { node(id: $id) { id } }`, n.webhook},
		{`query($id: ID!) { node(id: $id) { id } }`, n.channel},
		{`query($id: ID!) { node(id: $id) { id } }`, n.event},
		{`query($id: ID!) { node(id: $id) { id } }`, n.delivery},
		{`query($id: ID!) { node(id: $id) { id } }`, n.attempt},
		{`query($id: ID!) { tenant(id: $id) { id } }`, n.tenant},
		{`query($id: ID!) { webhook(id: $id) { id } }`, n.webhook},
		{`query($id: ID!) { channel(id: $id) { id } }`, n.channel},
		{`query($id: ID!) { channelSecret(id: $id) }`, n.channel},
		{`query($id: ID!) { event(id: $id) { id } }`, n.event},
		{`query($id: ID!) { delivery(id: $id) { id } }`, n.delivery},
		{`query($id: ID!) { deliveryAttempt(id: $id) { id } }`, n.attempt},
		{`query($id: ID!) { apiKeys(tenantId: $id) { nodes { id } } }`, n.tenant},
		{`query($id: ID!) { webhooks(filter: {tenantId: $id}) { nodes { id } } }`, n.tenant},
		{`query($id: ID!) { webhooks(filter: {channelId: $id}) { nodes { id } } }`, n.channel},
		{`query($id: ID!) { channels(filter: {tenantId: $id}) { nodes { id } } }`, n.tenant},
		{`query($id: ID!) { events(filter: {tenantId: $id}) { nodes { id } } }`, n.tenant},
		{`query($id: ID!) { deliveries(filter: {tenantId: $id}) { nodes { id } } }`, n.tenant},
		{`query($id: ID!) { deliveries(filter: {eventId: $id}) { nodes { id } } }`, n.event},
		{`query($id: ID!) { deliveries(filter: {webhookId: $id}) { nodes { id } } }`, n.webhook},
		{`query($id: ID!) { deliveryAttempts(filter: {tenantId: $id}) { nodes { id } } }`, n.tenant},
		{`query($id: ID!) { deliveryAttempts(filter: {deliveryId: $id}) { nodes { id } } }`, n.delivery},
		{`query($id: ID!) { deliveryAttempts(filter: {channelId: $id}) { nodes { id } } }`, n.channel},
		{`mutation($id: ID!) { updateWebhook(input: {id: $id, name: "mine now"}) { id } }`, n.webhook},
		{`mutation($id: ID!) { pauseWebhook(id: $id) { id } }`, n.webhook},
		{`mutation($id: ID!) { resumeWebhook(id: $id) { id } }`, n.webhook},
		{`mutation($id: ID!) { deleteWebhook(id: $id) }`, n.webhook},
		{`mutation($id: ID!) { updateChannel(input: {id: $id, name: "mine now"}) { id } }`, n.channel},
		{`mutation($id: ID!) { pauseChannel(id: $id) { id } }`, n.channel},
		{`mutation($id: ID!) { resumeChannel(id: $id) { id } }`, n.channel},
		{`mutation($id: ID!) { deleteChannel(id: $id) }`, n.channel},
		{`mutation($id: ID!) { retryDelivery(id: $id) { id } }`, n.delivery},
		{`mutation($id: ID!) { cancelDelivery(id: $id) { id } }`, n.delivery},
		{`mutation($id: ID!) { revokeApiKey(id: $id) { id } }`, n.key},
		{`mutation($id: ID!) { sendTestEvent(input: {channelId: $id, eventType: "a", data: 1}) { id } }`, n.channel},
		{`mutation($id: ID!) { sendTestEvent(input: {webhookId: $id, eventType: "a", data: 1}) { id } }`, n.webhook},
		{`mutation($id: ID!) { publishEvent(input: {tenantId: $id, type: "a", data: 1}) { id } }`, n.tenant},
		{`mutation($id: ID!) { publishEvents(input: {events: [{tenantId: $id, type: "a", data: 1}]}) { id } }`, n.tenant},
		{`mutation($id: ID!) { createApiKey(input: {tenantId: $id, name: "a", scopes: [READ]}) { secret } }`, n.tenant},
		{`mutation($id: ID!) { createPortalSession(input: {tenantId: $id}) { token } }`, n.tenant},
		{`mutation($id: ID!) { createWebhook(input: {name: "a", eventTypes: ["*"], routes: [{channelId: $id}]}) { id } }`, n.channel},
		{`mutation($id: ID!) { createWebhook(input: {tenantId: $id, name: "a", eventTypes: ["*"], routes: [{channelId: "` + mine + `"}]}) { id } }`, n.tenant},
		{`mutation($id: ID!) { createChannel(input: {tenantId: $id, name: "a", config: {http: {url: "https://example.com"}}}) { id } }`, n.tenant},
	} {
		theirs, nothing := w.raw(row.operation, row.id), w.raw(row.operation, unknown(row.id))
		if theirs != nothing {
			w.t.Errorf("%s tells a neighbour's id from an unknown one:\n%s\n%s", row.operation, theirs, nothing)
		}
		named := strings.Contains(row.operation, "tenantId") || strings.HasPrefix(row.operation, "mutation")
		if named && !strings.Contains(theirs, `"NOT_FOUND"`) || strings.Contains(theirs, `"INTERNAL"`) {
			w.t.Errorf("%s with a neighbour's id answers %s, want NOT_FOUND", row.operation, theirs)
		}
	}
	checkUntouched(n)
}

// raw is the whole answer, with the id that it was about blotted out.
func (w *world) raw(operation, id string) string {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"query": operation, "variables": map[string]any{"id": id}})
	if err != nil {
		w.t.Fatal(err)
	}
	_, answer, err := w.api.Post(w.ctx, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.ReplaceAll(string(answer), id, "<id>")
}

// checkUntouched: the neighbour's things are as they were, and lists of the
// other tenant do not show them.
func checkUntouched(n *neighbour) {
	n.t.Helper()
	var out struct {
		Webhook struct{ Name, Status string }
		Channel struct{ Name, Status string }
		Events  struct{ Nodes []struct{ ID string } }
		ApiKeys struct{ Nodes []struct{ RevokedAt *string } }
	}
	n.do(`query($w: ID!, $c: ID!) { webhook(id: $w) { name status } channel(id: $c) { name status } events { nodes { id } } apiKeys { nodes { revokedAt } } }`,
		testkit.Vars{"w": n.webhook, "c": n.channel}, &out)
	if out.Webhook.Status != "ACTIVE" || out.Channel.Status != "ACTIVE" || out.Webhook.Name == "mine now" || out.Channel.Name == "mine now" ||
		len(out.Events.Nodes) != 1 || len(out.ApiKeys.Nodes) != 1 || out.ApiKeys.Nodes[0].RevokedAt != nil {
		n.t.Errorf("the neighbour's things are changed: %+v", out)
	}
}

// tenantWallInStreams: a tenant's streams show nothing of another.
func tenantWallInStreams(w *world) {
	n := newNeighbour(w)
	w.webhook("*", w.channel(testkit.NewReceiver(w.t).URL, nil))
	mark := w.publish("mark", `{}`)
	events, err := w.api.Subscribe(w.t, `subscription($after: ID) { events(after: $after) { id } }`, testkit.Vars{"after": mark})
	if err != nil {
		w.t.Fatal(err)
	}
	attempts := w.watch(map[string]any{"eventTypes": []string{"own"}})
	for range 20 {
		n.publish("own", `{}`)
	}
	own := w.publish("own", `{}`)
	if a := attempts.next(); a.Event.ID != own {
		w.t.Errorf("the stream of attempts shows %+v", a)
	}
	var out struct{ Events struct{ ID string } }
	if err := events.Next(w.ctx, &out); err != nil || out.Events.ID != own {
		w.t.Errorf("the stream of events shows %s (%v), want %s", out.Events.ID, err, own)
	}
	for _, row := range []struct {
		operation string
		vars      testkit.Vars
	}{
		{`subscription($id: ID) { deliveryAttempts(filter: {tenantId: $id}) { id } }`, testkit.Vars{"id": n.tenant}},
		{`subscription($id: ID) { events(filter: {tenantId: $id}) { id } }`, testkit.Vars{"id": n.tenant}},
		{`subscription($id: ID) { deliveryUpdated(filter: {tenantId: $id}) { id } }`, testkit.Vars{"id": n.tenant}},
		{`subscription($id: ID) { deliveryAttempts(after: $id) { id } }`, testkit.Vars{"id": n.attempt}},
		{`subscription($id: ID) { events(after: $id) { id } }`, testkit.Vars{"id": n.event}},
	} {
		theirs := w.streamError(row.operation, row.vars)
		id := row.vars["id"].(string)
		nothing := w.streamError(row.operation, testkit.Vars{"id": unknown(id)})
		want := "NOT_FOUND"
		if strings.Contains(row.operation, "after") {
			want = "BAD_USER_INPUT"
		}
		if theirs.Extensions.Code != want || nothing.Extensions.Code != want || strings.ReplaceAll(theirs.Message, id, "") != strings.ReplaceAll(nothing.Message, unknown(id), "") {
			w.t.Errorf("%s: a neighbour's id gives %+v, an unknown one %+v", row.operation, theirs, nothing)
		}
	}
}

// streamError is how the server refuses a subscription.
func (w *world) streamError(operation string, vars testkit.Vars) testkit.Error {
	w.t.Helper()
	s, err := w.api.Subscribe(w.t, operation, vars)
	if err != nil {
		w.t.Fatalf("%s: %v", operation, err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	err = s.Next(ctx, new(any))
	refusal, ok := testkit.Refusal(err)
	if !ok {
		w.t.Errorf("%s: got %v, want an error of the server", operation, err)
	}
	return refusal
}

// deletedTenant: it is gone at once, with its keys, and so is what waited.
func deletedTenant(w *world) {
	n := newNeighbour(w)
	n.call("pauseChannel", n.channel)
	n.publish("waits", `{}`)
	w.asAdmin(`mutation($id: ID!) { deleteTenant(id: $id) }`, testkit.Vars{"id": n.tenant}, nil)
	for operation, id := range map[string]string{
		`query($id: ID!) { tenant(id: $id) { id } }`:   n.tenant,
		`query($id: ID!) { channel(id: $id) { id } }`:  n.channel,
		`query($id: ID!) { event(id: $id) { id } }`:    n.event,
		`query($id: ID!) { delivery(id: $id) { id } }`: n.delivery,
	} {
		var out map[string]any
		err := w.admin.Do(w.ctx, operation, testkit.Vars{"id": id}, &out)
		for field, value := range out {
			if err == nil && value != nil {
				w.t.Errorf("%s is still there: %v", field, value)
			}
		}
	}
	w.refused(errOnly(publishWith(w.ctx, w.admin, "a", `1`)), "BAD_USER_INPUT", "tenantId")
	err := w.admin.Do(w.ctx, `mutation($id: ID!) { publishEvent(input: {tenantId: $id, type: "a", data: 1}) { id } }`, testkit.Vars{"id": n.tenant}, nil)
	if refusal, ok := testkit.Refusal(err); !ok || refusal.Extensions.Code != "NOT_FOUND" {
		w.t.Errorf("publish to a deleted tenant: %v", err)
	}
	// Keys are kept for some seconds by a node that has seen them.
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		err = n.api.Do(w.ctx, `{ viewer { scopes } }`, nil, nil)
		if refusal, ok := testkit.Refusal(err); ok && refusal.Extensions.Code == "UNAUTHENTICATED" {
			return
		}
	}
	w.t.Errorf("the key of a deleted tenant: %v", err)
}

func errOnly(_ string, err error) error { return err }
