package e2e

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"carillon/testkit"
)

// portal is a session as createPortalSession answers it.
type portal struct {
	URL, Token string
	ExpiresAt  time.Time
}

const createPortal = `mutation($input: CreatePortalSessionInput!) { createPortalSession(input: $input) { url token expiresAt } }`

func (w *world) portalBy(c *testkit.Client, input map[string]any) (portal, error) {
	var out struct{ CreatePortalSession portal }
	err := c.Do(w.ctx, createPortal, testkit.Vars{"input": input}, &out)
	return out.CreatePortalSession, err
}

// portal is a session of the world's tenant, and a client that uses it.
func (w *world) portal(by *testkit.Client, scopes ...string) (portal, *testkit.Client) {
	w.t.Helper()
	input := map[string]any{"tenantId": w.tenant}
	if scopes != nil {
		input["scopes"] = scopes
	}
	made, err := w.portalBy(by, input)
	if err != nil {
		w.t.Fatal(err)
	}
	return made, w.admin.WithKey(made.Token)
}

// keyWithEnd is a key with MANAGE, its id and its end; the zero time is none.
func (w *world) keyWithEnd(end time.Time) (id string, c *testkit.Client) {
	w.t.Helper()
	input := map[string]any{"name": "makes portals", "tenantId": w.tenant, "scopes": []string{"MANAGE"}}
	if !end.IsZero() {
		input["expiresAt"] = end.UTC()
	}
	var out struct {
		CreateApiKey struct {
			Secret string
			ApiKey struct{ ID string }
		}
	}
	w.asAdmin(`mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }`, testkit.Vars{"input": input}, &out)
	return out.CreateApiKey.ApiKey.ID, w.admin.WithKey(out.CreateApiKey.Secret)
}

const whoAmI = `{ viewer { name tenant { id } scopes expiresAt } }`

// portals: a session does what its scopes allow in its tenant, and makes and
// sees no keys.
func portals(w *world) {
	before := time.Now()
	made, client := w.portal(w.api)
	if made.URL != w.node.url+"/portal#token="+made.Token || made.ExpiresAt.Sub(before) > time.Hour+time.Minute || made.ExpiresAt.Sub(before) < time.Hour-time.Minute {
		w.t.Errorf("got %+v", made)
	}
	var me struct {
		Viewer struct {
			Name      string
			Tenant    struct{ ID string }
			Scopes    []string
			ExpiresAt time.Time
		}
	}
	if err := client.Do(w.ctx, whoAmI, nil, &me); err != nil {
		w.t.Fatal(err)
	}
	if v := me.Viewer; v.Name != "portal session" || v.Tenant.ID != w.tenant || !v.ExpiresAt.Equal(made.ExpiresAt) || !slices.Equal(v.Scopes, []string{"MANAGE", "READ"}) {
		w.t.Errorf("the viewer is %+v", v)
	}
	own := *w
	own.api = client
	own.webhook("*", own.channel(testkit.NewReceiver(w.t).URL, nil))
	_, err := publishWith(w.ctx, client, "a", `1`)
	w.refused(err, "FORBIDDEN", "")
	_, publisher := w.portal(w.api, "PUBLISH")
	if _, err := publishWith(w.ctx, publisher, "a", `1`); err != nil {
		w.t.Errorf("a session that may publish: %v", err)
	}
	for _, operation := range []string{
		`{ apiKeys { nodes { id } } }`,
		`mutation { createApiKey(input: {name: "n", scopes: [READ]}) { secret } }`,
		`mutation { revokeApiKey(id: "key_01jd5x3v9kfm8tqz2y4r6w7abc") { id } }`,
		`mutation { createPortalSession(input: {tenantId: "` + w.tenant + `"}) { token } }`,
		`mutation { createTenant(input: {name: "n"}) { id } }`,
		`mutation { createEventType(input: {name: "n"}) { id } }`,
	} {
		w.refused(client.Do(w.ctx, operation, nil, nil), "FORBIDDEN", "")
	}
	text := w.node.program.Tail() + databaseText(w)
	if strings.Contains(text, made.Token) || strings.Contains(text, made.Token[len(made.Token)-43:]) {
		w.t.Error("the log or the database holds the token")
	}
}

