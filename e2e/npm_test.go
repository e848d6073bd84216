package e2e

import (
	"testing"

	"carillon/testkit"
)

const npmPackage = "../graph/wire/npm"

// The clients that people use, and the audit of GraphQL over HTTP, run against
// the program itself.
func TestNodeClients(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database)
		w := newWorld(t, n)
		w.webhook("*", w.channel(testkit.NewReceiver(t).URL, nil))
		t.Run("clients", func(t *testing.T) { testkit.Node(t, npmPackage, "live.mjs", n.url+"/graphql", w.api.Key) })
		t.Run("audit", func(t *testing.T) { testkit.Node(t, npmPackage, "audit.mjs", n.url+"/graphql") })
	})
}
