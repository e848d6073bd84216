package e2e

import (
	"strings"
	"time"

	"carillon/testkit"
)

// scopes: each field asks for the scopes that the contract names, and for no others.
func scopes(w *world) {
	receiver := testkit.NewReceiver(w.t)
	channel := w.channel(receiver.URL, nil)
	webhook := w.webhook("*", channel)
	v := w.watch(nil)
	event := w.publish("a", `1`)
	attempt := v.next()

	clients := map[string]*testkit.Client{
		"nobody": w.admin.WithKey(""), "wrong": w.admin.WithKey("ck_" + strings.Repeat("a", 43)),
		"READ": w.key(w.tenant, "READ"), "PUBLISH": w.key(w.tenant, "PUBLISH"), "MANAGE": w.key(w.tenant, "MANAGE"),
		"PUBLISH+READ": w.key(w.tenant, "PUBLISH", "READ"), "ADMIN": w.key("", "ADMIN"),
	}
	const (
		anyKey  = "READ PUBLISH MANAGE PUBLISH+READ ADMIN"
		read    = "READ MANAGE PUBLISH+READ ADMIN"
		publish = "PUBLISH PUBLISH+READ ADMIN"
		manage  = "MANAGE ADMIN"
		admin   = "ADMIN"
	)
	for _, row := range []struct{ operation, id, allowed string }{
		{`{ __typename }`, "", anyKey + " nobody"},
		{`{ viewer { scopes } }`, "", anyKey},
		{`query($id: ID!) { node(id: $id) { id } }`, event, read},
		{`{ tenants { nodes { id } } }`, "", read},
		{`{ apiKeys { nodes { id } } }`, "", read},
		{`{ eventTypes { nodes { id } } }`, "", read},
		{`{ eventType(name: "none.such") { id } }`, "", read},
		{`{ webhooks { nodes { id } } }`, "", read},
		{`query($id: ID!) { webhook(id: $id) { id } }`, webhook, read},
		{`{ channels { nodes { id } } }`, "", read},
		{`query($id: ID!) { channel(id: $id) { id } }`, channel, read},
		{`query($id: ID!) { channelSecret(id: $id) }`, channel, manage},
		{`{ events { nodes { id } } }`, "", read},
		{`query($id: ID!) { event(id: $id) { id } }`, event, read},
		{`{ deliveries { nodes { id } } }`, "", read},
		{`query($id: ID!) { delivery(id: $id) { id } }`, attempt.Delivery.ID, read},
		{`{ deliveryAttempts { nodes { id } } }`, "", read},
		{`query($id: ID!) { deliveryAttempt(id: $id) { id } }`, attempt.ID, read},
		{`mutation { publishEvent(input: {type: "b c", data: 1}) { id } }`, "", publish},
		{`mutation { publishEvents(input: {events: []}) { id } }`, "", publish},
		{`mutation { createTenant(input: {name: ""}) { id } }`, "", admin},
		{`mutation($id: ID!) { updateTenant(input: {id: $id, name: ""}) { id } }`, w.tenant, admin},
		{`mutation($id: ID!) { deleteTenant(id: $id) }`, unknown(w.tenant), admin},
		{`mutation { createEventType(input: {name: ""}) { id } }`, "", admin},
		{`mutation { updateEventType(input: {name: "none.such"}) { id } }`, "", admin},
		{`mutation { archiveEventType(name: "none.such") { id } }`, "", admin},
		{`mutation { createApiKey(input: {name: "", scopes: [READ]}) { secret } }`, "", manage},
		{`mutation($id: ID!) { revokeApiKey(id: $id) { id } }`, "key_01jd5x3v9kfm8tqz2y4r6w7abc", manage},
		{`mutation($id: ID!) { createPortalSession(input: {tenantId: $id, ttl: "1s"}) { token } }`, w.tenant, manage},
		{`mutation { createWebhook(input: {name: "", eventTypes: [], routes: []}) { id } }`, "", manage},
		{`mutation($id: ID!) { updateWebhook(input: {id: $id, name: ""}) { id } }`, webhook, manage},
		{`mutation($id: ID!) { pauseWebhook(id: $id) { id } }`, unknown(webhook), manage},
		{`mutation($id: ID!) { resumeWebhook(id: $id) { id } }`, unknown(webhook), manage},
		{`mutation($id: ID!) { deleteWebhook(id: $id) }`, unknown(webhook), manage},
		{`mutation { createChannel(input: {name: "", config: {http: {url: ""}}}) { id } }`, "", manage},
		{`mutation($id: ID!) { updateChannel(input: {id: $id, name: ""}) { id } }`, channel, manage},
		{`mutation($id: ID!) { pauseChannel(id: $id) { id } }`, unknown(channel), manage},
		{`mutation($id: ID!) { resumeChannel(id: $id) { id } }`, unknown(channel), manage},
		{`mutation($id: ID!) { deleteChannel(id: $id) }`, unknown(channel), manage},
		{`mutation($id: ID!) { sendTestEvent(input: {channelId: $id, eventType: "b c", data: 1}) { id } }`, channel, manage},
		{`mutation($id: ID!) { retryDelivery(id: $id) { id } }`, unknown(attempt.Delivery.ID), manage},
		{`mutation($id: ID!) { cancelDelivery(id: $id) { id } }`, unknown(attempt.Delivery.ID), manage},
	} {
		vars := testkit.Vars{}
		if row.id != "" {
			vars["id"] = row.id
		}
		for name, client := range clients {
			checkScope(w, name, row.operation, row.allowed, client.Do(w.ctx, row.operation, vars, nil))
		}
	}
	for _, operation := range []string{
		`subscription { deliveryAttempts { id } }`, `subscription { events { id } }`, `subscription { deliveryUpdated { id } }`,
	} {
		for _, name := range []string{"PUBLISH", "nobody"} {
			s, err := clients[name].SubscribeSSE(w.t, operation, nil)
			if err == nil {
				err = s.Next(w.ctx, new(any))
			}
			checkScope(w, name, operation, read, err)
		}
	}
}

