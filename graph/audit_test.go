package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"

	"carillon/auth"
	"carillon/graph/generated"
	"carillon/models"
	"carillon/testkit"
)

// What is secret and goes through the mutations below; none of it may stand in the log.
const (
	plantedSecret  = "planted-signing-secret"
	plantedRotated = "planted-rotated-secret"
	plantedHeader  = "planted-header-value"
	plantedQuery   = "planted-query"
	plantedData    = "planted-payload"
	plantedSource  = "planted-template-source"
)

// auditedWorld is a world with one of everything, in which nothing leaves the queue.
type auditedWorld struct {
	*world
	t *testing.T

	tenant, doomed, key, channel, webhook, template models.ID
	event, waiting, recovery                        models.ID
}

func openAudited(t *testing.T, url string) *auditedWorld {
	w := &auditedWorld{world: openStillWorld(t, url, sender{}), t: t}
	w.tenant, w.channel, w.webhook = w.world.tenant(t, "Acme")
	w.doomed, _, _ = w.world.tenant(t, "Doomed")
	w.key = w.made(`mutation { createApiKey(input: {name: "k", tenantId: "%s", scopes: [READ]}) { apiKey { id } } }`, w.tenant)
	w.template = w.made(`mutation { createTemplate(input: {tenantId: "%s", name: "t", kind: SMS, parts: [{name: TEXT, source: "x"}]}) { id } }`, w.tenant)
	w.suppress()
	w.made(`mutation { pauseWebhook(id: "%s") { id } }`, w.webhook)
	w.event = w.made(`mutation { publishEvent(input: {tenantId: "%s", type: "a.b", data: {x: "%s"}}) { id } }`, w.tenant, plantedData)
	w.waiting = w.made(`{ deliveries(filter: {eventId: "%s"}) { nodes { id } } }`, w.event)
	w.recovery = w.made(`mutation { recoverDeliveries(filter: {tenantId: "%s"}) { id } }`, w.tenant)
	w.made(`mutation { createEventType(input: {name: "to.update", example: {x: 1}}) { id } }`)
	return w
}

func (w *auditedWorld) made(query string, args ...any) models.ID {
	w.t.Helper()
	return w.do(w.t, w.admin, query, args...).id(w.t)
}