// portalRefusals: who may make which sessions.
func portalRefusals(w *world) {
	theirs := w.newTenant()
	for _, row := range []struct {
		by          *testkit.Client
		input       map[string]any
		code, field string
	}{
		{w.api, map[string]any{"tenantId": w.tenant, "ttl": "59s"}, "BAD_USER_INPUT", "ttl"},
		{w.api, map[string]any{"tenantId": w.tenant, "ttl": "24h1ms"}, "BAD_USER_INPUT", "ttl"},
		{w.api, map[string]any{"tenantId": w.tenant, "ttl": "soon"}, "BAD_USER_INPUT", "ttl"},
		{w.api, map[string]any{"tenantId": w.tenant, "scopes": []string{}}, "BAD_USER_INPUT", "scopes"},
		{w.admin, map[string]any{"tenantId": w.tenant, "scopes": []string{"ADMIN"}}, "BAD_USER_INPUT", "scopes"},
		{w.admin, map[string]any{"tenantId": unknown(w.tenant)}, "NOT_FOUND", ""},
		{w.api, map[string]any{"tenantId": theirs}, "NOT_FOUND", ""},
		{w.key(w.tenant, "MANAGE"), map[string]any{"tenantId": w.tenant, "scopes": []string{"PUBLISH"}}, "FORBIDDEN", "scopes.0"},
		{w.key(w.tenant, "READ", "PUBLISH"), map[string]any{"tenantId": w.tenant}, "FORBIDDEN", ""},
		{w.admin.WithKey(""), map[string]any{"tenantId": w.tenant}, "UNAUTHENTICATED", ""},
	} {
		_, err := w.portalBy(row.by, row.input)
		w.refused(err, row.code, row.field)
	}
	if _, err := w.portalBy(w.admin, map[string]any{"tenantId": theirs, "ttl": "24h", "scopes": nil}); err != nil {
		w.t.Errorf("an administrator: %v", err)
	}
}

// portalWall: the wall stands before a session as it does before a key, word
// for word.
func portalWall(w *world) {
	_, session := w.portal(w.api, "MANAGE", "READ", "PUBLISH")
	own := *w
	own.api = session
	n := newNeighbour(w)
	for operation, id := range map[string]string{
		`query($id: ID!) { node(id: $id) { id } }`:                                                                     n.webhook,
		`query($id: ID!) { tenant(id: $id) { id } }`:                                                                   n.tenant,
		`query($id: ID!) { channelSecret(id: $id) }`:                                                                   n.channel,
		`query($id: ID!) { events(filter: {tenantId: $id}) { nodes { id } } }`:                                         n.tenant,
		`query($id: ID!) { deliveryAttempt(id: $id) { id } }`:                                                          n.attempt,
		`mutation($id: ID!) { pauseChannel(id: $id) { id } }`:                                                          n.channel,
		`mutation($id: ID!) { retryDelivery(id: $id) { id } }`:                                                         n.delivery,
		`mutation($id: ID!) { publishEvent(input: {tenantId: $id, type: "a", data: 1}) { id } }`:                       n.tenant,
		`mutation($id: ID!) { createWebhook(input: {name: "a", eventTypes: ["*"], routes: [{channelId: $id}]}) {id} }`: n.channel,
	} {
		theirs, nothing := own.raw(operation, id), own.raw(operation, unknown(id))
		if theirs != nothing || strings.Contains(theirs, "FORBIDDEN") || strings.Contains(theirs, "theirs") {
			w.t.Errorf("%s tells a neighbour's id from an unknown one:\n%s\n%s", operation, theirs, nothing)
		}
	}
	var list struct {
		Tenants struct{ Nodes []struct{ ID string } }
	}
	if err := session.Do(w.ctx, `{ tenants { nodes { id } } }`, nil, &list); err != nil || len(list.Tenants.Nodes) != 1 || list.Tenants.Nodes[0].ID != w.tenant {
		w.t.Errorf("its tenants are %+v, %v", list, err)
	}
	checkUntouched(n)
}

// portalForgery: whatever is changed in a token, it opens nothing; and no token
// and no key is taken from an address.
func portalForgery(w *world) {
	made, _ := w.portal(w.api)
	refused := func(token string) {
		w.t.Helper()
		err := w.admin.WithKey(token).Do(w.ctx, `{ viewer { scopes } }`, nil, nil)
		refusal, ok := testkit.Refusal(err)
		if !ok || refusal.Extensions.Code != "UNAUTHENTICATED" || strings.Contains(refusal.Message, token) {
			w.t.Errorf("%q: got %v", token, err)
		}
	}
	for i := range len(made.Token) {
		other := "A"
		if made.Token[i] == 'A' {
			other = "B"
		}
		refused(made.Token[:i] + other + made.Token[i+1:])
	}
	signed, _, _ := strings.Cut(made.Token, ".")
	for _, token := range []string{signed, signed + ".", made.Token + "A", made.Token[:len(made.Token)-1], "cs_." + made.Token[strings.Index(made.Token, ".")+1:],
		"eyJhbGciOiJub25lIn0.eyJzY29wZXMiOlsiQURNSU4iXX0."} {
		refused(token)
	}
	for _, parameter := range []string{"access_token", "token", "key", "api_key", "authorization", "Authorization"} {
		for _, credential := range []string{made.Token, w.api.Key, "Bearer " + w.api.Key} {
			answer := w.getQuery(url.Values{"query": {`{ viewer { scopes } }`}, parameter: {credential}})
			if !strings.Contains(answer, "UNAUTHENTICATED") || strings.Contains(answer, credential) {
				w.t.Errorf("?%s= answers %s", parameter, answer)
			}
		}
	}
}

