package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"

	"carillon/testkit"
)

// wrong is one input that is refused.
type wrong struct {
	name      string
	operation string
	input     string // JSON of the variable $input
	code      string
	field     string
}

const (
	invalid  = "BAD_USER_INPUT"
	notFound = "NOT_FOUND"
	conflict = "CONFLICT"

	createTenant    = `mutation($input: CreateTenantInput!) { createTenant(input: $input) { id } }`
	createKey       = `mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`
	createEventType = `mutation($input: CreateEventTypeInput!) { createEventType(input: $input) { id } }`
	createChannel   = `mutation($input: CreateChannelInput!) { createChannel(input: $input) { id } }`
	updateChannel   = `mutation($input: UpdateChannelInput!) { updateChannel(input: $input) { id } }`
	createWebhook   = `mutation($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }`
	updateWebhook   = `mutation($input: UpdateWebhookInput!) { updateWebhook(input: $input) { id } }`
	publishEvent    = `mutation($input: PublishEventInput!) { publishEvent(input: $input) { id } }`
	sendTestEvent   = `mutation($input: SendTestEventInput!) { sendTestEvent(input: $input) { id } }`
)

// badInput: each is refused with its code and field, stores nothing, and the
// next request is served.
func badInput(w *world) {
	receiver := testkit.NewReceiver(w.t)
	channel := w.channel(receiver.URL, nil)
	webhook := w.webhook("*", channel)
	w.do(updateChannel, testkit.Vars{"input": map[string]any{"id": channel, "name": "taken"}}, nil)
	w.do(updateWebhook, testkit.Vars{"input": map[string]any{"id": webhook, "name": "taken"}}, nil)
	before := w.inventory()
	rows := append(wrongNames(channel, webhook), wrongChannels(channel, receiver.URL)...)
	rows = append(rows, wrongWebhooks(channel, webhook)...)
	rows = append(rows, wrongEvents(channel, webhook)...)
	for _, row := range rows {
		err := w.doText(w.tenantOrAdmin(row.operation), row.operation, row.input)
		refusal, ok := testkit.Refusal(err)
		switch {
		case !ok:
			w.t.Errorf("%s: got %v, want %s %s", row.name, err, row.code, row.field)
		case refusal.Extensions.Code != row.code || refusal.Extensions.Field != row.field:
			w.t.Errorf("%s: got %s %q (%s), want %s %q", row.name, refusal.Extensions.Code, refusal.Extensions.Field, refusal.Message, row.code, row.field)
		case len(refusal.Message) < 10 || len(refusal.Message) > 1000:
			w.t.Errorf("%s: the message is %q", row.name, refusal.Message)
		}
		if err := w.api.Do(w.ctx, `{ viewer { scopes } }`, nil, nil); err != nil {
			w.t.Fatalf("after %s the server does not answer: %v", row.name, err)
		}
	}
	if after := w.inventory(); !reflect.DeepEqual(before, after) {
		w.t.Errorf("something was stored:\n%v\n%v", before, after)
	}
	if receiver.Count() != 0 {
		w.t.Errorf("the receiver had %d requests", receiver.Count())
	}
}

// doText sends the input as it stands, which an encoder might refuse to do.
func (w *world) doText(client *testkit.Client, operation, input string) error {
	w.t.Helper()
	_, raw, err := client.Post(w.ctx, []byte(`{"query":"`+operation+`","variables":{"input":`+input+`}}`))
	if err != nil {
		return err
	}
	var answer struct{ Errors testkit.Errors }
	if err := json.Unmarshal(raw, &answer); err != nil || len(answer.Errors) == 0 {
		return fmt.Errorf("the answer is %.300q", raw)
	}
	return answer.Errors
}

// tenantOrAdmin is who may do such an operation at all.
func (w *world) tenantOrAdmin(operation string) *testkit.Client {
	if operation == createTenant || operation == createEventType {
		return w.admin
	}
	return w.api
}

// inventory is what the tenant has.
func (w *world) inventory() map[string]any {
	w.t.Helper()
	var out map[string]any
	w.do(`{ channels { nodes { id name updatedAt } } webhooks { nodes { id name updatedAt } }
		events { nodes { id } } deliveries { nodes { id } } deliveryAttempts(filter: {includeTests: true}) { nodes { id } } apiKeys { nodes { id } } }`, nil, &out)
	return out
}