// suppress lets a delivery end so that its recipient is suppressed.
func (w *auditedWorld) suppress() {
	w.t.Helper()
	table, err := w.store.RouteTable(w.t.Context(), w.tenant)
	if err != nil {
		w.t.Fatal(err)
	}
	now, node := time.Now().UTC(), uuid.New()
	e := models.Event{ID: models.NewID(models.PrefixEvent), TenantID: w.tenant, Type: "a.b", Version: "1", Data: json.RawMessage(`{}`), Timestamp: now, CreatedAt: now}
	d := models.Delivery{ID: models.NewID(models.PrefixDelivery), TenantID: w.tenant, EventID: e.ID, EventType: e.Type,
		WebhookID: w.webhook, ChannelID: w.channel, Status: models.DeliveryPending, CreatedAt: now}
	_, err = w.store.Publish(w.t.Context(), models.Publication{Owner: node, Generations: map[models.ID]int64{w.tenant: table.Generation},
		Items: []models.PublicationItem{{Event: e, Placements: []models.Placement{{Delivery: d, Leased: true, Due: now.Add(time.Hour)}}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	d.Status, d.AttemptCount, d.CompletedAt = models.DeliveryFailed, 1, &now
	id := models.NewID(models.PrefixAttempt)
	_, err = w.store.Complete(w.t.Context(), models.Completion{Owner: node, Suppress: []models.Suppression{{Address: "+15550101", Reason: "no", CreatedAt: now}},
		Parts: []models.CompletionPart{{Delivery: d, Attempt: models.Attempt{ID: id, RequestID: id, TenantID: w.tenant, DeliveryID: d.ID, EventID: e.ID,
			EventType: e.Type, WebhookID: w.webhook, ChannelID: w.channel, ChannelKind: models.KindHTTP, Number: 1, Trigger: models.TriggerAutomatic,
			Status: models.AttemptFailed, StartedAt: now}}}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// recorded is an operation and the entry that it must leave.
type recorded struct {
	query  string
	action models.AuditAction
	target func(data string) string // in the answer; nil where the target is the id that it has
}

// mutations has every one of the schema, in an order in which each finds what it
// needs; those of publishing leave no entry.
func (w *auditedWorld) mutations() []recorded {
	q := fmt.Sprintf
	to := func(id models.ID) func(string) string { return func(string) string { return id.String() } }
	return []recorded{
		{q(`publishEvent(input: {tenantId: "%s", type: "c.d", data: {x: "%s"}}) { id }`, w.tenant, plantedData), "", nil},
		{q(`publishEvents(input: {events: [{tenantId: "%s", type: "c.d", data: {}}]}) { id }`, w.tenant), "", nil},
		{`createTenant(input: {name: "New", externalId: "x1", metadata: {plan: "` + plantedData + `"}}) { id }`, models.AuditTenantCreate, nil},
		{q(`updateTenant(input: {id: "%s", name: "Acme 2", metadata: {plan: "%s"}}) { id }`, w.tenant, plantedData), models.AuditTenantUpdate, nil},
		{q(`createApiKey(input: {name: "k2", tenantId: "%s", scopes: [READ]}) { apiKey { id } }`, w.tenant), models.AuditKeyCreate, nil},
		{q(`revokeApiKey(id: "%s") { id }`, w.key), models.AuditKeyRevoke, nil},
		{q(`createPortalSession(input: {tenantId: "%s"}) { expiresAt }`, w.tenant), models.AuditSessionCreate, func(string) string { return "ses_" }},
		{`createEventType(input: {name: "new.type"}) { id }`, models.AuditEventTypeCreate, nil},
		{`updateEventType(input: {name: "to.update", description: "d", example: {x: "` + plantedData + `"}}) { id }`, models.AuditEventTypeUpdate, nil},
		{`archiveEventType(name: "to.update") { id }`, models.AuditEventTypeArchive, nil},
		{`importEventTypes(input: {openapi: {openapi: "3.1.0", webhooks: {imported: {post: {}}}}}) { name }`, models.AuditEventTypeImport, to(models.ID{})},
		{q(`createTemplate(input: {tenantId: "%s", name: "t2", kind: SMS, parts: [{name: TEXT, source: "%s"}]}) { id }`, w.tenant, plantedSource), models.AuditTemplateCreate, nil},
		{q(`updateTemplate(input: {id: "%s", parts: [{name: TEXT, source: "%s"}]}) { id }`, w.template, plantedSource), models.AuditTemplateUpdate, nil},
		{q(`deleteTemplate(id: "%s")`, w.template), models.AuditTemplateDelete, to(w.template)},
		{q(`createChannel(input: {tenantId: "%s", name: "c2", config: {http: {url: "https://example.com/?t=%s"}}}) { id }`, w.tenant, plantedQuery), models.AuditChannelCreate, nil},
		{q(`updateChannel(input: {id: "%s", name: "c3", config: {http: {url: "https://example.com/?token=%s", headers: [{name: "A", value: "%s"}],
			signing: {scheme: HMAC_SHA256, secret: "%s"}}}}) { id }`, w.channel, plantedQuery, plantedHeader, plantedSecret), models.AuditChannelUpdate, nil},
		{q(`rotateChannelSecret(input: {id: "%s", secret: "%s"})`, w.channel, plantedRotated), models.AuditSecretRotate, to(w.channel)},
		{q(`liftSuppression(input: {channelId: "%s", address: "+15550101"}) { id }`, w.channel), models.AuditSuppressionLift, nil},
		{q(`pauseChannel(id: "%s") { id }`, w.channel), models.AuditChannelPause, nil},
		{q(`resumeChannel(id: "%s") { id }`, w.channel), models.AuditChannelResume, nil},
		{q(`sendTestEvent(input: {channelId: "%s", eventType: "a.b", data: {x: "%s"}}) { status }`, w.channel, plantedData), models.AuditEventTest, to(w.channel)},
		{q(`retryDelivery(id: "%s") { id }`, w.waiting), models.AuditDeliveryRetry, nil},
		{q(`cancelDelivery(id: "%s") { id }`, w.waiting), models.AuditDeliveryCancel, nil},
		{q(`replayEvent(id: "%s") { id }`, w.event), models.AuditEventReplay, nil},
		{q(`recoverDeliveries(filter: {tenantId: "%s", eventTypes: ["a.b"]}) { id }`, w.tenant), models.AuditRecoveryCreate, nil},
		{q(`cancelRecovery(id: "%s") { id }`, w.recovery), models.AuditRecoveryCancel, nil},
		{q(`createWebhook(input: {tenantId: "%s", name: "w2", eventTypes: ["x.*"], routes: [{channelId: "%s"}]}) { id }`, w.tenant, w.channel), models.AuditWebhookCreate, nil},
		{q(`resumeWebhook(id: "%s") { id }`, w.webhook), models.AuditWebhookResume, nil},
		{q(`pauseWebhook(id: "%s") { id }`, w.webhook), models.AuditWebhookPause, nil},
		{q(`updateWebhook(input: {id: "%s", filter: "data.total > 1", eventTypes: ["a.*"]}) { id }`, w.webhook), models.AuditWebhookUpdate, nil},
		{q(`deleteWebhook(id: "%s")`, w.webhook), models.AuditWebhookDelete, to(w.webhook)},
		{q(`createChannel(input: {tenantId: "%s", name: "going", config: {http: {url: "https://example.com/"}}}) { id }`, w.tenant), models.AuditChannelCreate, nil},
		{`deleteChannel(id: "LAST")`, models.AuditChannelDelete, func(data string) string { return strings.Split(data, `"`)[3] }},
		{q(`deleteTenant(id: "%s")`, w.doomed), models.AuditTenantDelete, to(w.doomed)},
	}
}

// log reads entries, newest first, as the administrator.
func (w *auditedWorld) log(t *testing.T) []models.AuditEntry {
	t.Helper()
	list, err := w.store.AuditLog(t.Context(), models.Page{First: models.MaxPage}, models.AuditFilter{})
	if err != nil {
		t.Fatal(err)
	}
	return list.Nodes
}

// TestEveryMutationLeavesAnEntry drives each mutation of the schema through the API:
// one that is new fails here until it leaves an entry, or is named as one that does not.
func TestEveryMutationLeavesAnEntry(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := openAudited(t, url)
		list := w.mutations()
		driven := map[string]bool{}
		var last string
		newest := w.log(t)[0].ID
		for _, m := range list {
			name, _, _ := strings.Cut(m.query, "(")
			driven[name] = true
			data := w.do(t, w.admin, "mutation { %s }", strings.ReplaceAll(m.query, "LAST", last)).data(t)
			entries := w.log(t)
			if m.action == "" {
				if entries[0].ID != newest {
					t.Errorf("%s left %+v", name, entries[0])
				}
				continue
			}
			if entries[0].Action != m.action || entries[1].ID != newest {
				t.Fatalf("%s left %s on top of %s; want one entry more, %s", name, entries[0].Action, entries[1].Action, m.action)
			}
			newest = entries[0].ID
			last = w.expectTarget(t, m, data, &entries[0])
		}
		for _, field := range generated.NewExecutableSchema(generated.Config{}).Schema().Mutation.Fields {
			if !driven[field.Name] {
				t.Errorf("mutation %s is not driven: say which entry of the audit log it leaves", field.Name)
			}
		}
		w.expectNothingSecret(t)
		w.expectTold(t)
	})
}

func (w *auditedWorld) expectTarget(t *testing.T, m recorded, data string, e *models.AuditEntry) string {
	t.Helper()
	want := ""
	if m.target != nil {
		want = m.target(data)
	} else if _, rest, ok := strings.Cut(data, `"id":"`); ok {
		want, _, _ = strings.Cut(rest, `"`)
	}
	got := ""
	if e.Target != nil {
		got = e.Target.String()
	}
	if got != want && (want != "ses_" || !strings.HasPrefix(got, want)) {
		t.Errorf("%s: the target is %q, want %q", e.Action, got, want)
	}
	if e.ActorKind != models.AuditServer || e.ActorName != "command line" || e.ActorID != nil || time.Since(e.CreatedAt).Abs() > time.Hour {
		t.Errorf("%s: %+v", e.Action, e)
	}
	if ofNone := e.TenantID == nil; ofNone != (strings.HasPrefix(string(e.Action), "event_type.") || e.Action == models.AuditTenantDelete) {
		t.Errorf("%s is of tenant %v", e.Action, e.TenantID)
	}
	return got
}

func (w *auditedWorld) expectNothingSecret(t *testing.T) {
	t.Helper()
	for _, e := range w.log(t) {
		for _, planted := range []string{plantedSecret, plantedRotated, plantedHeader, plantedQuery, plantedData, plantedSource, "whsec_", "example.com/"} {
			if strings.Contains(string(e.Detail), planted) {
				t.Errorf("%s tells %s: %s", e.Action, planted, e.Detail)
			}
		}
	}
}

// expectTold looks at what some entries tell.
func (w *auditedWorld) expectTold(t *testing.T) {
	t.Helper()
	told := map[models.AuditAction]string{}
	for _, e := range slices.Backward(w.log(t)) { // the newest of each stays
		told[e.Action] = string(e.Detail)
	}
	for action, want := range map[models.AuditAction]string{
		models.AuditTenantUpdate:    `{"changed":[{"field":"name","before":"Acme","after":"Acme 2"},{"field":"metadata"}],"name":"Acme 2"}`,
		models.AuditTenantDelete:    `{}`,
		models.AuditChannelUpdate:   `{"changed":[{"field":"name","before":"c","after":"c3"},{"field":"config.url"},{"field":"config.headers"},{"field":"config.signing.scheme"},{"field":"config.signing.parameter"},{"field":"config.signing.secret"}],"name":"c3"}`,
		models.AuditChannelPause:    `{"changed":[{"field":"status","before":"ACTIVE","after":"PAUSED"}],"name":"c3"}`,
		models.AuditSecretRotate:    `{"name":"c3","overlap":"24h"}`,
		models.AuditWebhookUpdate:   `{"changed":[{"field":"eventTypes","before":["*"],"after":["a.*"]},{"field":"filter","before":"","after":"data.total \u003e 1"}],"name":"w"}`,
		models.AuditKeyCreate:       `{"name":"k2","scopes":["READ"]}`,
		models.AuditEventTest:       `{"eventType":"a.b"}`,
		models.AuditEventTypeImport: `{"count":1,"names":["imported"]}`,
		models.AuditRecoveryCreate:  `{"eventTypes":["a.b"]}`,
	} {
		if told[action] != want {
			t.Errorf("%s tells %s, want %s", action, told[action], want)
		}
	}
	// A query, and what the command line does; they have tests of their own.
	elsewhere := []models.AuditAction{models.AuditSecretRead, models.AuditTenantExport, models.AuditTenantImport, models.AuditEncryptionRekey}
	for _, action := range models.AuditActions() {
		if told[action] == "" && !slices.Contains(elsewhere, action) {
			t.Errorf("nothing led to %s: it is an action that nobody does", action)
		}
	}
	if unknown := slices.DeleteFunc(slices.Collect(maps.Keys(told)), func(a models.AuditAction) bool { return slices.Contains(models.AuditActions(), a) }); len(unknown) > 0 {
		t.Errorf("%v are not listed", unknown)
	}
}

// TestAuditLogIsWalled reads the log as tenants, portals and administrators do.
func TestAuditLogIsWalled(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := openStillWorld(t, url, sender{})
		mine, channel, _ := w.tenant(t, "Acme")
		theirs, _, _ := w.tenant(t, "Other")
		admin := &auth.Principal{KeyID: models.NewID(models.PrefixApiKey), KeyName: "platform", Scopes: []models.Scope{models.ScopeAdmin}}
		key := w.do(t, w.admin, `mutation { createApiKey(input: {name: "crm", tenantId: "%s", scopes: [MANAGE]}) { apiKey { id } } }`, mine).id(t)
		manager := &auth.Principal{KeyID: key, KeyName: "crm", TenantID: &mine, Scopes: []models.Scope{models.ScopeManage}}
		portal := &auth.Principal{KeyID: key, KeyName: "portal session", SessionID: models.NewID(models.PrefixSession), TenantID: &mine, Scopes: manager.Scopes}

		for i, p := range []*auth.Principal{admin, manager, portal} {
			from := netip.MustParseAddr(fmt.Sprintf("192.0.2.%d", 101+i))
			w.doFrom(t, p, from, `{ channelSecret(id: "%s") }`, channel).data(t)
		}
		const fields = `nodes { id actorKind actorName address actor { name } sessionId tenant { name } target }`
		log := `{ auditLog(filter: {action: "channel.secret.read"}) { ` + fields + ` } }`
		for name, row := range map[string]struct {
			p    *auth.Principal
			want []string
			not  []string
		}{
			"administrator": {admin, []string{`"actorKind":"ADMINISTRATOR","actorName":"platform","address":"192.0.2.101"`,
				`"actorKind":"KEY","actorName":"crm","address":"192.0.2.102","actor":{"name":"crm"},"sessionId":null`,
				`"actorKind":"PORTAL","actorName":"portal session","address":"192.0.2.103"`, portal.SessionID.String()}, nil},
			"tenant": {manager, []string{`"actorName":"administrator","address":null,"actor":null`, `"address":"192.0.2.102","actor":{"name":"crm"}`},
				[]string{"platform", "192.0.2.101"}},
			"portal": {portal, []string{`"actorName":"administrator","address":null`, `"actorName":"crm","address":"192.0.2.102","actor":null`},
				[]string{"platform", "192.0.2.101", `"actor":{`}},
		} {
			got := w.do(t, row.p, "%s", log).data(t)
			if n := strings.Count(got, `"id"`); n != 3 {
				t.Errorf("%s reads %d entries: %s", name, n, got)
			}
			for _, want := range row.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s reads %s, want %s in it", name, got, want)
				}
			}
			for _, hidden := range row.not {
				if strings.Contains(got, hidden) {
					t.Errorf("%s reads %s: %s", name, hidden, got)
				}
			}
		}

		entry := w.do(t, admin, `{ auditLog(tenantId: "%s", first: 1) { nodes { id } } }`, theirs).id(t)
		node := `{ node(id: "%s") { ... on AuditEntry { id actorName } } }`
		if got := w.do(t, admin, node, entry).data(t); !strings.Contains(got, entry.String()) {
			t.Errorf("an administrator reads %s", got)
		}
		reader := &auth.Principal{KeyID: key, TenantID: &theirs, Scopes: []models.Scope{models.ScopeRead}}
		for _, p := range []*auth.Principal{manager, portal, reader} {
			if got := w.do(t, p, node, entry).data(t); got != `{"node":null}` {
				t.Errorf("%s reads another one's entry: %s", p.KeyName, got)
			}
		}
		w.do(t, manager, `{ auditLog(tenantId: "%s") { nodes { id } } }`, theirs).refused(t, models.CodeNotFound, "")
		w.do(t, reader, `{ auditLog { nodes { id } } }`).refused(t, models.CodeForbidden, "")
		w.do(t, admin, `{ auditLog(filter: {action: "channel"}) { nodes { id } } }`).refused(t, models.CodeBadUserInput, "filter.action")
		w.do(t, admin, `{ auditLog(filter: {actorId: "%s"}) { nodes { id } } }`, theirs).refused(t, models.CodeBadUserInput, "filter.actorId")
	})
}

// doFrom asks from an address.
func (w *world) doFrom(t *testing.T, p *auth.Principal, from netip.Addr, query string, args ...any) answer {
	t.Helper()
	ctx := auth.WithAddress(auth.With(graphql.StartOperationTrace(t.Context()), p), from)
	op, errs := w.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: fmt.Sprintf(query, args...)})
	if len(errs) > 0 {
		return answer{Errors: errs}
	}
	next, ctx := w.exec.DispatchOperation(ctx, op)
	resp := next(ctx)
	return answer{Data: resp.Data, Errors: resp.Errors}
}
