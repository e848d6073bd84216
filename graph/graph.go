// Package graph is the API: the schema, its resolvers, and what holds for every
// operation, which is who may ask, how much one may ask for, and what an error
// tells. It refuses to decide: verbs belong to control and engine, and bytes on
// a connection to wire.
package graph

//go:generate go tool gqlgen generate

import (
	"context"
	"log/slog"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"

	"carillon/graph/generated"
	"carillon/models"
	"carillon/stream"
)

// Config is what the API is made of.
type Config struct {
	Control Control
	Engine  Engine
	Reader  Reader

	// Attempts and Events are the live logs; their Key, where they have one, is
	// the tenant's id. Updates shows deliveries whose status has changed.
	Attempts *stream.Hub[models.Attempt]
	Events   *stream.Hub[models.Event]
	Updates  *stream.Board[models.Delivery]

	Now       func() time.Time                 // the clock that keys expire by
	RequestID func(ctx context.Context) string // names a request in the log; nil draws a name for each failure
	// EndSubscription tells the transport why the subscription of ctx is about to
	// end by itself; nil lets it look complete.
	EndSubscription func(ctx context.Context, err error)
	Log             *slog.Logger // nil discards
	Limits          Limits       // zero fields take the defaults
	// Recheck is how often a subscription asks whether its key still opens: 5s.
	Recheck time.Duration
	// RecoveryPoll is how often the progress of a recovery is looked at: 250ms.
	RecoveryPoll time.Duration
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Recheck <= 0 {
		c.Recheck = 5 * time.Second
	}
	if c.RecoveryPoll <= 0 {
		c.RecoveryPoll = 250 * time.Millisecond
	}
	c.Limits = c.Limits.withDefaults()
	return c
}

// API answers operations: a transport executes its Schema with an executor that
// Configure has set up. Who asks is in the context, by auth.With. Close ends it.
type API struct {
	cfg    Config
	schema graphql.ExecutableSchema
	live   *live
}

// New makes the API.
func New(cfg Config) *API {
	cfg = cfg.withDefaults()
	api := &API{cfg: cfg, live: newLive(cfg)}
	api.schema = generated.NewExecutableSchema(generated.Config{
		Resolvers:  &resolver{cfg: cfg, live: api.live},
		Directives: generated.DirectiveRoot{Scope: scope, IdOf: idOf, ExactlyOne: exactlyOne},
	})
	return api
}

// Schema is the schema with its resolvers.
func (a *API) Schema() graphql.ExecutableSchema { return a.schema }

// Configure sets up an executor of the schema: limits, loaders, and what an
// error tells. The query cache is left to the transport.
func (a *API) Configure(e *executor.Executor) {
	present := &presenter{log: a.cfg.Log, requestID: a.cfg.RequestID}
	e.SetErrorPresenter(present.error)
	e.SetRecoverFunc(present.recovered)
	e.SetParserTokenLimit(a.cfg.Limits.Tokens)
	e.SetDefaultRulesFn(validationRules)
	e.Use(extension.Introspection{})
	e.Use(&limiter{limits: a.cfg.Limits})
	e.Use(&session{reader: a.cfg.Reader})
}

// Close waits until no subscription runs: end their contexts first.
func (a *API) Close() { a.live.wait() }
