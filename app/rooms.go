package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"carillon/auth"
	"carillon/catalog"
	"carillon/channels"
	"carillon/cloudevents"
	"carillon/control"
	"carillon/engine"
	"carillon/graph"
	"carillon/graph/wire"
	"carillon/models"
	"carillon/store"
)

// rooms is everything between the database and the HTTP server.
type rooms struct {
	log     *slog.Logger
	clock   *clock
	keys    *auth.Authenticator
	gate    *gate
	tokens  *auth.Sessions
	senders *senders
	engine  *engine.Engine
	live    *live
	graph   *graph.API
	api     *wire.Handler
	events  *cloudevents.Handler
}

// openRooms opens the store and assembles what stands on it, from below.
func (a *App) openRooms(ctx context.Context, out Output) error {
	node, clock, news := uuid.New(), newClock(a.machine, a.log), &news{counts: a.metrics.Engine}
	if err := a.openExport(ctx, node); err != nil {
		return err
	}
	senders, err := a.openSenders(clock)
	if err != nil {
		return err
	}
	defer func() {
		if a.rooms == nil {
			senders.close()
		}
	}()
	if err := a.openStore(ctx, node, clock, news, senders); err != nil {
		return err
	}
	hasher, err := newHasher(ctx, a.store)
	if err != nil {
		return err
	}
	tokens, err := newSessions(ctx, a.store)
	if err != nil {
		return err
	}
	if a.canaries, err = newCanaries(ctx, a.store, clock.Now); err != nil {
		return err
	}
	types, gate := catalog.New(a.store.EventTypeByName, clock.Now), newGate(a.cfg, a.machine)
	a.rooms = &rooms{
		log:   a.log,
		clock: clock,
		gate:  gate,
		keys: auth.NewAuthenticator(auth.Config{
			Store: a.store, Hasher: hasher, Sessions: tokens, Now: clock.Now, Suspect: gate.suspect, Log: a.log,
		}),
		tokens:  tokens,
		senders: senders,
		live:    newLive(a.store, a.log),
	}
	a.rooms.engine = engine.New(engine.Config{
		Node: node, Store: a.store, Catalog: types, Sender: senders, Clock: clock, Log: a.log, Observer: a.metrics.Engine, Tracer: a.traces,
		Workers: a.cfg.Workers, MaxPayload: int(a.cfg.MaxPayload), StrictTypes: a.cfg.StrictEventTypes,
		URL: a.URL, Platform: a.cfg.PlatformTenant, BacklogAlert: time.Duration(max(a.cfg.BacklogAlert, 0)),
	})
	desk := control.New(control.Config{
		Store: a.store, Hasher: hasher, Sessions: tokens, URL: a.URL, Now: clock.Now, Log: a.log,
		Rules: models.ConfigRules{RequireHTTPS: a.cfg.RequireHTTPS, SlackAPI: a.cfg.SlackAPIURL, Relay: !a.cfg.SMTPURL.Empty(),
			Refuses: channels.NewGuard(a.cfg.AllowNetworks).Check},
		KeysRevoked: a.rooms.keys.Forget,
	})
	if err := showAdminKey(ctx, desk, a.cfg.AdminKey, out.Stdout); err != nil {
		return err
	}
	a.openAPI(desk, clock)
	a.watch(clock)
	news.tell(a.rooms, types)
	return a.work(ctx, clock, news)
}

// openStore opens and migrates the database, and sets the clock by it.
func (a *App) openStore(ctx context.Context, node models.NodeID, clock *clock, news *news, senders *senders) error {
	keys, err := keyring(a.cfg, a.log)
	if err != nil {
		return err
	}
	a.store, err = store.Open(ctx, store.Config{
		URL: a.cfg.DatabaseURL, Keys: keys, Node: node, Log: a.log, Now: clock.Now, OnCommit: news.committed, Observer: a.metrics.Store,
		NewConfig: senders.NewConfig,
	})
	if err != nil {
		return err
	}
	if _, sqlite := a.cfg.sqlitePath(); !sqlite {
		clock.read = a.store.Now
		if err := clock.sync(ctx); err != nil {
			return err
		}
		a.background.run(clock.run)
	}
	return a.store.MigrateUp(ctx)
}

