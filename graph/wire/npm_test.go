package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"carillon/testkit"
)

// The clients that people use, and the audit of GraphQL over HTTP, run in Node
// against a handler here.
func TestWithNode(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"audit.mjs", "ws.mjs", "sse.mjs"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, func(c *Config) {
				c.InitTimeout = time.Second
				c.Ping = 500 * time.Millisecond
			})
			server := httptest.NewServer(drainable(b.handler))
			t.Cleanup(server.Close)
			testkit.Node(t, "npm", script, server.URL+"/graphql")
		})
	}
}

// drainable lets a script begin the drain.
func drainable(h *Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", h)
	mux.HandleFunc("POST /drain", func(_ http.ResponseWriter, r *http.Request) { _ = h.Drain(r.Context()) })
	return mux
}
