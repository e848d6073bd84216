package graph_test

import (
	"fmt"
	"testing"

	"carillon/auth"
	"carillon/models"
	"carillon/templates"
)

func TestForeignThingsDoNotExist(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, theirs := models.NewID(models.PrefixTenant), models.NewID(models.PrefixTenant)
	for _, id := range []models.ID{mine, theirs} {
		b.reader.tenants[id] = models.Tenant{ID: id, Name: "tenant " + id.String()}
	}
	webhook, channel, key := models.NewID(models.PrefixWebhook), models.NewID(models.PrefixChannel), models.NewID(models.PrefixApiKey)
	b.reader.webhooks[webhook] = models.Webhook{ID: webhook, TenantID: theirs}
	b.reader.channels[channel] = models.Channel{ID: channel, TenantID: theirs}
	b.reader.keys[key] = models.ApiKey{ID: key} // an administrator's
	template := models.NewID(models.PrefixTemplate)
	b.reader.templates[template] = models.Template{ID: template, TenantID: theirs}
	p := keyOf(mine, models.ScopeManage)

	for _, query := range []string{
		fmt.Sprintf(`{ x: webhook(id: %q) { id } }`, webhook),
		fmt.Sprintf(`{ x: webhook(id: %q) { id } }`, models.NewID(models.PrefixWebhook)),
		fmt.Sprintf(`{ x: channel(id: %q) { id } }`, channel),
		fmt.Sprintf(`{ x: template(id: %q) { id } }`, template),
		fmt.Sprintf(`{ x: node(id: %q) { id } }`, template),
		fmt.Sprintf(`{ x: tenant(id: %q) { id } }`, theirs),
		fmt.Sprintf(`{ x: node(id: %q) { id } }`, webhook),
		fmt.Sprintf(`{ x: node(id: %q) { id } }`, channel),
		fmt.Sprintf(`{ x: node(id: %q) { id } }`, key),
		fmt.Sprintf(`{ x: node(id: %q) { id } }`, models.NewID(models.PrefixRecovery)),
	} {
		if got := b.do(t, p, query, ``).data(t); got != `{"x":null}` {
			t.Errorf("%s answers %s", query, got)
		}
	}
	for _, query := range []string{
		fmt.Sprintf(`mutation { sendTestEvent(input: {channelId: %q, eventType: "a"}) { id } }`, channel),
		fmt.Sprintf(`mutation { sendTestEvent(input: {webhookId: %q, eventType: "a"}) { id } }`, webhook),
		fmt.Sprintf(`mutation { retryDelivery(id: %q) { id } }`, models.NewID(models.PrefixDelivery)),
		fmt.Sprintf(`{ webhooks(filter: {tenantId: %q}) { nodes { id } } }`, theirs),
		fmt.Sprintf(`mutation { publishEvent(input: {type: "a", data: 1, tenantId: %q}) { id } }`, theirs),
	} {
		scopes := keyOf(mine, models.ScopeManage, models.ScopePublish)
		b.do(t, scopes, query, ``).refused(t, models.CodeNotFound, "")
	}
	if b.engine.got != nil {
		t.Errorf("the engine was asked: %v", b.engine.got)
	}
}

func TestNodeFindsEveryKind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tenant := models.NewID(models.PrefixTenant)
	b.reader.tenants[tenant] = models.Tenant{ID: tenant, Name: "Acme"}
	webhook, channel, event := models.NewID(models.PrefixWebhook), models.NewID(models.PrefixChannel), models.NewID(models.PrefixEvent)
	b.reader.webhooks[webhook] = models.Webhook{ID: webhook, TenantID: tenant}
	b.reader.channels[channel] = models.Channel{ID: channel, TenantID: tenant}
	b.reader.events[event] = models.Event{ID: event, TenantID: tenant}
	template := models.NewID(models.PrefixTemplate)
	b.reader.templates[template] = models.Template{ID: template, TenantID: tenant}
	for id, kind := range map[models.ID]string{tenant: "Tenant", template: "Template", templates.Builtins()[0].ID: "Template", webhook: "Webhook", channel: "Channel", event: "Event"} {
		for _, p := range []*auth.Principal{admin(), keyOf(tenant, models.ScopeRead)} {
			got := b.do(t, p, `query($i: ID!) { node(id: $i) { __typename id } }`, `{"i": "`+id.String()+`"}`).data(t)
			if want := `{"node":{"__typename":"` + kind + `","id":"` + id.String() + `"}}`; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	}
}