func wrongNames(channel, webhook string) []wrong {
	http := `"config":{"http":{"url":"https://example.com"}}`
	long := strings.Repeat("x", 201)
	rows := []wrong{
		{"tenant without name", createTenant, `{"name":""}`, invalid, "name"},
		{"tenant of spaces", createTenant, `{"name":"  \t "}`, invalid, "name"},
		{"tenant with a control character", createTenant, `{"name":"a\u0000b"}`, invalid, "name"},
		{"tenant with a long name", createTenant, `{"name":"` + long + `"}`, invalid, "name"},
		{"tenant with an empty external id", createTenant, `{"name":"a","externalId":""}`, invalid, "externalId"},
		{"key without scopes", createKey, `{"name":"a","scopes":[]}`, invalid, "scopes"},
		{"key without name", createKey, `{"name":"","scopes":["READ"]}`, invalid, "name"},
		{"key with an unknown scope", createKey, `{"name":"a","scopes":["EVERYTHING"]}`, invalid, "scopes.0"},
		{"key with a bad time", createKey, `{"name":"a","scopes":["READ"],"expiresAt":"tomorrow"}`, invalid, "expiresAt"},
		{"event type without name", createEventType, `{"name":""}`, invalid, "name"},
		{"event type with a control character", createEventType, `{"name":"a\u0007b"}`, invalid, "name"},
		{"event type with a pattern", createEventType, `{"name":"a.*"}`, invalid, "name"},
		{"event type with a bad schema", createEventType, `{"name":"bad.schema","schema":{"type":"strange"}}`, invalid, "schema.type"},
		{"event type with a schema of another kind", createEventType, `{"name":"bad.schema","schema":"text"}`, invalid, "schema"},
		{"event type with a schema elsewhere", createEventType, `{"name":"bad.schema","schema":{"$ref":"file:///etc/passwd"}}`, invalid, "schema"},
		{"event type with a wrong example", createEventType, `{"name":"bad.example","schema":{"type":"object"},"example":1}`, invalid, "example"},
		{"channel without name", createChannel, `{"name":"",` + http + `}`, invalid, "name"},
		{"channel with a taken name", createChannel, `{"name":"taken",` + http + `}`, conflict, "name"},
		{"webhook with a taken name", createWebhook, `{"name":"taken","eventTypes":["*"],"routes":[{"channelId":"` + channel + `"}]}`, conflict, "name"},
		{"rename to nothing", updateWebhook, `{"id":"` + webhook + `","name":" "}`, invalid, "name"},
		{"rename to null", updateWebhook, `{"id":"` + webhook + `","name":null}`, invalid, "name"},
	}
	return rows
}