func checkScope(w *world, name, operation, allowed string, err error) {
	w.t.Helper()
	code := ""
	if refusal, ok := testkit.Refusal(err); ok {
		code = refusal.Extensions.Code
	} else if err != nil {
		w.t.Errorf("%s with the key %s: %v", operation, name, err)
		return
	}
	want := ""
	switch {
	case hasWord(allowed, name):
	case name == "nobody" || name == "wrong":
		want = "UNAUTHENTICATED"
	default:
		want = "FORBIDDEN"
	}
	refused := code == "FORBIDDEN" || code == "UNAUTHENTICATED"
	if want != "" && code != want || want == "" && refused || code == "INTERNAL" {
		w.t.Errorf("%s with the key %s: code %q, want %q", operation, name, code, want)
	}
}

func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}

// keys: made, seen once, limited, expired, revoked.
func keys(w *world) {
	create := func(c *testkit.Client, input map[string]any) (id, secret string, err error) {
		var out struct {
			CreateApiKey struct {
				Secret string
				ApiKey struct{ ID, Hint string }
			}
		}
		err = c.Do(w.ctx, `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id hint } } }`, testkit.Vars{"input": input}, &out)
		if hint := out.CreateApiKey.ApiKey.Hint; err == nil && (!strings.HasPrefix(out.CreateApiKey.Secret, hint) || len(hint) > 12) {
			w.t.Errorf("the hint %q is not the beginning of the secret, or too much of it", hint)
		}
		return out.CreateApiKey.ApiKey.ID, out.CreateApiKey.Secret, err
	}
	manage := w.key(w.tenant, "MANAGE")
	_, secret, err := create(manage, map[string]any{"name": "reader", "scopes": []string{"READ"}})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.admin.WithKey(secret).Do(w.ctx, `{ events { nodes { id } } }`, nil, nil); err != nil {
		w.t.Errorf("a key that a tenant made: %v", err)
	}
	for _, more := range []string{"ADMIN", "PUBLISH"} {
		_, _, err = create(manage, map[string]any{"name": "more", "scopes": []string{more}})
		if refusal, ok := testkit.Refusal(err); !ok || refusal.Extensions.Code != "FORBIDDEN" && refusal.Extensions.Code != "BAD_USER_INPUT" {
			w.t.Errorf("a MANAGE key makes a key with %s: %v", more, err)
		}
	}
	_, _, err = create(w.admin, map[string]any{"name": "past", "tenantId": w.tenant, "scopes": []string{"READ"}, "expiresAt": time.Now().Add(-time.Hour).UTC()})
	w.refused(err, "BAD_USER_INPUT", "expiresAt")
	_, _, err = create(w.admin, map[string]any{"name": "no tenant", "scopes": []string{"READ"}})
	w.refused(err, "BAD_USER_INPUT", "tenantId")

	id, secret, err := create(w.admin, map[string]any{"name": "revoked", "tenantId": w.tenant, "scopes": []string{"READ"}})
	if err != nil {
		w.t.Fatal(err)
	}
	revoked := w.admin.WithKey(secret)
	if err := revoked.Do(w.ctx, `{ viewer { scopes } }`, nil, nil); err != nil {
		w.t.Errorf("a new key: %v", err)
	}
	w.call("revokeApiKey", id)
	w.refused(revoked.Do(w.ctx, `{ viewer { scopes } }`, nil, nil), "UNAUTHENTICATED", "")
}