// getQuery asks by GET, without any header.
func (w *world) getQuery(values url.Values) string {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, w.admin.URL+"?"+values.Encode(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := w.admin.HTTP.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// watchPortal follows deliveries with a session; nothing comes but the end.
func watchPortal(w *world, session *testkit.Client) []*testkit.Stream {
	w.t.Helper()
	var all []*testkit.Stream
	for _, open := range []subscribeFunc{(*testkit.Client).Subscribe, (*testkit.Client).SubscribeSSE} {
		s, err := open(session, w.t, `subscription { deliveryUpdated { id } }`, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// over waits for the end of streams, and of their session.
func (w *world) over(session *testkit.Client, streams []*testkit.Stream, word string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	for _, s := range streams {
		err := s.Next(ctx, new(any))
		refusal, ok := testkit.Refusal(err)
		if !ok || refusal.Extensions.Code != "UNAUTHENTICATED" || !strings.Contains(refusal.Message, word) {
			w.t.Errorf("a stream ended with %v, want UNAUTHENTICATED with %q", err, word)
		}
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := session.Do(ctx, `{ viewer { scopes } }`, nil, nil)
		if refusal, ok := testkit.Refusal(err); ok {
			if refusal.Extensions.Code != "UNAUTHENTICATED" || !strings.Contains(refusal.Message, word) {
				w.t.Errorf("got %v, want UNAUTHENTICATED with %q", err, word)
			}
			return
		}
		select {
		case <-tick.C: // another node believes what it has read for some seconds
		case <-ctx.Done():
			w.t.Fatalf("the session still opens: %v", err)
		}
	}
}

// portalExpires: what it says is when it ends, also for who follows a stream.
func portalExpires(w *world) {
	end := time.Now().Add(3 * time.Second).Truncate(time.Millisecond)
	_, maker := w.keyWithEnd(end)
	made, session := w.portal(maker)
	if !made.ExpiresAt.Equal(end) {
		w.t.Errorf("the session ends at %s, its key at %s", made.ExpiresAt, end)
	}
	w.over(session, watchPortal(w, session), "expired")
	if late := time.Since(end); late < 0 || late > patience/2 {
		w.t.Errorf("it ended %s after its time", late)
	}
}

// portalEnds: with the key that made it, and with the tenant; at once where
// that was done.
func portalEnds(w *world) {
	id, maker := w.keyWithEnd(time.Time{})
	_, ofKey := w.portal(maker)
	_, ofAdmin := w.portal(w.admin)
	streams, others := watchPortal(w, ofKey), watchPortal(w, ofAdmin)
	w.call("revokeApiKey", id)
	w.refused(ofKey.Do(w.ctx, `{ viewer { scopes } }`, nil, nil), "UNAUTHENTICATED", "")
	w.over(ofKey, streams, "ended")
	if err := ofAdmin.Do(w.ctx, `{ viewer { scopes } }`, nil, nil); err != nil {
		w.t.Errorf("the session of another key: %v", err)
	}
	w.asAdmin(mutationOf("deleteTenant"), testkit.Vars{"id": w.tenant}, nil)
	w.refused(ofAdmin.Do(w.ctx, `{ viewer { scopes } }`, nil, nil), "UNAUTHENTICATED", "")
	w.over(ofAdmin, others, "ended")
}

// portalAcross: what one node has issued the other opens, and what ends here
// ends there.
func portalAcross(a, b *world) {
	id, maker := a.keyWithEnd(time.Time{})
	made, _ := a.portal(maker)
	session := b.admin.WithKey(made.Token)
	if err := session.Do(b.ctx, whoAmI, nil, nil); err != nil {
		b.t.Fatalf("the other node does not open it: %v", err)
	}
	streams := watchPortal(b, session)
	a.call("revokeApiKey", id)
	b.over(session, streams, "ended")

	made, _ = b.portal(b.admin)
	session = b.admin.WithKey(made.Token)
	streams = watchPortal(b, session)
	a.asAdmin(mutationOf("deleteTenant"), testkit.Vars{"id": a.tenant}, nil)
	b.over(session, streams, "ended")
	if err := a.admin.WithKey(made.Token).Do(a.ctx, whoAmI, nil, nil); err == nil {
		a.t.Error("the node that deleted the tenant still opens its session")
	}
}
