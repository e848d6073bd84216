package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"carillon/testkit"
)

var attribute = regexp.MustCompile(` (\w+)=`)

// names are those of the attributes of a line of the log.
func names(line string) (all []string) {
	for _, m := range attribute.FindAllStringSubmatch(" "+line, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestTracesOfThePage starts the server as the page says, and finds spans at the
// collector and the line of an attempt as the page shows it.
func TestTracesOfThePage(t *testing.T) {
	t.Parallel()
	const page = "docs/monitoring.md"
	collector, endpoint := testkit.NewReceiver(t), testkit.NewReceiver(t)
	r := newReader(t, free, "CARILLON_ALLOW_NETWORKS=127.0.0.0/8")
	r.known["http://127.0.0.1:4318"] = collector.URL
	server := r.start(lines(block(t, page, "OTEL_EXPORTER_OTLP_ENDPOINT="))[0])
	key := testkit.NewClient(t, "http://"+server.await(`127\.0\.0\.1:\d+`), server.await(`ck_[\w-]{30,}`))
	var made struct{ CreateTenant, CreateChannel struct{ ID string } }
	do(t, key, `mutation { createTenant(input: {name: "Acme"}) { id } }`, nil, &made)
	tenant := testkit.Vars{"t": made.CreateTenant.ID}
	do(t, key, `mutation($t: ID!, $u: String!) { createChannel(input: {tenantId: $t, name: "c", config: {http: {url: $u}}}) { id } }`,
		testkit.Vars{"t": tenant["t"], "u": endpoint.URL}, &made)
	do(t, key, `mutation($t: ID!, $c: ID!) { createWebhook(input: {tenantId: $t, name: "w", eventTypes: ["*"], routes: [{channelId: $c}]}) { id } }`,
		testkit.Vars{"t": tenant["t"], "c": made.CreateChannel.ID}, nil)
	do(t, key, `mutation($t: ID!) { publishEvent(input: {tenantId: $t, type: "a.b", data: {}}) { id } }`, tenant, nil)
	got := names(server.await(`level=INFO msg=attempt .*\n`))
	if want := names(strings.TrimPrefix(block(t, page, "time="), "time=")); !slices.Equal(got, want) {
		t.Errorf("an attempt is logged with %q, and the page has %q", got, want)
	}
	server.interrupt()
	if sent := collector.Wait(2, patience); !slices.ContainsFunc(sent, func(r testkit.Received) bool { return r.Path == "/v1/traces" }) {
		t.Errorf("the collector had no spans, but %s and %s", sent[0].Path, sent[1].Path)
	}
}
