package wire

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// The clients that people use, and the audit of GraphQL over HTTP, run in Node
// against a handler here.
func TestWithNode(t *testing.T) {
	t.Parallel()
	for _, script := range []string{"audit.mjs", "ws.mjs", "sse.mjs"} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			installed(t)
			b := newBench(t, func(c *Config) {
				c.InitTimeout = time.Second
				c.Ping = 500 * time.Millisecond
			})
			server := httptest.NewServer(drainable(b.handler))
			t.Cleanup(server.Close)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			run := exec.CommandContext(ctx, "node", script, server.URL+"/graphql")
			run.Dir = "npm"
			out, err := run.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
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

// install serves all scripts.
var install = sync.OnceValue(func() string {
	if _, err := exec.LookPath("node"); err != nil {
		return "these tests run in Node: install Node.js 20 or newer, with npm, so that node is on the PATH"
	}
	if _, err := os.Stat(filepath.Join("npm", "node_modules", ".package-lock.json")); err == nil {
		return ""
	}
	ci := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	ci.Dir = "npm"
	if out, err := ci.CombinedOutput(); err != nil {
		return "npm ci in graph/wire/npm failed: " + err.Error() + "\n" + string(out)
	}
	return ""
})

func installed(t *testing.T) {
	t.Helper()
	if problem := install(); problem != "" {
		t.Fatal(problem)
	}
}