func TestListsAreWalled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine := models.NewID(models.PrefixTenant)
	b.do(t, keyOf(mine, models.ScopeRead), `{ webhooks { nodes { id } } }`, ``).data(t)
	if f := b.reader.filter.(models.WebhookFilter); f.TenantID == nil || *f.TenantID != mine {
		t.Errorf("a tenant's list is not walled: %+v", f)
	}
	b.do(t, admin(), `{ deliveryAttempts { nodes { id } } }`, ``).data(t)
	if f := b.reader.filter.(models.AttemptFilter); f.TenantID != nil {
		t.Errorf("an administrator's list is walled: %+v", f)
	}
	b.do(t, admin(), `query($f: DeliveryAttemptFilter) { deliveryAttempts(filter: $f) { nodes { id } } }`,
		`{"f": {"tenantId": "`+mine.String()+`", "eventTypes": [], "status": "FAILED", "includeTests": true, "from": "2026-11-20T13:00:00+01:00"}}`).data(t)
	f := b.reader.filter.(models.AttemptFilter)
	if *f.TenantID != mine || f.EventTypes == nil || *f.Status != models.AttemptFailed || !f.IncludeTests || f.From.String() != "2026-11-20 12:00:00 +0000 UTC" {
		t.Errorf("the filter came as %+v", f)
	}
}

func TestTenantsOfATenantAreItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine := models.NewID(models.PrefixTenant)
	name := "C-17"
	b.reader.tenants[mine] = models.Tenant{ID: mine, Name: "Acme", ExternalID: &name}
	p := keyOf(mine, models.ScopeRead)
	one := `{"tenants":{"nodes":[{"name":"Acme"}],"pageInfo":{"hasNextPage":false}}}`
	none := `{"tenants":{"nodes":[],"pageInfo":{"hasNextPage":false}}}`
	cursor := models.EncodeCursor(mine.String())
	for args, want := range map[string]string{
		`first: 5`:                one,
		`search: "acm"`:           one,
		`search: "c-1"`:           one,
		`search: "other"`:         none,
		`after: "` + cursor + `"`: none,
	} {
		got := b.do(t, p, `{ tenants(`+args+`) { nodes { name } pageInfo { hasNextPage } } }`, ``).data(t)
		if got != want {
			t.Errorf("%s: %s", args, got)
		}
	}
	b.do(t, p, `{ tenants(after: "x") { nodes { id } } }`, ``).refused(t, models.CodeBadUserInput, "after")
}

func TestConnections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	empty := b.do(t, admin(), `{ webhooks { edges { cursor } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`, ``).data(t)
	if empty != `{"webhooks":{"edges":[],"nodes":[],"pageInfo":{"hasNextPage":false,"hasPreviousPage":false,"startCursor":null,"endCursor":null}}}` {
		t.Error(empty)
	}
	id := models.NewID(models.PrefixWebhook)
	b.reader.webhooks[id] = models.Webhook{ID: id}
	cursor := models.EncodeCursor(id.String())
	got := b.do(t, admin(), `{ webhooks { edges { cursor node { id } } pageInfo { startCursor endCursor } } }`, ``).data(t)
	want := fmt.Sprintf(`{"webhooks":{"edges":[{"cursor":%q,"node":{"id":%q}}],"pageInfo":{"startCursor":%q,"endCursor":%q}}}`,
		cursor, id, cursor, cursor)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAPageIsReadInFewStatements(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tenant := models.NewID(models.PrefixTenant)
	for range 50 {
		webhook, channel, event := models.NewID(models.PrefixWebhook), models.NewID(models.PrefixChannel), models.NewID(models.PrefixEvent)
		b.reader.webhooks[webhook] = models.Webhook{ID: webhook, TenantID: tenant}
		b.reader.channels[channel] = models.Channel{ID: channel, TenantID: tenant}
		b.reader.events[event] = models.Event{ID: event, TenantID: tenant}
		b.reader.attempts = append(b.reader.attempts, models.Attempt{
			ID: models.NewID(models.PrefixAttempt), TenantID: tenant, WebhookID: webhook, ChannelID: channel, EventID: event,
		})
	}
	b.do(t, admin(), `{ deliveryAttempts { nodes { id webhook { id } channel { id } event { id } } } }`, ``).data(t)
	total := 0
	for _, n := range b.reader.calls {
		total += n
	}
	if total != 4 {
		t.Errorf("%d reads for one page: %v", total, b.reader.calls)
	}
}

func TestWhatIsGoneIsNullOrNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.reader.attempts = []models.Attempt{{ID: models.NewID(models.PrefixAttempt), WebhookID: models.NewID(models.PrefixWebhook), EventID: models.NewID(models.PrefixEvent)}}
	got := b.do(t, admin(), `{ deliveryAttempts { nodes { webhook { id } error { code } responseCode } } }`, ``).data(t)
	if got != `{"deliveryAttempts":{"nodes":[{"webhook":null,"error":null,"responseCode":null}]}}` {
		t.Error(got)
	}
	b.do(t, admin(), `{ deliveryAttempts { nodes { event { id } } } }`, ``).refused(t, models.CodeNotFound, "")
}