// wrongChannels are configurations, one after the other.
func wrongChannels(channel, url string) (rows []wrong) {
	add := func(name, http, field string) {
		rows = append(rows, wrong{"channel with " + name, createChannel, `{"name":"bad","config":{"http":` + http + `}}`, invalid, field})
	}
	for name, bad := range map[string]string{
		"no url": "", "a relative url": "/hook", "no scheme": "example.com/hook", "another scheme": "ftp://example.com",
		"a script url": "javascript:alert(1)", "no host": "https:///hook", "a space in the url": "https://exa mple.com",
		"a line break in the url": "https://example.com/\\r\\nX: y", "a password in the url": "https://me:secret@example.com",
		"a fragment": "https://example.com/#part", "a bad port": "https://example.com:99999", "port 0": "https://example.com:0",
		"a bad escape": "https://example.com/%zz", "a long url": "https://example.com/" + strings.Repeat("x", 2048),
	} {
		add(name, `{"url":"`+bad+`"}`, "config.http.url")
	}
	for name, bad := range map[string]string{
		"a timeout of 0": "0s", "a timeout too long": "1h", "a timeout of words": "soon", "a negative timeout": "-1s",
	} {
		add(name, `{"url":"https://example.com","timeout":"`+bad+`"}`, "config.http.timeout")
	}
	add("another method", `{"url":"https://example.com","method":"GET"}`, "config.http.method")
	for name, bad := range map[string]string{
		"CR LF in a header's name": "X\\r\\nY", "an empty header's name": "", "a space in a header's name": "X Y", "Host": "Host",
		"Content-Length": "content-length", "Transfer-Encoding": "Transfer-Encoding", "a header of the signature": "Webhook-Signature",
	} {
		add(name, `{"url":"https://example.com","headers":[{"name":"X-Good","value":"1"},{"name":"`+bad+`","value":"1"}]}`, "config.http.headers.1.name")
	}
	for name, bad := range map[string]string{"CR LF in a header's value": "a\\r\\nb: c", "NUL in a header's value": "a\\u0000", "a long header": strings.Repeat("x", 4097)} {
		add(name, `{"url":"https://example.com","headers":[{"name":"X-Bad","value":"`+bad+`"}]}`, "config.http.headers.0.value")
		add(name+", secret", `{"url":"https://example.com","headers":[{"name":"X-Bad","secret":true,"value":"`+bad+`"}]}`, "config.http.headers.0.value")
	}
	add("a header twice", `{"url":"https://example.com","headers":[{"name":"X-A","value":"1"},{"name":"x-a","value":"2"}]}`, "config.http.headers.1.name")
	for name, bad := range map[string]string{"no prefix": "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "no base64": "whsec_!!!", "too short": "whsec_c2hvcnQ="} {
		add("a signing secret: "+name, `{"url":"https://example.com","signing":{"scheme":"STANDARD_WEBHOOKS","secret":"`+bad+`"}}`, "config.http.signing.secret")
	}
	add("an unknown scheme", `{"url":"https://example.com","signing":{"scheme":"ROT13"}}`, "config.http.signing.scheme")
	add("a field that is not there", `{"url":"https://example.com","retries":3}`, "config.http.retries")
	for field, policy := range map[string]string{
		"schedule.1": `{"schedule":["5s","0s"]}`, "schedule.0": `{"schedule":["-5s"]}`, "jitter": `{"jitter":1.5}`,
		"disableAfterFailures": `{"disableAfterFailures":0}`, "disableAfter": `{"disableAfter":"0s"}`,
		"schedule": `{"schedule":[` + strings.TrimSuffix(strings.Repeat(`"1s",`, 51), ",") + `]}`,
	} {
		rows = append(rows, wrong{"channel with the policy " + policy, createChannel,
			`{"name":"bad","config":{"http":{"url":"https://example.com"}},"retryPolicy":` + policy + `}`, invalid, "retryPolicy." + field})
	}
	return append(rows,
		wrong{"channel with no kind", createChannel, `{"name":"bad","config":{}}`, invalid, "config"},
		wrong{"channel with a null kind", createChannel, `{"name":"bad","config":{"http":null}}`, invalid, "config.http"},
		wrong{"channel without config", createChannel, `{"name":"bad"}`, invalid, "config"},
		wrong{"channel with an unknown kind", createChannel, `{"name":"bad","config":{"pigeon":{}}}`, invalid, "config.pigeon"},
		wrong{"update to a bad url", updateChannel, `{"id":"` + channel + `","config":{"http":{"url":"nowhere"}}}`, invalid, "config.http.url"},
		wrong{"update of an unknown channel", updateChannel, `{"id":"` + unknown(channel) + `","name":"x"}`, notFound, ""},
		wrong{"update by a bad id", updateChannel, `{"id":"` + url + `","name":"x"}`, invalid, "id"},
	)
}

func wrongWebhooks(channel, webhook string) []wrong {
	create := func(types, routes string) string {
		return `{"name":"bad","eventTypes":` + types + `,"routes":` + routes + `}`
	}
	route := `{"channelId":"` + channel + `"}`
	return []wrong{
		{"webhook without types", createWebhook, create(`[]`, `[`+route+`]`), invalid, "eventTypes"},
		{"webhook with a bad type", createWebhook, create(`["good","bad type"]`, `[`+route+`]`), invalid, "eventTypes.1"},
		{"webhook with a type twice", createWebhook, create(`["a","b","a"]`, `[`+route+`]`), invalid, "eventTypes.2"},
		{"webhook with a null type", createWebhook, create(`["a",null]`, `[`+route+`]`), invalid, "eventTypes.1"},
		{"webhook without routes", createWebhook, create(`["*"]`, `[]`), invalid, "routes"},
		{"webhook with a channel twice", createWebhook, create(`["*"]`, `[`+route+`,`+route+`]`), invalid, "routes.1.channelId"},
		{"webhook to an unknown channel", createWebhook, create(`["*"]`, `[`+route+`,{"channelId":"`+unknown(channel)+`"}]`), notFound, "routes.1.channelId"},
		{"webhook to a webhook", createWebhook, create(`["*"]`, `[{"channelId":"`+webhook+`"}]`), invalid, "routes.0.channelId"},
		{"webhook to nothing", createWebhook, create(`["*"]`, `[{"channelId":""}]`), invalid, "routes.0.channelId"},
		{"webhook to a number", createWebhook, create(`["*"]`, `[{"channelId":7}]`), invalid, "routes.0.channelId"},
		{"update of a channel as webhook", updateWebhook, `{"id":"` + channel + `","name":"x"}`, invalid, "id"},
		{"update of an unknown webhook", updateWebhook, `{"id":"` + unknown(webhook) + `","name":"x"}`, notFound, ""},
		{"update to no routes", updateWebhook, `{"id":"` + webhook + `","routes":[]}`, invalid, "routes"},
		{"update to null routes", updateWebhook, `{"id":"` + webhook + `","routes":null}`, invalid, "routes"},
	}
}

