package app

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"carillon/channels"
	"carillon/client"
	"carillon/models"
	"carillon/store"
)

const (
	// hostsTried bounds the names that are looked up, and channelsRead where they are from.
	hostsTried   = 10
	channelsRead = 200
	lookupTime   = 5 * time.Second
)

// smtp logs in at the relay, as for an email.
func (d *doctor) smtp(ctx context.Context) {
	if d.cfg.SMTPURL.Empty() {
		d.skip("smtp", "", "CARILLON_SMTP_URL is not set: email channels need servers of their own")
		return
	}
	email, err := channels.NewEmail(channels.EmailOptions{Relay: d.cfg.SMTPURL.Reveal(), Hello: hostOf(d.cfg.PublicURL)})
	if err != nil {
		d.fail("smtp", "correct CARILLON_SMTP_URL", "%v", err)
		return
	}
	defer email.Close()
	relay, err := email.TryRelay(ctx)
	if err != nil {
		d.fail("smtp", "check CARILLON_SMTP_URL: host, port, user and password", "%s", channels.AsError(err).Message)
		return
	}
	how := "in the clear"
	if relay.TLS != "" {
		how = "over " + relay.TLS
	}
	login := "without a login"
	if relay.LogIn {
		login = "and takes the login"
	}
	d.ok("smtp", "%s answers %s %s; nothing was sent", relay.Address, how, login)
}

// proxy opens a connection to the way out, where there is one.
func (d *doctor) proxy(ctx context.Context) {
	u, err := url.Parse(d.cfg.OutboundProxy.Reveal())
	if d.cfg.OutboundProxy.Empty() || err != nil { // which was checked before
		return
	}
	dialer := net.Dialer{Timeout: lookupTime}
	conn, err := dialer.DialContext(ctx, "tcp", u.Host)
	if err != nil {
		d.fail("proxy", "check CARILLON_OUTBOUND_PROXY, and that the proxy runs", "%s is not reached: %v", u.Host, err)
		return
	}
	_ = conn.Close() // nothing was said
	d.ok("proxy", "%s takes connections", u.Host)
}

// outbound looks up the hosts of some channels, and judges their addresses.
func (d *doctor) outbound(ctx context.Context, db *store.Store) {
	list, err := db.Channels(ctx, models.Page{First: channelsRead}, models.ChannelFilter{})
	if err != nil {
		d.fail("outbound", "", "%v", err)
		return
	}
	var hosts []string
	for _, channel := range list.Nodes {
		config, ok := channel.Config.(*models.HttpConfig)
		if !ok || len(hosts) == hostsTried {
			continue
		}
		if u, err := url.Parse(config.URL); err == nil && u.Hostname() != canaryHost && !slices.Contains(hosts, u.Hostname()) {
			hosts = append(hosts, u.Hostname())
		}
	}
	if len(hosts) == 0 {
		d.skip("outbound", "", "no channel sends by HTTP yet, so that no name is to be looked up")
		return
	}
	unknown, private := d.lookup(ctx, hosts)
	switch {
	case len(unknown) == len(hosts):
		d.fail("outbound", "check this machine's DNS", "no name of %s is known: %s", number(len(hosts), "endpoint"), strings.Join(unknown, ", "))
	case len(unknown) > 0:
		d.warn("outbound", "ask who owns the endpoint", "%d of %s have no address: %s", len(unknown), number(len(hosts), "endpoint"), strings.Join(unknown, ", "))
	case len(private) > 0:
		d.warn("outbound", "add their networks to CARILLON_ALLOW_NETWORKS if channels are meant to reach them", "private addresses are refused: %s", strings.Join(private, ", "))
	default:
		d.ok("outbound", "names are looked up, and may be reached: %s", number(len(hosts), "endpoint"))
	}
}

// lookup is the hosts that have no address, and those that have a refused one.
func (d *doctor) lookup(ctx context.Context, hosts []string) (unknown, private []string) {
	guard := channels.NewGuard(d.cfg.AllowNetworks)
	for _, host := range hosts {
		ctx, cancel := context.WithTimeout(ctx, lookupTime)
		found, err := new(net.Resolver).LookupNetIP(ctx, "ip", host)
		cancel()
		if err != nil {
			unknown = append(unknown, host)
		} else if slices.ContainsFunc(found, func(a netip.Addr) bool { return guard.Check(a) != nil }) {
			private = append(private, host)
		}
	}
	return unknown, private
}

func (d *doctor) client() (*client.Client, error) {
	c, err := client.New(client.Config{URL: d.url, Key: d.key, UserAgent: "Carillon/" + Version, Timeout: canaryPatience})
	if err != nil {
		return nil, &usageError{fmt.Errorf("CARILLON_URL: %w", err)}
	}
	return c, nil
}

// canaryPatience bounds one request of the doctor.
const canaryPatience = 20 * time.Second

// running looks at the server itself.
func (d *doctor) running(ctx context.Context) {
	c, err := d.client()
	if err != nil {
		d.fail("server", "", "%v", err)
		return
	}
	defer c.Close()
	bounded, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if err := c.Healthy(bounded, "/healthz"); err != nil {
		if d.chosen {
			d.fail("server", "start it, or correct CARILLON_URL", "%v", err)
		} else {
			d.warn("server", "start one, or say by CARILLON_URL where it is", "%v", err)
		}
		d.skip("canary", "", "without a server nothing can be published")
		return
	}
	if err := c.Healthy(bounded, "/readyz"); err != nil {
		d.fail("server", "the server's log has the cause", "%s is not ready: %v", c.URL(), err)
		d.skip("canary", "", "the server is not ready")
		return
	}
	d.ok("server", "%s is ready", c.URL())
	if d.key.Empty() || !sendable(d.key) {
		d.skip("canary", "set CARILLON_KEY to an administrator's", "there is no API key")
		return
	}
	d.public(bounded, c)
	d.canary(ctx, c)
}

// public proves that the public address leads to this server.
func (d *doctor) public(ctx context.Context, c *client.Client) {
	if d.cfg.PublicURL == "" {
		d.skip("public url", "", "CARILLON_PUBLIC_URL is not set")
		return
	}
	receiver, err := c.CanaryAddress(ctx, models.NewID(models.PrefixTenant).String())
	if err == nil {
		err = c.Reaches(ctx, strings.TrimRight(d.cfg.PublicURL, "/"), receiver)
	}
	if err != nil {
		d.warn("public url", "look at DNS, the balancer and the proxy before the server", "%s does not lead to this server: %v", d.cfg.PublicURL, err)
		return
	}
	d.ok("public url", "%s leads to this server", d.cfg.PublicURL)
}

// canary publishes, and follows the event the whole way.
func (d *doctor) canary(ctx context.Context, c *client.Client) {
	steps, err := client.NewCanary(c, d.now).Run(ctx)
	if err != nil {
		d.fail("canary", "the server's log, and carillon attempts, say more", "%v", explained(err))
		return
	}
	d.ok("canary", "published and stored in %s, taken up within %s, sent and received with a right signature in %s, shown in the live stream %s later; %s from end to end",
		took(steps.Publish), took(steps.Taken+time.Millisecond), took(steps.Sent), took(steps.Shown), took(steps.All))
}
