package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"carillon/demo"
	"carillon/models"
)

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
	listener, moved, err := demoListener(ctx, listen, demoListen)
	if err != nil {
		return nil, err
	}
	d.moved = moved
	admin := models.NewSecret(rand.Text() + rand.Text())
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

// demoListener opens the port that is wanted. Where nobody asked for one it opens
// the usual one, or says that it moved to another.
func demoListener(ctx context.Context, wanted, usual string) (_ net.Listener, moved bool, err error) {
	var lc net.ListenConfig
	address := wanted
	if address == "" {
		address = usual
	}
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil && wanted == "" {
		moved = true
		listener, err = lc.Listen(ctx, "tcp", "127.0.0.1:0")
	}
	if err != nil {
		return nil, false, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, moved, nil
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
