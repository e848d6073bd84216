package app

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"carillon/channels"
	"carillon/models"
	"carillon/store"
)

// Config is every setting of the server. Each is a variable CARILLON_… and a
// flag; a zero value takes the default that its tag names.
type Config struct {
	Listen                  string        `name:"listen" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the HTTP server; port 0 takes a free one."`
	PublicURL               string        `name:"public-url" placeholder:"URL" help:"How clients reach the server, for links and the origin check; made from the listen address when it is left out."`
	DatabaseURL             string        `name:"database-url" default:"sqlite:data/carillon.db" placeholder:"URL" help:"sqlite:PATH or postgres://…; several hosts are allowed."`
	AdminKey                models.Secret `name:"admin-key" placeholder:"KEY" help:"An administrator key to accept, at least 32 characters; one is made and printed at the first start when it is left out."`
	EncryptionKey           models.Secret `name:"encryption-key" placeholder:"BASE64" help:"32 bytes in base64 for secrets at rest; of several, separated by commas, the first encrypts and all decrypt. Needed with PostgreSQL; with SQLite one is made beside the file."`
	AllowNetworks           Networks      `name:"allow-networks" placeholder:"CIDR,…" help:"Private networks that channels may reach; without them only public addresses."`
	RequireHTTPS            bool          `name:"require-https" help:"Refuse http:// endpoints."`
	OutboundProxy           models.Secret `name:"outbound-proxy" placeholder:"URL" help:"http://[user:password@]host:port or socks5://…, through which HTTP, Slack and Twilio channels send."`
	SMTPURL                 models.Secret `name:"smtp-url" placeholder:"URL" help:"smtp://user:password@host:587 or smtps://…, the relay for email channels without their own."`
	SlackAPIURL             string        `name:"slack-api-url" placeholder:"URL" help:"Base address of Slack's Web API, for a proxy or a test server."`
	Workers                 int           `name:"workers" default:"256" placeholder:"N" help:"Messages under way at once on this node."`
	MaxPayload              Bytes         `name:"max-payload" default:"256KiB" placeholder:"SIZE" help:"The most data that one event may carry."`
	Retention               time.Duration `name:"retention" default:"720h" placeholder:"DURATION" help:"How long events, deliveries and attempts are kept once complete."`
	AuditRetention          time.Duration `name:"audit-retention" default:"8760h" placeholder:"DURATION" help:"How long entries of the audit log are kept."`
	StrictEventTypes        bool          `name:"strict-event-types" help:"Refuse event types that the catalog does not list."`
	CORSOrigins             Origins       `name:"cors-origins" placeholder:"ORIGIN,…" help:"Origins of frontends that may call the API from a browser; * is any."`
	PortalOrigins           Origins       `name:"portal-origins" placeholder:"ORIGIN,…" help:"Origins whose pages may embed the portal (/portal) in a frame."`
	TrustedProxies          Networks      `name:"trusted-proxies" placeholder:"CIDR,…" help:"Networks of the proxies before the server, which are believed when they name their clients in X-Forwarded-For."`
	MetricsListen           string        `name:"metrics-listen" placeholder:"HOST:PORT" help:"Another address for /metrics, which then is not at the server's own."`
	RateLimit               Limit         `name:"rate-limit" default:"0" placeholder:"N" help:"Requests a second of one API key on this node; 0 is no limit."`
	RateLimitPortal         Limit         `name:"rate-limit-portal" default:"50" placeholder:"N" help:"Requests a second of one portal session; 0 is no limit."`
	RateLimitAddress        Limit         `name:"rate-limit-address" default:"20" placeholder:"N" help:"Requests a second without a key from one address; 0 is no limit."`
	FailedLogins            Limit         `name:"failed-logins" default:"30" placeholder:"N" help:"Wrong keys a minute from one address before it has to wait; 0 is no limit."`
	MaxSubscriptions        Limit         `name:"max-subscriptions" default:"10000" placeholder:"N" help:"Subscriptions at once of one API key or session; 0 is no limit."`
	MaxSubscriptionsAddress Limit         `name:"max-subscriptions-address" default:"10000" placeholder:"N" help:"Subscriptions at once from one address; 0 is no limit."`
	MaxConnections          int           `name:"max-connections" default:"20000" placeholder:"N" help:"Connections of clients at once, fewer where the machine allows the process fewer open files."`
	LogLevel                string        `name:"log-level" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
	LogFormat               string        `name:"log-format" default:"text" placeholder:"FORMAT" help:"text or json."`
	DrainDelay              time.Duration `name:"drain-delay" default:"1s" placeholder:"DURATION" help:"How long a stop goes on serving while /readyz says no already, so that balancers notice; before the time of drain."`
	Drain                   time.Duration `name:"drain" default:"30s" placeholder:"DURATION" help:"How long a stop waits for messages under way."`

	PlatformTenant string   `name:"platform-tenant" placeholder:"TENANT" help:"Id or external id of a tenant in which the operational events of all tenants are published too."`
	BacklogAlert   Patience `name:"backlog-alert" default:"5m" placeholder:"DURATION" help:"How long a delivery may be due before that is told as carillon.backlog.high; 0 is for ever."`
}

// Bounds of the settings.
const (
	minAdminKey   = 32 // characters
	maxAdminKey   = 512
	maxWorkers    = 10_000
	maxMaxPayload = 16 << 20
	minConns      = 16
	minRetention  = time.Minute
	maxRetention  = 100 * 365 * 24 * time.Hour
	maxDrain      = 24 * time.Hour
	maxDrainDelay = time.Hour

	minBacklogAlert = Patience(10 * time.Second)
	maxBacklogAlert = Patience(30 * 24 * time.Hour)
)

// SettingError is about one setting, by the name of its flag.
type SettingError struct {
	Setting string
	Message string
}

func (e *SettingError) Error() string { return variable(e.Setting) + ": " + e.Message }

func bad(setting, format string, args ...any) error {
	return &SettingError{Setting: setting, Message: fmt.Sprintf(format, args...)}
}

// Check names the first setting that is wrong, as a *SettingError. It expects
// the defaults to be filled in.
func (c *Config) Check() error {
	for _, check := range []func() error{
		c.checkAddresses, c.checkKeys, c.checkBounds, c.checkLogging, c.checkChannels,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) checkAddresses() error {
	if !listenable(c.Listen) {
		return bad("listen", "%q is not an address such as 127.0.0.1:8080 or :8080", c.Listen)
	}
	if c.MetricsListen != "" && !listenable(c.MetricsListen) {
		return bad("metrics-listen", "%q is not an address such as 127.0.0.1:9090 or :9090", c.MetricsListen)
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || !webAddress(u) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			return bad("public-url", "is not an address such as https://carillon.example.com")
		}
	}
	if path, ok := c.sqlitePath(); ok {
		if path == "" || strings.HasPrefix(path, ":") || strings.HasPrefix(path, "//") {
			return bad("database-url", "names no file; give sqlite:PATH, for instance sqlite:data/carillon.db")
		}
		return nil
	}
	if !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		return bad("database-url", "begins neither with sqlite: nor with postgres://")
	}
	return nil
}

func (c *Config) checkKeys() error {
	if key := c.AdminKey.Reveal(); key != "" {
		if len(key) < minAdminKey || len(key) > maxAdminKey {
			return bad("admin-key", "has %d characters; give %d to %d", len(key), minAdminKey, maxAdminKey)
		}
		if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return bad("admin-key", "holds a space or a character that cannot stand in an HTTP header; give letters, digits and signs of ASCII")
		}
	}
	if !c.EncryptionKey.Empty() {
		if _, err := store.ParseKeyring(c.EncryptionKey.Reveal()); err != nil {
			return bad("encryption-key", "%v", err)
		}
	} else if _, sqlite := c.sqlitePath(); !sqlite {
		return bad("encryption-key", "must be given with PostgreSQL: 32 random bytes in base64, the same on every node (openssl rand -base64 32)")
	}
	return nil
}

func (c *Config) checkBounds() error {
	switch {
	case c.Workers < 1 || c.Workers > maxWorkers:
		return bad("workers", "%d is out of range; give 1 to %d", c.Workers, maxWorkers)
	case c.MaxPayload < 1 || c.MaxPayload > maxMaxPayload:
		return bad("max-payload", "%s is out of range; give 1 byte to %s", c.MaxPayload, Bytes(maxMaxPayload))
	case c.MaxConnections < minConns || c.MaxConnections > maxLimit:
		return bad("max-connections", "%d is out of range; give %d to %d", c.MaxConnections, minConns, maxLimit)
	case c.Retention < minRetention || c.Retention > maxRetention:
		return bad("retention", "%s is out of range; give %s to %s", c.Retention,
			models.FormatDuration(minRetention), models.FormatDuration(maxRetention))
	case c.BacklogAlert > 0 && c.BacklogAlert < minBacklogAlert || c.BacklogAlert > maxBacklogAlert:
		return bad("backlog-alert", "%s is out of range; give %s to %s, or 0 for no alert", c.BacklogAlert,
			minBacklogAlert, maxBacklogAlert)
	case len(c.PlatformTenant) > models.MaxName:
		return bad("platform-tenant", "has %d characters; give the id or the external id of a tenant", len(c.PlatformTenant))
	case c.AuditRetention < minRetention || c.AuditRetention > maxRetention:
		return bad("audit-retention", "%s is out of range; give %s to %s", c.AuditRetention,
			models.FormatDuration(minRetention), models.FormatDuration(maxRetention))
	case c.DrainDelay < 0 || c.DrainDelay > maxDrainDelay:
		return bad("drain-delay", "%s is out of range; give 0s to %s", c.DrainDelay, models.FormatDuration(maxDrainDelay))
	case c.Drain <= 0 || c.Drain > maxDrain:
		return bad("drain", "%s is out of range; give more than 0s and at most %s", c.Drain, models.FormatDuration(maxDrain))
	}
	return nil
}

func (c *Config) checkLogging() error {
	if _, err := parseLevel(c.LogLevel); err != nil {
		return bad("log-level", "%v", err)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return bad("log-format", "%q is not a format; give text or json", c.LogFormat)
	}
	return nil
}

func (c *Config) checkChannels() error {
	if !c.OutboundProxy.Empty() {
		if _, err := channels.ParseProxy(c.OutboundProxy.Reveal()); err != nil {
			return bad("outbound-proxy", "%v", err)
		}
	}
	if !c.SMTPURL.Empty() {
		if err := channels.CheckRelay(c.SMTPURL.Reveal()); err != nil {
			return bad("smtp-url", "%s", strings.TrimPrefix(err.Error(), channels.RelaySetting+" "))
		}
	}
	if c.SlackAPIURL != "" {
		u, err := url.Parse(c.SlackAPIURL)
		if err != nil || !webAddress(u) {
			return bad("slack-api-url", "is not an address such as https://slack.com/api/")
		}
	}
	return nil
}

func listenable(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func webAddress(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && models.IsHost(u.Hostname())
}

// sqlitePath is the database's file; ok is false for PostgreSQL.
func (c *Config) sqlitePath() (path string, ok bool) {
	return strings.CutPrefix(c.DatabaseURL, "sqlite:")
}
