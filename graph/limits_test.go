package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	doubling := func(n int, field string) string {
		var all strings.Builder
		for i := range n {
			fmt.Fprintf(&all, "fragment F%d on Webhook { a: tenant { id } ...F%d ...F%d } ", i, i+1, i+1)
		}
		fmt.Fprintf(&all, "fragment F%d on Webhook { %s } ", n, field)
		return all.String()
	}
	for _, row := range []struct{ name, query, vars string }{
		{"a large page of large pages", `{ events(first: 500) { nodes { deliveries(first: 500) { nodes { id } } } } }`, ``},
		{"the same with variables", `query($n: Int) { events(first: $n) { nodes { deliveries(first: $n) { nodes { id } } } } }`, `{"n": 400}`},
		{"a huge page counts as the largest", `{ events(first: 500) { nodes { deliveries(first: 2000000000) { nodes { id } } } } }`, ``},
		{"many root fields", `{ ` + aliases(51, "viewer { scopes }") + ` }`, ``},
		{"many mutations", `mutation { ` + aliases(51, `publishEvent(input: {type: "a", data: 1}) { id }`) + ` }`, ``},
		{"many aliases of a field in a page", `{ deliveryAttempts(first: 500) { nodes { ` + aliases(60, "requestBody") + ` } } }`, ``},
		{"deep", `{ channels { nodes { ` + strings.Repeat("webhooks { routes { channel { ", 5) + "id" + strings.Repeat("} } }", 5) + ` } } }`, ``},
		{"many spreads", `{ webhooks(first: 500) { nodes { ...F0 } } } ` + doubling(60, "id"), ``},
		{"a field again and again", `{ ` + strings.Repeat(`webhooks(first: 1) { nodes { id } } `, 1000) + ` }`, ``},
		{"a leaf again and again", `{ viewer { ` + strings.Repeat(`scopes `, 14_000) + ` } }`, ``},
		{"inline fragments again and again", `{ ` + strings.Repeat(`... on Query { viewer { scopes } } `, 2000) + ` }`, ``},
		{"repeated at every level", `{ ` + strings.Repeat(`webhooks { `+strings.Repeat(`nodes { `+strings.Repeat(`id `, 20)+`} `, 20)+`} `, 20) + ` }`, ``},
		{"many fragments", `{ ` + spread(1000, "...F%d ") + `} ` + spread(1000, "fragment F%d on Query { viewer { scopes } } "), ``},
		{"a fragment of itself", `{ ...F } fragment F on Query { viewer { ...F ...G } } fragment G on Query { viewer { ...F ...G } }`, ``},
		{"many tokens", `{ viewer { ` + strings.Repeat("scopes ", 20_000) + ` } }`, ``},
		{"the health of a page again and again", `{ channels(first: 500) { nodes { ` + aliases(3, "health { attempts }") + ` } } }`, ``},
		{"statistics again and again", `{ ` + aliases(7, `deliveryStats(from: "2026-11-20T00:00:00Z", to: "2026-11-20T00:33:20Z", interval: "1s") { succeeded failed }`) + ` }`, ``},
		{"statistics with variables", `query($f: Time!, $t: Time!, $i: Duration!) { ` + aliases(7, `deliveryStats(from: $f, to: $t, interval: $i) { succeeded failed }`) + ` }`,
			`{"f": "2026-11-20T00:00:00Z", "t": "2026-11-20T00:33:20Z", "i": "1s"}`},
		{"many published events with lists", `mutation($e: [PublishEventInput!]!) { publishEvents(input: {events: $e}) { deliveries { nodes { id } } } }`,
			`{"e": [` + strings.TrimSuffix(strings.Repeat(`{"type": "a", "data": 1},`, 1000), ",") + `]}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			begin := time.Now()
			b.do(t, admin(), row.query, row.vars).refused(t, models.CodeTooComplex, "")
			if took := time.Since(begin); took > 2*time.Second {
				t.Errorf("took %s to refuse", took)
			}
		})
	}
}

// TestLimitsAreWhereTheySay goes up to each limit, and one step beyond it.
func TestLimitsAreWhereTheySay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	nested := func(n int, innermost string) string {
		return `{ events(first: 1) { nodes { ` + strings.Repeat(`deliveries(first: 1) { nodes { event { `, n) + innermost + strings.Repeat(` } } }`, n) + ` } } }`
	}
	// A page of 333 items with 74 leaves each: 25 + 333 * (1 + 74).
	page := `webhooks(first: 333) { nodes { ` + aliases(74, "id") + ` } }`
	listed := func(tokens int) string {
		const around = `{ events(first: 1, filter: {types: []}) { nodes { id } } }`
		return strings.Replace(around, "[]", "["+strings.Repeat(`"a" `, tokens-22)+"]", 1)
	}
	for _, row := range []struct{ name, within, beyond, says string }{
		{"depth", nested(4, "id"), nested(4, "tenant { id }"), "nested 16 deep; at most 15"},
		{"cost", `{ ` + page + ` }`, `{ ` + page + ` viewer { scopes } }`, "costs 25002; at most 25000"},
		{"root fields", `{ ` + aliases(50, "viewer { scopes }") + ` }`, `{ ` + aliases(51, "viewer { scopes }") + ` }`, "51 root fields; at most 50"},
		{"tokens", listed(15_000), listed(15_001), "15000"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			for _, err := range b.do(t, admin(), row.within, ``).Errors {
				if err.Extensions["code"] == string(models.CodeTooComplex) || err.Extensions["code"] == models.CodeTooComplex {
					t.Errorf("at the limit: %s", err.Message)
				}
			}
			if err := b.do(t, admin(), row.beyond, ``).refused(t, models.CodeTooComplex, ""); !strings.Contains(err.Message, row.says) {
				t.Errorf("it says %q", err.Message)
			}
		})
	}
}

// spread writes the pattern with the numbers from 0 on.
func spread(n int, pattern string) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, pattern, i)
	}
	return all.String()
}

func aliases(n int, field string) string {
	var all strings.Builder
	for i := range n {
		fmt.Fprintf(&all, "a%d: %s ", i, field)
	}
	return all.String()
}

func TestLimitsLetWorkThrough(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, query := range []string{
		introspection,
		`{ webhooks(first: 500) { edges { cursor node { id name description eventTypes status createdAt updatedAt
			lastAttempt { id status } routes { channel { id name } } } } pageInfo { endCursor hasNextPage } } }`,
		`{ deliveryAttempts(first: 500) { nodes { id number trigger status requestId target requestBody responseCode responseBody
			startedAt latency nextAttemptAt error { code message retryable } event { id type data } webhook { id name }
			channel { id name } delivery { id status } } } }`,
		`{ channels(first: 500) { nodes { id name status health { attempts succeeded failed successRate latencyP50 latencyP95 backlog oldestPending } } } }`,
		`{ deliveryStats(from: "2026-11-20T00:00:00Z", to: "2026-11-20T00:33:20Z", interval: "1s") { start succeeded failed latencyP50 latencyP95 } }`,
		`mutation { ` + aliases(50, `publishEvent(input: {type: "a", data: 1, tenantId: "tnt_01jd5x3v9kfm8tqz2y4r6w7abc"}) { id }`) + ` }`,
	} {
		b.do(t, admin(), query, ``).data(t)
	}
}

// introspection is as deep as GraphiQL asks.
const introspection = `query { __schema { queryType { name } types { ...FullType } directives { name locations args { ...InputValue } } } }
fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name args { ...InputValue } type { ...TypeRef } }
	inputFields { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name } possibleTypes { ...TypeRef } }
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
	ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }`
