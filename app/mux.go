package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// readyTime bounds how long /readyz waits for the database.
const readyTime = 3 * time.Second

// newMux gives every address its handler; without callbacks there is no address for
// them. ready says why the server should get no requests now; nil that it should.
func newMux(api, callbacks http.Handler, origins Origins, ready func(context.Context) error) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", withCORS(origins, withDeadlines(api)))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTime)
		defer cancel()
		if err := ready(ctx); err != nil {
			answer(w, http.StatusServiceUnavailable, map[string]string{"status": "not ready", "reason": err.Error()})
			return
		}
		answer(w, http.StatusOK, map[string]string{"status": "ready"})
	})
	if callbacks != nil {
		mux.Handle("POST /callbacks/twilio/{channel}", withDeadlines(callbacks))
	}
	mux.HandleFunc("GET /{$}", index)
	return withoutSniffing(mux)
}

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away
}

// index names the addresses, for whoever comes with a browser.
func index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, fmt.Sprintf(`Carillon %s

/graphql   the API: POST, GET for queries, WebSocket (graphql-transport-ws), server-sent events (graphql-sse)
/healthz   200 while the server lives
/readyz    200 while it should get requests: database reachable and migrated, not stopping
`, Version))
}

// withoutSniffing keeps browsers from reading an answer as something else than it says.
func withoutSniffing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
