package app

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"time"

	"carillon/models"
)

type doctorCommand struct {
	Config `embed:"" group:"settings"`

	Canary bool `help:"Check the running server alone: that it is ready, and the canary."`
	Ready  bool `help:"Ask whether the server on this machine should get requests (/readyz), and nothing else; for health checks of containers."`
	Alive  bool `help:"Ask whether the server on this machine lives (/healthz), and nothing else."`
	JSON   bool `name:"json" help:"Print the findings as one line of JSON."`

	URL    string        `name:"url" group:"connection" placeholder:"URL" help:"Address of the server; that of the setting CARILLON_LISTEN when left out."`
	APIKey models.Secret `name:"api-key" aliases:"key" group:"connection" placeholder:"KEY" help:"An administrator's API key, for the canary; the setting CARILLON_ADMIN_KEY when left out."`
}

// doctor looks at what a server stands on, and at one that runs.
type doctor struct {
	*report
	cfg    Config
	url    string // of the server
	chosen bool   // by CARILLON_URL, and not only made of the settings
	key    models.Secret
	now    func() time.Time
	out    Output
}

// Run checks, and fails if something is wrong that keeps a server from its work.
func (c *doctorCommand) Run(ctx context.Context, out Output, to *screen) error {
	d := c.doctor(out, to, time.Now)
	switch {
	case c.Ready:
		return d.asks(ctx, "/readyz")
	case c.Alive:
		return d.asks(ctx, "/healthz")
	}
	if !c.Canary {
		d.settings()
		d.files()
		d.standing(ctx)
		d.smtp(ctx)
		d.proxy(ctx)
	}
	d.running(ctx)
	return d.end()
}

func (c *doctorCommand) doctor(out Output, to *screen, now func() time.Time) *doctor {
	d := &doctor{report: &report{to: to, json: c.JSON}, cfg: c.Config, url: c.URL, chosen: c.URL != "", key: c.APIKey, now: now, out: out}
	if d.url == "" {
		d.url = listensAt(c.Listen)
	}
	if d.key.Empty() {
		d.key = c.AdminKey
	}
	return d
}

// listensAt is how a program on the same machine reaches a server.
func listensAt(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "http://" + listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// asks is for health checks: silent while all is well.
func (d *doctor) asks(ctx context.Context, path string) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if err := c.Healthy(ctx, path); err != nil {
		return errors.Join(errors.New("the server is not well"), err)
	}
	return nil
}

// settings looks for what a server takes and is hardly meant. What it does not
// take has ended the command before.
func (d *doctor) settings() {
	before := len(d.list)
	for _, network := range d.cfg.AllowNetworks {
		if network.Bits() == 0 {
			d.warn("settings", "name the networks that channels need", "CARILLON_ALLOW_NETWORKS lets channels reach every address, this machine's and the cloud's metadata too")
		}
	}
	host, _, _ := net.SplitHostPort(d.cfg.Listen) // was checked
	if ip, err := netip.ParseAddr(host); (err != nil || !ip.IsLoopback()) && host != "localhost" && d.cfg.PublicURL == "" {
		d.warn("settings", "set it to how clients reach the server", "the server listens for other machines, and CARILLON_PUBLIC_URL is not set: links and the origin check go by %s", listensAt(d.cfg.Listen))
	}
	if u, err := url.Parse(d.cfg.PublicURL); err == nil && u.Scheme == "http" && !onThisMachine(u.Hostname()) {
		d.warn("settings", "put TLS before the server, and give its https:// address", "CARILLON_PUBLIC_URL is http://: keys cross the network in the clear")
	}
	for _, network := range d.cfg.TrustedProxies {
		if network.Bits() == 0 {
			d.warn("settings", "name the proxies' own networks", "CARILLON_TRUSTED_PROXIES believes whoever claims to be a proxy")
		}
	}
	if len(d.list) == before {
		d.ok("settings", "the server takes them")
	}
}

func onThisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
