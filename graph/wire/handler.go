// Package wire owns how GraphQL travels: over HTTP, over WebSocket
// (graphql-transport-ws) and as server-sent events (graphql-sse, distinct
// connections), in front of gqlgen's executor. It owns the reading of requests
// and of their variables, where values of the scalar JSON stay as they were
// written, and how subscriptions end. It refuses what no resolver should see:
// malformed and oversized requests, batches, @defer, mutations by GET,
// subscriptions without a stream. It knows no schema and no resolver.
package wire

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

// Config is what a Handler is made of. Only Schema is needed.
type Config struct {
	Schema graphql.ExecutableSchema
	// Configure sets up the executor: limits, error presenter, extensions. The
	// query cache is the handler's own.
	Configure func(*executor.Executor)
	// Authenticate takes an Authorization header and returns ctx with whom it
	// names. It is not called where the header is missing. An error coded
	// UNAUTHENTICATED refuses the request; streams ask again at every Ping, and
	// WebSockets before every operation. nil takes every request.
	Authenticate func(ctx context.Context, authorization string) (context.Context, error)
	// Gate bounds what one client may ask for; nil takes all there is.
	Gate Gate
	// AllowOrigin judges the Origin of a WebSocket; nil allows the server's own.
	AllowOrigin func(*http.Request) bool
	// MaxBody bounds the body of a POST; 32 MiB by default.
	MaxBody int64
	// MaxMessage bounds a WebSocket message from a client; 1 MiB by default.
	MaxMessage int64
	// MaxOperations bounds what runs at once on one WebSocket; 100 by default.
	MaxOperations int
	// InitTimeout is how long a WebSocket may take to say who it is; 10s by default.
	InitTimeout time.Duration
	// Ping is how often a quiet stream is probed; 25s by default. A WebSocket
	// that does not answer one within the time of another is closed.
	Ping time.Duration
	// WriteTimeout is how long a client of a stream may take to accept a
	// message before it is cut off; 10s by default.
	WriteTimeout time.Duration
	// Watch makes the follower of an operation that begins; nil for none.
	Watch func() Watch
	// Log is for panics and for connections that fail; discarded by default.
	Log *slog.Logger
}

// Without credentials a body may have this size, enough for any query that
// needs none.
const anonymousBody = 64 << 10

// Handler serves GraphQL at one address.
type Handler struct {
	cfg     Config
	exec    *executor.Executor
	inputs  inputs
	plans   *planCache
	buffers bufferPool
	streams streams
}

// NewHandler sets up the executor and the transports.
func NewHandler(cfg Config) *Handler {
	h := &Handler{
		cfg:    withDefaults(cfg),
		exec:   executor.New(cfg.Schema),
		inputs: newInputs(cfg.Schema.Schema()),
		plans:  newPlanCache(),
	}
	h.streams.init()
	h.exec.SetRecoverFunc(func(ctx context.Context, panicked any) error {
		return h.recovered(ctx, panicked)
	})
	h.exec.Use(variables{})
	if cfg.Configure != nil {
		cfg.Configure(h.exec)
	}
	h.exec.SetQueryCache(documents{h})
	return h
}

func withDefaults(cfg Config) Config {
	or(&cfg.MaxBody, 32<<20)
	or(&cfg.MaxMessage, 1<<20)
	or(&cfg.MaxOperations, 100)
	or(&cfg.InitTimeout, 10*time.Second)
	or(&cfg.Ping, 25*time.Second)
	or(&cfg.WriteTimeout, 10*time.Second)
	if cfg.Gate == nil {
		cfg.Gate = open{}
	}
	if cfg.AllowOrigin == nil {
		cfg.AllowOrigin = sameOrigin
	}
	if cfg.Watch == nil {
		cfg.Watch = unobserved
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg
}

func or[T comparable](setting *T, standard T) {
	var unset T
	if *setting == unset {
		*setting = standard
	}
}

// ServeHTTP answers one request, or begins a WebSocket, which then is on its own.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{id: requestID(r), credential: r.Header.Get("Authorization"), watch: unwatched{}}
	ctx := withCall(r.Context(), c)
	header := w.Header()
	header.Set(headerRequestID, c.id)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")

	out := &reply{w: w, accept: accepts(r.Header), buffers: &h.buffers, call: c}
	if !upgrades(r.Header) && (r.Method == http.MethodPost || r.Method == http.MethodGet) {
		c.watch = h.cfg.Watch()
		defer c.end()
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			h.panicked(ctx, out, panicked)
		}
	}()
	switch {
	case upgrades(r.Header):
		h.serveWebSocket(ctx, w, r, out)
	case r.Method == http.MethodPost:
		h.servePost(ctx, r, c, out)
	case r.Method == http.MethodGet:
		h.serveGet(ctx, r, c, out)
	case r.Method == http.MethodOptions:
		header.Set("Allow", "GET, POST, OPTIONS")
		w.WriteHeader(http.StatusNoContent)
	default:
		header.Set("Allow", "GET, POST, OPTIONS")
		out.refuse(http.StatusMethodNotAllowed, invalid("%s is not taken here; use POST, or GET for queries", shorten(r.Method)))
	}
}

// panicked answers for a request that broke outside of any resolver.
func (h *Handler) panicked(ctx context.Context, out *reply, panicked any) {
	if panicked == http.ErrAbortHandler { //nolint:errorlint,err113 // a panic's value is compared as it is
		panic(panicked)
	}
	fault := h.recovered(ctx, panicked)
	if out.begun {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	out.refuse(http.StatusInternalServerError, fault)
}

// authenticate returns ctx with the caller. A missing credential is nobody,
// whom the resolvers judge.
func (h *Handler) authenticate(ctx context.Context, credential string) (context.Context, *gqlerror.Error) {
	if credential == "" || h.cfg.Authenticate == nil {
		return ctx, nil
	}
	known, err := h.cfg.Authenticate(ctx, credential)
	if err == nil {
		return known, nil
	}
	var wrong *models.Error
	if errors.As(err, &wrong) && wrong.Code == models.CodeUnauthenticated {
		err = h.cfg.Gate.Refused(ctx, err)
	}
	return ctx, h.readable(ctx, "authentication failed", err)
}

// revoked tells whether the credential of a stream has lost its force since,
// and why. A fault of the server's is no answer, and cuts nobody off.
func (h *Handler) revoked(ctx context.Context, credential string) *models.Error {
	if credential == "" || h.cfg.Authenticate == nil {
		return nil
	}
	_, err := h.cfg.Authenticate(ctx, credential)
	var readable *models.Error
	if errors.As(err, &readable) && readable.Code == models.CodeUnauthenticated {
		return readable
	}
	return nil
}

// Drain ends all subscriptions: WebSockets are closed with 1001 once their
// queries and mutations are answered, event streams are completed. New streams
// are refused, other requests are still served. It returns once all streams
// are gone; when ctx ends first it cuts them off and returns ctx's error.
func (h *Handler) Drain(ctx context.Context) error {
	return h.streams.drain(ctx)
}
