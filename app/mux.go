package app

import (
	"context"
	"encoding/json"
	"net/http"
)

// addresses are the handlers that newMux gives their places.
type addresses struct {
	api       http.Handler
	metrics   http.Handler // for Prometheus; nil for none
	events    http.Handler // CloudEvents; nil for none
	callbacks http.Handler // of SMS providers; nil for none
	canary    http.Handler // gives addresses of the canary to administrators; nil for none
	receive   http.Handler // what comes at such an address
	demo      http.Handler // of the demo's receivers; nil but for carillon demo
	pages     http.Handler // whatever has no place of its own: console and playground; nil for none
	origins   Origins      // whose pages may call the API
	publicURL string       // how clients reach the server
	// ready says why the server should get no requests now; nil that it should.
	ready func(context.Context) error
}

// newMux gives every address its handler.
func newMux(at addresses) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", withCORS(at.origins, withDeadlines(at.api)))
	if at.events != nil {
		mux.Handle("/cloudevents", withCORS(at.origins, withDeadlines(at.events)))
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTime)
		defer cancel()
		if err := at.ready(ctx); err != nil {
			answer(w, http.StatusServiceUnavailable, map[string]string{"status": "not ready", "reason": err.Error()})
			return
		}
		answer(w, http.StatusOK, map[string]string{"status": "ready"})
	})
	if at.metrics != nil {
		mux.Handle("GET /metrics", withDeadlines(at.metrics))
	}
	if at.callbacks != nil {
		mux.Handle("POST /callbacks/twilio/{channel}", withDeadlines(at.callbacks))
	}
	if at.canary != nil {
		mux.Handle("POST /canary", withDeadlines(at.canary))
		mux.Handle("POST "+canaryPath+"{token}", withDeadlines(at.receive))
	}
	if at.demo != nil {
		mux.Handle("/demo/", withDeadlines(at.demo))
	}
	if at.pages != nil {
		mux.Handle("/", withDeadlines(at.pages))
	}
	return withHeaders(at.publicURL, mux)
}

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away
}
