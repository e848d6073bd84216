package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"carillon/demo"
	"carillon/models"
)

type demoCommand struct {
	Listen string `placeholder:"HOST:PORT" help:"Address of the HTTP server; port 0 takes a free one. When it is left out 127.0.0.1:8080, or a free port where that is taken."`
}

// demoListen is where the demo listens unless told otherwise.
const demoListen = "127.0.0.1:8080"

// Run shows the product until ctx ends, the terminal goes away or the server fails.
func (c *demoCommand) Run(ctx context.Context, env environment, out Output) (err error) {
	if c.Listen != "" && !listenable(c.Listen) {
		return &usageError{fmt.Errorf("--listen: %q is not an address such as %s", c.Listen, demoListen)}
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // a server outlives its terminal, a demo does not
	defer stop()
	d, err := startDemo(ctx, c.Listen, out)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	if err := d.greet(out.Stdout, env); err != nil {
		return errors.Join(err, d.Close(context.WithoutCancel(ctx)))
	}
	select {
	case <-ctx.Done():
	case err = <-d.app.Failed():
	}
	if err = errors.Join(err, d.Close(context.WithoutCancel(ctx))); err == nil {
		_, err = fmt.Fprintln(out.Stdout, "\nThe demo has ended, and left nothing behind.")
	}
	return err
}

// demoServer is a server with a demo around it. Close ends both, and removes
// everything that they wrote.
type demoServer struct {
	app    *App
	demo   *demo.Demo
	folder string
	link   string // logs in
	key    models.Secret
	moved  bool // the usual port was taken

	stopStream context.CancelFunc
	streamed   chan struct{}
}

// startDemo starts a server in a folder of its own, fills it, and begins the
// stream of events. What fails leaves nothing behind.
func startDemo(ctx context.Context, listen string, out Output) (_ *demoServer, err error) {
	out = out.withDefaults()
	d := &demoServer{}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close(context.WithoutCancel(ctx)))
		}
	}()
	if d.folder, err = os.MkdirTemp("", "carillon-demo-"); err != nil {
		return nil, fmt.Errorf("make a folder for the demo's data: %w", err)
	}
	log := slog.New(slog.NewTextHandler(out.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	if d.demo, err = demo.Open(ctx, demo.Config{Now: time.Now, Log: log}); err != nil {
		return nil, err
	}
	listener, err := d.listen(ctx, listen)
	if err != nil {
		return nil, err
	}
	admin := models.Secret(rand.Text() + rand.Text())
	d.app, err = start(ctx, d.config(listener.Addr(), admin), Output{Stderr: out.Stderr}, time.Now, func(a *App) {
		a.listener, a.demo = listener, d.demo.Handler()
	})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	filled, err := d.demo.Fill(ctx, demo.Server{URL: d.app.URL(), Key: admin})
	if err != nil {
		return nil, err
	}
	d.key = filled.ShopKey
	if d.link, err = d.app.LoginURL(maxLogin); err != nil {
		return nil, err
	}
	d.stream(ctx)
	return d, nil
}

// listen opens the port that is wanted; where nobody asked for one, another will do.
func (d *demoServer) listen(ctx context.Context, wanted string) (net.Listener, error) {
	var lc net.ListenConfig
	address := wanted
	if address == "" {
		address = demoListen
	}
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil && wanted == "" {
		d.moved = true
		listener, err = lc.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, nil
}

// config is settings that need no environment. The server reaches this machine,
// and no name has to be looked up for that.
func (d *demoServer) config(listening net.Addr, admin models.Secret) Config {
	public := listening.String()
	if host, port, err := net.SplitHostPort(public); err == nil && net.ParseIP(host).IsUnspecified() {
		public = net.JoinHostPort("127.0.0.1", port)
	}
	return Config{
		Listen: listening.String(), PublicURL: "http://" + public, AdminKey: admin,
		DatabaseURL:   "sqlite:" + filepath.Join(d.folder, "carillon.db"),
		AllowNetworks: Networks{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		SMTPURL:       d.demo.SMTPURL(), SlackAPIURL: d.demo.SlackAPI(),
		Retention: 2 * time.Hour, LogLevel: "error", Drain: 5 * time.Second,
	}
}

// stream publishes until Close.
func (d *demoServer) stream(ctx context.Context) {
	ctx, d.stopStream = context.WithCancel(context.WithoutCancel(ctx))
	d.streamed = make(chan struct{})
	go func() {
		defer close(d.streamed)
		d.demo.Stream(ctx)
	}()
}

// Close stops what was started: the events, the server, the receivers.
func (d *demoServer) Close(ctx context.Context) (err error) {
	if d.stopStream != nil {
		d.stopStream()
		<-d.streamed
	}
	if d.app != nil {
		err = d.app.Close(ctx)
	}
	if d.demo != nil {
		d.demo.Close()
	}
	if d.folder != "" {
		err = errors.Join(err, os.RemoveAll(d.folder))
	}
	return err
}

// greet says what runs where, and how to go on.
func (d *demoServer) greet(w io.Writer, env environment) error {
	var notes strings.Builder
	if d.moved {
		fmt.Fprintf(&notes, "%s is taken, so the demo listens on %s.\n", demoListen, d.app.Addr())
	}
	if given := env.settings(); len(given) > 0 {
		fmt.Fprintf(&notes, "The demo has settings of its own, and leaves those of the environment alone: %s.\n", strings.Join(given, ", "))
	}
	_, err := fmt.Fprintf(w, `Carillon with a shop and a CRM to look at. Everything stays on this machine, and is gone at the end.
%s
  Open this link, which logs you in for 24 hours:

    %s

  HTTP, Slack and SMS are received at %s, email at %s; the console shows what arrives.

  For carillon publish, listen and attempts, in another terminal, with a key of Fernhill Shop:

    export CARILLON_URL=%s CARILLON_KEY=%s

  Ctrl-C ends the demo.

`, notes.String(), d.link, d.demo.WebURL(), d.demo.MailAddress(), d.app.URL(), d.key.Reveal())
	if err != nil {
		return fmt.Errorf("show the link: %w", err)
	}
	return nil
}

// settings are the variables that are no client's, by name.
func (env environment) settings() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(env)), func(name string) bool { return slices.Contains(clientVariables(), name) })
}

// withDemo puts the demo's addresses before the others, for administrators alone.
func (a *App) withDemo(next http.Handler) http.Handler {
	if a.demo == nil {
		return next
	}
	mux := http.NewServeMux()
	mux.Handle("/demo/", withoutSniffing(withDeadlines(a.administrators(a.demo))))
	mux.Handle("/", next)
	return mux
}

// administrators lets nobody else through.
func (a *App) administrators(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		principal, err := a.rooms.keys.Authenticate(r.Context(), r.Header.Get("Authorization"))
		if err == nil {
			err = principal.Need(models.ScopeAdmin)
		}
		if err == nil {
			next.ServeHTTP(w, r)
			return
		}
		switch models.CodeOf(err) {
		case models.CodeUnauthenticated:
			w.Header().Set("WWW-Authenticate", "Bearer")
			answer(w, http.StatusUnauthorized, map[string]string{"error": err.Error()})
		case models.CodeForbidden:
			answer(w, http.StatusForbidden, map[string]string{"error": err.Error()})
		default:
			answer(w, http.StatusServiceUnavailable, map[string]string{"error": "the key cannot be checked now; come again"})
		}
	})
}
