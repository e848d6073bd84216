package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carillon/console"
	"carillon/limits"
	"carillon/store"
	"carillon/telemetry"
)

// App is a running server. Start makes one, Close ends it.
type App struct {
	cfg      Config
	machine  func() time.Time
	log      *slog.Logger
	lines    *logBuffer
	lock     *lock
	store    *store.Store
	rooms    *rooms
	canaries *canaries
	metrics  *telemetry.Metrics
	// exported is what is sent by OTLP, as OpenTelemetry's own variables say.
	exported telemetry.Settings
	export   *telemetry.Export
	traces   *telemetry.Tracing
	demo     http.Handler // of /demo/; nil but for carillon demo

	listener net.Listener
	server   *http.Server
	watched  *http.Server // where /metrics is; nil but for CARILLON_METRICS_LISTEN
	taken    *limits.Connections
	url      atomic.Pointer[string] // set once the server listens

	draining   atomic.Bool
	readiness  *readiness
	failed     chan error
	background background
	closing    sync.Once
	closed     error
}

// Limits on what a client may send before it is heard.
const (
	headerTime  = 5 * time.Second
	idleTime    = 2 * time.Minute
	headerBytes = 64 << 10
)

// Start brings a server up: it opens and migrates the database, assembles the
// rooms and listens. ctx bounds the start alone. Zero values of the settings
// take their defaults.
func Start(ctx context.Context, cfg Config, out Output) (*App, error) {
	return start(ctx, cfg, out, time.Now)
}

// start is Start on a machine whose clock is given. with changes the server
// before anything of it is open.
func start(ctx context.Context, cfg Config, out Output, machine func() time.Time, with ...func(*App)) (_ *App, err error) {
	out = out.withDefaults()
	if cfg, err = cfg.withDefaults(); err != nil {
		return nil, err
	}
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, machine: machine, failed: make(chan error, 1)}
	a.log, a.lines = newLogger(cfg, out.Stderr)
	a.readiness = newReadiness(machine, a.askDatabase)
	a.metrics = telemetry.New(telemetry.Config{Version: Version, Revision: built(), Now: machine, Log: a.log})
	a.background.ctx, a.background.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, change := range with {
		change(a)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.release())
		}
	}()
	a.taken = limits.NewConnections(a.maxConnections(), surplusConnections)
	if path, ok := cfg.sqlitePath(); ok {
		if a.lock, err = lockDatabase(path); err != nil {
			return nil, err
		}
	}
	if err := a.openRooms(ctx, out); err != nil {
		return nil, err
	}
	if err := a.listenForMetrics(ctx); err != nil {
		return nil, err
	}
	if err := a.listen(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// listen opens the port, unless it is open already, and serves on it.
func (a *App) listen(ctx context.Context) (err error) {
	if a.listener == nil {
		var lc net.ListenConfig
		if a.listener, err = lc.Listen(ctx, "tcp", a.cfg.Listen); err != nil {
			return fmt.Errorf("listen on %s: %w", a.cfg.Listen, err)
		}
	}
	url := a.cfg.publicURL(a.listener.Addr())
	a.url.Store(&url)
	pages, err := console.New(console.Config{PortalOrigins: a.cfg.PortalOrigins, Demo: a.demo != nil})
	if err != nil {
		return fmt.Errorf("read the console: %w", err)
	}
	a.server = &http.Server{
		Handler:           withRoom(withAddress(a.cfg.TrustedProxies, a.traces.Incoming(newMux(a.addresses(pages))))),
		ConnState:         a.taken.State,
		ConnContext:       withSurplus,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	a.background.run(func(context.Context) {
		if err := a.server.Serve(a.taken.Listen(a.listener)); !errors.Is(err, http.ErrServerClosed) {
			a.fail(fmt.Errorf("serve HTTP: %w", err))
		}
	})
	a.log.Info("listening", "addr", a.listener.Addr().String(), "url", url, "version", Version)
	return nil
}

// addresses are the handlers of everything that the server answers.
func (a *App) addresses(pages http.Handler) addresses {
	at := addresses{api: a.rooms.api, events: a.rooms.events, callbacks: a.callbacks(), pages: pages, origins: a.cfg.CORSOrigins, publicURL: a.URL(), ready: a.ready}
	if at.metrics = http.NotFoundHandler(); a.cfg.MetricsListen == "" {
		at.metrics = a.metrics.Handler()
	}
	at.canary = a.administrators(http.HandlerFunc(a.canaries.ask))
	at.receive = http.HandlerFunc(a.canaries.receive)
	if a.demo != nil {
		at.demo = a.administrators(a.demo)
	}
	return at
}

// fail ends the server for a reason; the first one counts.
func (a *App) fail(err error) {
	select {
	case a.failed <- err:
	default:
	}
}

// Failed receives when the server cannot go on by itself.
func (a *App) Failed() <-chan error { return a.failed }

// URL is how clients reach the server, without a slash at the end. Before it listens
// that is known only where the setting says so.
func (a *App) URL() string {
	if url := a.url.Load(); url != nil {
		return *url
	}
	return strings.TrimRight(a.cfg.PublicURL, "/")
}

// Addr is the address that the server really listens on.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// background is the goroutines that run as long as the server does.
type background struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

// run starts one; it must end when its context does.
func (b *background) run(fn func(context.Context)) {
	b.wg.Go(func() { fn(b.ctx) })
}

func (b *background) stop() {
	b.cancel()
	b.wg.Wait()
}
