package graph_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"carillon/auth"
	"carillon/control"
	"carillon/engine"
	"carillon/models"
)

func TestBadInputNamesItsField(t *testing.T) {
	t.Parallel()
	tenant := models.NewID(models.PrefixTenant).String()
	channel := models.NewID(models.PrefixChannel).String()
	const createWebhook = `mutation($in: CreateWebhookInput!) { createWebhook(input: $in) { id } }`
	const createChannel = `mutation($in: CreateChannelInput!) { createChannel(input: $in) { id } }`
	const publish = `mutation($in: PublishEventInput!) { publishEvent(input: $in) { id } }`
	const channels = `query($f: ChannelFilter) { channels(filter: $f) { nodes { id } } }`
	for _, row := range []struct{ name, query, vars, field string }{
		{"malformed id", `{ webhook(id: "whk_1") { id } }`, ``, "id"},
		{"id of another kind", `{ webhook(id: "` + channel + `") { id } }`, ``, "id"},
		{"id of another kind, variable", `query($i: ID!) { webhook(id: $i) { id } }`, `{"i": "` + channel + `"}`, "id"},
		{"id that is a number", `{ webhook(id: 17) { id } }`, ``, "id"},
		{"id in a filter", channels, `{"f": {"tenantId": "` + channel + `"}}`, "filter.tenantId"},
		{"id in a list", createWebhook, `{"in": {"name": "x", "eventTypes": ["*"], "routes": [{"channelId": "` + channel + `"}, {"channelId": "` + tenant + `"}]}}`, "routes.1.channelId"},
		{"id in a literal", `mutation { createWebhook(input: {name: "x", eventTypes: ["*"], routes: [{channelId: "x"}]}) { id } }`, ``, "routes.0.channelId"},
		{"first 0", `{ webhooks(first: 0) { nodes { id } } }`, ``, "first"},
		{"first negative", `{ webhooks(first: -1) { nodes { id } } }`, ``, "first"},
		{"first too large", `{ webhooks(first: 501) { nodes { id } } }`, ``, "first"},
		{"first huge", `query($n: Int) { webhooks(first: $n) { nodes { id } } }`, `{"n": 2147483648}`, "first"},
		{"first no number", `query($n: Int) { webhooks(first: $n) { nodes { id } } }`, `{"n": "many"}`, "first"},
		{"first no number, literal", `{ webhooks(first: "many") { nodes { id } } }`, ``, "first"},
		{"time", publish, `{"in": {"type": "a", "data": 1, "timestamp": "yesterday"}}`, "timestamp"},
		{"time that is a number", publish, `{"in": {"type": "a", "data": 1, "timestamp": 17}}`, "timestamp"},
		{"time in a filter", `{ events(filter: {from: "2026-13-01T00:00:00Z"}) { nodes { id } } }`, ``, "filter.from"},
		{"duration", createChannel, `{"in": {"name": "x", "config": {"http": {"url": "https://x", "timeout": "soon"}}}}`, "config.http.timeout"},
		{"duration in a list", createChannel, `{"in": {"name": "x", "config": {"http": {"url": "https://x"}}, "retryPolicy": {"schedule": ["5s", "-1s"]}}}`, "retryPolicy.schedule.1"},
		{"rate", createChannel, `{"in": {"name": "x", "config": {"http": {"url": "https://x"}}, "limits": {"rate": "fast"}}}`, "limits.rate"},
		{"concurrency", createChannel, `{"in": {"name": "x", "config": {"http": {"url": "https://x"}}, "limits": {"concurrency": 1.5}}}`, "limits.concurrency"},
		{"batching without a wait", createChannel, `{"in": {"name": "x", "config": {"http": {"url": "https://x"}}, "batching": {"maxEvents": 10}}}`, "batching.maxWait"},
		{"batching for ever", createChannel, `{"in": {"name": "x", "config": {"http": {"url": "https://x"}}, "batching": {"maxEvents": 10, "maxWait": "-1s"}}}`, "batching.maxWait"},
		{"ordering", createChannel, `{"in": {"name": "x", "config": {"http": {"url": "https://x"}}, "ordering": "per_entity"}}`, "ordering"},
		{"ordering, literal", `mutation { createChannel(input: {name: "x", config: {http: {url: "https://x"}}, ordering: BY_NAME}) { id } }`, ``, "ordering"},
		{"enum", channels, `{"f": {"kind": "PIGEON"}}`, "filter.kind"},
		{"enum in another case", channels, `{"f": {"kind": "http"}}`, "filter.kind"},
		{"enum, literal", `{ channels(filter: {kind: PIGEON}) { nodes { id } } }`, ``, "filter.kind"},
		{"enum as text", `{ channels(filter: {kind: "HTTP"}) { nodes { id } } }`, ``, "filter.kind"},
		{"oneOf, none", createChannel, `{"in": {"name": "x", "config": {}}}`, "config"},
		{"oneOf, null", createChannel, `{"in": {"name": "x", "config": {"http": null}}}`, "config"},
		{"oneOf, none, literal", `mutation { createChannel(input: {name: "x", config: {}}) { id } }`, ``, "config"},
		{"required field missing", createChannel, `{"in": {"name": "x"}}`, "config"},
		{"required field missing, literal", `mutation { createChannel(input: {name: "x", config: {http: {method: PUT}}}) { id } }`, ``, "config.http.url"},
		{"required field null", publish, `{"in": {"type": "a", "data": null}}`, "data"},
		{"unknown field", publish, `{"in": {"type": "a", "data": 1, "colour": "red"}}`, "colour"},
		{"variable missing", `query($i: ID!) { webhook(id: $i) { id } }`, ``, "id"},
		{"template of another kind of id", createWebhook, `{"in": {"name": "x", "eventTypes": ["*"], "routes": [{"channelId": "` + channel + `", "templateId": "` + channel + `"}]}}`, "routes.0.templateId"},
		{"part", `mutation { createTemplate(input: {name: "x", kind: SMS, parts: [{name: FOOT, source: ""}]}) { id } }`, ``, "parts.0.name"},
		{"part in another case", `mutation($p: [TemplatePartInput!]!) { createTemplate(input: {name: "x", kind: SMS, parts: $p}) { id } }`, `{"p": [{"name": "text", "source": ""}]}`, "parts.0.name"},
		{"version", `query($in: RenderTemplateInput!) { renderTemplate(input: $in) { parts { output } } }`, `{"in": {"version": "new"}}`, "version"},
		{"tenant of an administrator", publish, `{"in": {"type": "a", "data": 1}}`, "tenantId"},
		{"tenant in a batch", `mutation($e: [PublishEventInput!]!) { publishEvents(input: {events: $e}) { id } }`, `{"e": [{"type": "a", "data": 1, "tenantId": "` + tenant + `"}, {"type": "a", "data": 1}]}`, "events.1.tenantId"},
		{"test event without a target", `mutation { sendTestEvent(input: {eventType: "a"}) { id } }`, ``, "channelId"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			err := b.do(t, admin(), row.query, row.vars).refused(t, models.CodeBadUserInput, row.field)
			if !strings.HasPrefix(err.Message, row.field+": ") {
				t.Errorf("the message does not begin with the field: %q", err.Message)
			}
			if b.control.got != nil || b.engine.got != nil {
				t.Errorf("something was done all the same: %v %v", b.control.got, b.engine.got)
			}
			if b.log.Len() > 0 {
				t.Errorf("a client's mistake was logged: %s", b.log)
			}
		})
	}
}