// newHasher hashes keys with the pepper that all nodes share.
func newHasher(ctx context.Context, s *store.Store) (*auth.Hasher, error) {
	pepper, err := s.ServerSecret(ctx, "api-key-pepper", drawSecret)
	if err != nil {
		return nil, err
	}
	return auth.NewHasher(pepper), nil
}

func drawSecret() []byte {
	fresh := make([]byte, 32)
	_, _ = rand.Read(fresh) // never fails: it ends the program instead
	return fresh
}

// openAPI puts the API on top.
func (a *App) openAPI(desk *control.Control, clock *clock) {
	r := a.rooms
	r.graph = graph.New(graph.Config{
		Control: desk, Engine: r.engine, Reader: a.store,
		Attempts: r.live.attempts, Events: r.live.events, Updates: r.live.updates,
		Now: clock.Now, RequestID: wire.RequestID, EndSubscription: wire.EndSubscription, Log: a.log,
	})
	r.events = cloudevents.NewHandler(cloudevents.Config{
		Publisher: r.engine, Authenticate: r.authenticate, Gate: r.gate, MaxBody: maxBody(a.cfg.MaxPayload), Log: a.log,
	})
	r.api = wire.NewHandler(wire.Config{
		Schema: r.graph.Schema(), Configure: r.graph.Configure,
		Authenticate: r.authenticate,
		Gate:         r.gate,
		Watch:        func() wire.Watch { return a.metrics.Operations.Begin(a.traces) },
		AllowOrigin:  func(req *http.Request) bool { return a.allowOrigin(req) },
		MaxBody:      maxBody(a.cfg.MaxPayload),
		Log:          a.log,
	})
}

// authenticate puts who asks into the context.
func (r *rooms) authenticate(ctx context.Context, header string) (context.Context, error) {
	principal, err := r.keys.Authenticate(ctx, header)
	return auth.With(ctx, principal), err
}

// maxBody leaves room for one event of the greatest size with all that JSON may
// wrap around it, and for a batch of ordinary ones.
func maxBody(payload Bytes) int64 { return max(32<<20, 8*int64(payload)) }

// work starts what runs by itself.
func (a *App) work(ctx context.Context, clock *clock, news *news) error {
	if err := a.store.ReleaseAll(ctx, clock.Now()); err != nil {
		return fmt.Errorf("take back leases of the last run: %w", err)
	}
	a.rooms.live.start(a.fail)
	a.background.run(func(ctx context.Context) {
		if err := a.rooms.engine.Run(ctx); err != nil && ctx.Err() == nil {
			a.fail(fmt.Errorf("deliver: %w", err))
		}
	})
	a.background.run(func(ctx context.Context) {
		if err := a.store.Listen(ctx, news.noticed); err != nil && ctx.Err() == nil {
			a.fail(fmt.Errorf("listen to the other nodes: %w", err))
		}
	})
	a.background.run(a.purge)
	a.background.run(a.countAttempts)
	a.background.run(func(ctx context.Context) { a.forget(ctx, clock.Now) })
	a.background.run(func(ctx context.Context) { a.forgetAudit(ctx, clock.Now) })
	a.background.run(tuneCollector)
	return nil
}

// endStreams ends every subscription, so that their requests end too: first in
// the protocols' own ways, then whatever is left.
func (r *rooms) endStreams(ctx context.Context) {
	if err := r.api.Drain(ctx); err != nil {
		r.log.Warn("subscriptions were cut short", "error", err)
	}
	r.live.stop()
	r.graph.Close()
}

// close lets go of what was opened; everything that runs has ended before.
func (r *rooms) close() {
	r.live.stop()
	r.keys.Close()
	r.senders.close()
}