func wrongEvents(channel, webhook string) []wrong {
	deep := strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)
	tags := strings.TrimSuffix(strings.Repeat(`"t",`, 51), ",")
	return []wrong{
		{"event without type", publishEvent, `{"type":"","data":1}`, invalid, "type"},
		{"event with a space in its type", publishEvent, `{"type":"a b","data":1}`, invalid, "type"},
		{"event with a control character in its type", publishEvent, `{"type":"a\u0000","data":1}`, invalid, "type"},
		{"event with a pattern as type", publishEvent, `{"type":"a.*","data":1}`, invalid, "type"},
		{"event with a long type", publishEvent, `{"type":"` + strings.Repeat("a", 129) + `","data":1}`, invalid, "type"},
		{"event with an empty version", publishEvent, `{"type":"a","version":"","data":1}`, invalid, "version"},
		{"event without data", publishEvent, `{"type":"a"}`, invalid, "data"},
		{"event with null data", publishEvent, `{"type":"a","data":null}`, invalid, "data"},
		{"event with deep data", publishEvent, `{"type":"a","data":` + deep + `}`, invalid, "data"},
		{"event with deep data in a batch of objects", publishEvent, `{"type":"a","data":{"x":` + strings.Repeat(`{"x":`, 200) + `1` + strings.Repeat(`}`, 200) + `}}`, invalid, "data"},
		{"event that is too large", publishEvent, `{"type":"a","data":"` + strings.Repeat("x", 65<<10) + `"}`, "PAYLOAD_TOO_LARGE", "data"},
		{"event with a long entity id", publishEvent, `{"type":"a","data":1,"entityId":"` + strings.Repeat("x", 257) + `"}`, invalid, "entityId"},
		{"event with a control character in its entity id", publishEvent, `{"type":"a","data":1,"entityId":"a\u0000"}`, invalid, "entityId"},
		{"event with too many tags", publishEvent, `{"type":"a","data":1,"tags":[` + tags + `]}`, invalid, "tags"},
		{"event with an empty tag", publishEvent, `{"type":"a","data":1,"tags":["a",""]}`, invalid, "tags.1"},
		{"event with a null tag", publishEvent, `{"type":"a","data":1,"tags":[null]}`, invalid, "tags.0"},
		{"event with a long idempotency key", publishEvent, `{"type":"a","data":1,"idempotencyKey":"` + strings.Repeat("x", 257) + `"}`, invalid, "idempotencyKey"},
		{"event with a bad time", publishEvent, `{"type":"a","data":1,"timestamp":"2024-13-01T00:00:00Z"}`, invalid, "timestamp"},
		{"event with a time without zone", publishEvent, `{"type":"a","data":1,"timestamp":"2024-01-01T00:00:00"}`, invalid, "timestamp"},
		{"event with a number as time", publishEvent, `{"type":"a","data":1,"timestamp":1700000000}`, invalid, "timestamp"},
		{"event with an id of another kind as tenant", publishEvent, `{"type":"a","data":1,"tenantId":"` + channel + `"}`, invalid, "tenantId"},
		{"event with a field that is not there", publishEvent, `{"type":"a","data":1,"payload":1}`, invalid, "payload"},
		{"event with a list as type", publishEvent, `{"type":["a","b"],"data":1}`, invalid, "type"},
		{"test event to nothing", sendTestEvent, `{"eventType":"a","data":1}`, invalid, "channelId"},
		{"test event to an unknown channel", sendTestEvent, `{"channelId":"` + unknown(channel) + `","eventType":"a","data":1}`, notFound, ""},
		{"test event to a webhook as channel", sendTestEvent, `{"channelId":"` + webhook + `","eventType":"a","data":1}`, invalid, "channelId"},
		{"test event of a bad type", sendTestEvent, `{"channelId":"` + channel + `","eventType":"a b","data":1}`, invalid, "eventType"},
		{"test event without data or example", sendTestEvent, `{"channelId":"` + channel + `","eventType":"a"}`, invalid, "data"},
	}
}