func TestUpdatesTellLeftOutFromNull(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := models.NewID(models.PrefixWebhook)
	b.do(t, admin(), `mutation($in: UpdateWebhookInput!) { updateWebhook(input: $in) { id } }`,
		`{"in": {"id": "`+id.String()+`", "name": null, "eventTypes": ["a.*"], "routes": null}}`).data(t)
	got := b.control.got.(control.UpdateWebhook)
	switch {
	case got.ID != id:
		t.Error("id")
	case !got.Name.Given || got.Name.Value != nil:
		t.Error("a name that is null is not cleared")
	case got.Description.Given:
		t.Error("a description that was left out is given")
	case !got.EventTypes.Given || (*got.EventTypes.Value)[0] != "a.*":
		t.Error("event types are not set")
	case !got.Routes.Given || got.Routes.Value != nil:
		t.Error("routes that are null are not cleared")
	}
}

func TestRetryPolicyAndConfigReachControl(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.do(t, admin(), `mutation { createChannel(input: {name: "x",
		config: {http: {url: "https://x", method: PUT, headers: [{name: "A", value: "b", secret: true}, {name: "B", secret: true}], timeout: "2s",
			signing: {scheme: STANDARD_WEBHOOKS, secret: "whsec_x"}}},
		retryPolicy: {schedule: [], disableAfter: null}}) { id } }`, ``).data(t)
	got := b.control.got.(control.CreateChannel)
	http, policy := got.Config.HTTP, got.RetryPolicy
	if *http.Method != models.MethodPut || (*http.Headers)[0].Name != "A" || *(*http.Headers)[0].Value != "b" || !(*http.Headers)[0].Secret ||
		(*http.Headers)[1].Value != nil || http.Timeout.String() != "2s" || http.Signing.Secret.Reveal() != "whsec_x" {
		t.Errorf("config: %+v", http)
	}
	if !policy.Schedule.Given || policy.Schedule.Value == nil || len(*policy.Schedule.Value) != 0 {
		t.Error("an empty schedule is not an empty schedule")
	}
	if policy.Jitter.Given || !policy.DisableAfter.Given || policy.DisableAfter.Value != nil {
		t.Errorf("policy: %+v", policy)
	}
}

func TestRawJSONIsKeptAsItIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	raw := json.RawMessage(`{"z":12345678901234567890,"a":1.10}`)
	e := b.exec
	tenant := models.NewID(models.PrefixTenant)
	answer := runVariables(t, e, keyOf(tenant, models.ScopePublish),
		`mutation($in: PublishEventInput!) { publishEvent(input: $in) { data timestamp entityId tags } }`,
		map[string]any{"in": map[string]any{"type": "a.b", "data": raw}})
	if got := b.engine.got.(engine.PublishInput); string(got.Data) != string(raw) || got.TenantID != tenant {
		t.Errorf("the engine got %s of %s", got.Data, got.TenantID)
	}
	want := `{"publishEvent":{"data":` + string(raw) + `,"timestamp":"2026-11-20T12:00:00.123Z","entityId":null,"tags":[]}}`
	if got := answer.data(t); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNumbersInJSONLiteralsAreValid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tenant := models.NewID(models.PrefixTenant)
	for _, query := range []string{
		`mutation { publishEvent(input: {type: "a", data: -12345678901234567890}) { id } }`,
		`mutation { publishEvent(input: {type: "a", data: {huge: [1e400, {n: 12345678901234567890}]}}) { id } }`,
	} {
		op, errs := b.exec.CreateOperationContext(auth.With(graphql.StartOperationTrace(t.Context()), keyOf(tenant, models.ScopePublish)), &graphql.RawParams{
			Query: query,
		})
		if errs != nil {
			t.Errorf("%s: %v", query, errs)
			continue
		}
		field := op.Operation.SelectionSet[0].(*ast.Field)
		if text := field.Arguments[0].Value.String(); strings.Contains(text, `data:"`) || strings.Contains(text, `n:"`) {
			t.Errorf("the document has changed: %s", text)
		}
	}
	b.do(t, admin(), `{ webhooks(first: 12345678901234567890) { nodes { id } } }`, ``).refused(t, models.CodeBadUserInput, "first")
}
