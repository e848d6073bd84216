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
	spreads := strings.Builder{}
	for i := range 60 {
		fmt.Fprintf(&spreads, "fragment F%d on Query { ...F%d ...F%d } ", i, i+1, i+1)
	}
	spreads.WriteString("fragment F60 on Query { viewer { scopes } }")
	for _, row := range []struct{ name, query, vars string }{
		{"a large page of large pages", `{ events(first: 500) { nodes { deliveries(first: 500) { nodes { id } } } } }`, ``},
		{"the same with variables", `query($n: Int) { events(first: $n) { nodes { deliveries(first: $n) { nodes { id } } } } }`, `{"n": 400}`},
		{"a huge page counts as the largest", `{ events(first: 500) { nodes { deliveries(first: 2000000000) { nodes { id } } } } }`, ``},
		{"many root fields", `{ ` + aliases(51, "viewer { scopes }") + ` }`, ``},
		{"many mutations", `mutation { ` + aliases(51, `publishEvent(input: {type: "a", data: 1}) { id }`) + ` }`, ``},
		{"many aliases of a field in a page", `{ deliveryAttempts(first: 500) { nodes { ` + aliases(60, "requestBody") + ` } } }`, ``},
		{"deep", `{ channels { nodes { ` + strings.Repeat("webhooks { routes { channel { ", 5) + "id" + strings.Repeat("} } }", 5) + ` } } }`, ``},
		{"many spreads", `{ ...F0 } ` + spreads.String(), ``},
		{"many tokens", `{ viewer { ` + strings.Repeat("scopes ", 20_000) + ` } }`, ``},
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
