// Package demo is what carillon demo shows the product with: receivers for
// HTTP, Slack, email and SMS on this machine, the sample data of a shop and a
// CRM, and a gentle stream of their events. It owns what was received, and when
// a receiver fails. It knows the server by its public API alone, dials nothing
// but this machine, and keeps everything in memory.
package demo

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"carillon/models"
)

// Config is what a Demo is made of.
type Config struct {
	Now func() time.Time
	Log *slog.Logger // nil discards
}

// Demo is receivers that listen, and the events for them. Open makes one, Close
// ends it.
type Demo struct {
	now     func() time.Time
	log     *slog.Logger
	inbox   *inbox
	names   []string // of the receivers, in the order in which they are shown
	known   map[string]*receiver
	keys    credentials
	web     *web
	post    *postOffice
	carrier *carrier
	client  *http.Client
	streams []*publisher // what Fill prepared, for Stream
}

// Open starts the receivers on free ports of this machine. Close ends them.
func Open(ctx context.Context, cfg Config) (_ *Demo, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d := &Demo{now: cfg.Now, log: cfg.Log, inbox: newInbox(cfg.Now), keys: newCredentials(), client: newClient()}
	d.known = map[string]*receiver{}
	for _, r := range receivers() {
		d.names = append(d.names, r.name)
		d.known[r.name] = r
	}
	d.carrier = newCarrier(d.now, d.client, d.keys)
	defer func() {
		if err != nil {
			d.Close()
		}
	}()
	if d.web, err = openWeb(ctx, d.routes()); err != nil {
		return nil, err
	}
	d.post, err = openPost(ctx, &counter{receiver: d.known[mailName], inbox: d.inbox, keys: d.keys})
	return d, err
}

// newClient reaches this machine directly, whatever proxy the environment names.
func newClient() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute}}
}

// Close ends what listens, and waits for it. The server that sends here should
// have stopped before.
func (d *Demo) Close() {
	d.carrier.close()
	if d.web != nil {
		d.web.close()
	}
	if d.post != nil {
		d.post.close()
	}
	d.client.CloseIdleConnections()
}

// WebURL is where HTTP, Slack and SMS are received.
func (d *Demo) WebURL() string { return d.web.url }

// MailAddress is where email is received.
func (d *Demo) MailAddress() string { return d.post.address }

// SlackAPI is the base address that stands in for Slack's Web API.
func (d *Demo) SlackAPI() string { return d.web.url + "/slack/api/" }

// SMTPURL is the relay for email channels, login and all.
func (d *Demo) SMTPURL() models.Secret {
	u := url.URL{Scheme: "smtp", Host: d.post.address, User: url.UserPassword(mailUser, d.keys.mail.Reveal())}
	return models.NewSecret(u.String())
}

// hook is where an HTTP receiver of that name listens.
func (d *Demo) hook(name string) string { return d.web.url + hookPath + name }

// web is an HTTP server on this machine.
type web struct {
	url    string
	server *http.Server
	ended  chan struct{}
}

func openWeb(ctx context.Context, handler http.Handler) (*web, error) {
	listener, err := listen(ctx)
	if err != nil {
		return nil, err
	}
	w := &web{url: "http://" + listener.Addr().String(), ended: make(chan struct{}), server: &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}}
	go func() {
		defer close(w.ended)
		_ = w.server.Serve(listener) // ends when it is closed
	}()
	return w, nil
}

func (w *web) close() {
	_ = w.server.Close() // it can only complain of what is closed already
	<-w.ended
}

// listen opens a free port that only this machine reaches.
func listen(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a port for the demo's receivers: %w", err)
	}
	return listener, nil
}