// badRequests: what is wrong before GraphQL comes to it, or in its text.
func badRequests(w *world) {
	body := func(query string) string {
		text, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			w.t.Fatal(err)
		}
		return string(text)
	}
	for name, row := range map[string]struct{ body, code string }{
		"nothing":            {"", ""},
		"no JSON":            {"query { viewer }", ""},
		"a list":             {`[{"query":"{ viewer { scopes } }"}]`, ""},
		"half a body":        {`{"query":"{ viewer`, ""},
		"no query":           {`{"variables":{}}`, ""},
		"NaN":                {`{"query":"mutation($d: JSON!) { publishEvent(input: {type: \"a\", data: $d}) { id } }","variables":{"d":NaN}}`, ""},
		"invalid UTF-8":      {`{"query":"mutation($d: JSON!) { publishEvent(input: {type: \"a\", data: $d}) { id } }","variables":{"d":"` + "\xff\xfe" + `"}}`, ""},
		"a syntax error":     {body(`{ viewer { scopes `), ""},
		"an unknown field":   {body(`{ viewer { secrets } }`), ""},
		"two operations":     {body(`query A { viewer { scopes } } query B { viewer { scopes } }`), ""},
		"a huge first":       {body(`{ events(first: 1000000) { nodes { id } } }`), invalid},
		"a negative first":   {body(`{ events(first: -1) { nodes { id } } }`), invalid},
		"a first beyond int": {body(`{ events(first: 99999999999999999999) { nodes { id } } }`), ""},
		"a bad cursor":       {body(`{ events(after: "nonsense") { nodes { id } } }`), invalid},
		"deep selections":    {body(strings.Repeat(`{ events { nodes { deliveries { nodes { event `, 30) + `{ id }` + strings.Repeat(` } } } } }`, 30)), ""},
		"many aliases":       {body(`{ ` + aliases(1000) + ` }`), "QUERY_TOO_COMPLEX"},
		"a costly page":      {body(`{ events(first: 500) { nodes { deliveries(first: 500) { nodes { attempts(first: 500) { nodes { id } } } } } } }`), "QUERY_TOO_COMPLEX"},
		"many tokens":        {body(`{ ` + strings.Repeat("__typename ", 100_000) + ` }`), ""},
		"a subscription":     {body(`subscription { events { id } }`), ""},
		"defer":              {body(`{ viewer { scopes ... @defer { tenant { id } } } }`), ""},
	} {
		status, answer, err := w.api.Post(w.ctx, []byte(row.body))
		if err != nil {
			w.t.Errorf("%s: %v", name, err)
			continue
		}
		var parsed struct{ Errors testkit.Errors }
		switch err := json.Unmarshal(answer, &parsed); {
		case err != nil || len(parsed.Errors) == 0 || status >= 500:
			w.t.Errorf("%s: HTTP %d %.300q, want errors", name, status, answer)
		case row.code != "" && parsed.Errors[0].Extensions.Code != row.code || parsed.Errors[0].Extensions.Code == "INTERNAL":
			w.t.Errorf("%s: %+v, want the code %s", name, parsed.Errors, row.code)
		}
		if err := w.api.Do(w.ctx, `{ viewer { scopes } }`, nil, nil); err != nil {
			w.t.Fatalf("after %s the server does not answer: %v", name, err)
		}
	}
	if got := w.eventCount(); got != 0 {
		w.t.Errorf("%d events are stored", got)
	}
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusOK, "/none": http.StatusNotFound} {
		if got := w.node.get(w.ctx, path); got != want {
			w.t.Errorf("%s answers %d, want %d", path, got, want)
		}
	}
}

func aliases(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%d: events { nodes { id } } ", i)
	}
	return b.String()
}
