package app

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

const testKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

// parse reads the settings of serve as Main does.
func parse(args, environ []string) (Config, error) {
	var p program
	env := newEnvironment(environ)
	parser, err := newParser(&p, env, Output{}.withDefaults())
	if err != nil {
		return Config{}, err
	}
	call, err := parser.Parse(append([]string{"serve"}, args...))
	if err != nil {
		return Config{}, asUsage(err)
	}
	return p.Serve.Config, checkSettings(call, env)
}

func TestEverySettingIsAVariableAndAFlag(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		setting, value string
		get            func(Config) any
		want           any
	}{
		{"listen", ":9090", func(c Config) any { return c.Listen }, ":9090"},
		{"public-url", "https://c.example.com/x", func(c Config) any { return c.PublicURL }, "https://c.example.com/x"},
		{"database-url", "sqlite:other.db", func(c Config) any { return c.DatabaseURL }, "sqlite:other.db"},
		{"admin-key", strings.Repeat("k", 32), func(c Config) any { return c.AdminKey.Reveal() }, strings.Repeat("k", 32)},
		{"encryption-key", testKey + "," + testKey, func(c Config) any { return c.EncryptionKey.Reveal() }, testKey + "," + testKey},
		{"allow-networks", "10.1.2.3/8, fd00::/8,", func(c Config) any { return c.AllowNetworks },
			Networks{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}},
		{"require-https", "true", func(c Config) any { return c.RequireHTTPS }, true},
		{"outbound-proxy", "http://u:p@proxy:3128", func(c Config) any { return c.OutboundProxy.Reveal() }, "http://u:p@proxy:3128"},
		{"smtp-url", "smtp://u:p@mail:587", func(c Config) any { return c.SMTPURL.Reveal() }, "smtp://u:p@mail:587"},
		{"slack-api-url", "http://127.0.0.1:1/api/", func(c Config) any { return c.SlackAPIURL }, "http://127.0.0.1:1/api/"},
		{"workers", "10000", func(c Config) any { return c.Workers }, 10000},
		{"max-payload", "1MiB", func(c Config) any { return c.MaxPayload }, Bytes(1 << 20)},
		{"max-payload", "1000", func(c Config) any { return c.MaxPayload }, Bytes(1000)},
		{"retention", "24h", func(c Config) any { return c.Retention }, 24 * time.Hour},
		{"audit-retention", "48h", func(c Config) any { return c.AuditRetention }, 48 * time.Hour},
		{"strict-event-types", "1", func(c Config) any { return c.StrictEventTypes }, true},
		{"cors-origins", "https://App.example.com:443,http://localhost:3000/", func(c Config) any { return c.CORSOrigins },
			Origins{"https://app.example.com", "http://localhost:3000"}},
		{"rate-limit", "500", func(c Config) any { return c.RateLimit }, Limit(500)},
		{"rate-limit-portal", "0", func(c Config) any { return c.RateLimitPortal }, Limit(-1)},
		{"rate-limit-address", "1", func(c Config) any { return c.RateLimitAddress }, Limit(1)},
		{"failed-logins", "10", func(c Config) any { return c.FailedLogins }, Limit(10)},
		{"max-subscriptions", "100", func(c Config) any { return c.MaxSubscriptions }, Limit(100)},
		{"max-subscriptions-address", "1000000", func(c Config) any { return c.MaxSubscriptionsAddress }, Limit(1_000_000)},
		{"max-connections", "500", func(c Config) any { return c.MaxConnections }, 500},
		{"log-level", "debug", func(c Config) any { return c.LogLevel }, "debug"},
		{"log-format", "json", func(c Config) any { return c.LogFormat }, "json"},
		{"drain-delay", "5s", func(c Config) any { return c.DrainDelay }, 5 * time.Second},
		{"drain", "1m30s", func(c Config) any { return c.Drain }, 90 * time.Second},
	} {
		byFlag, err := parse([]string{"--" + row.setting + "=" + row.value}, nil)
		if err != nil || !reflect.DeepEqual(row.get(byFlag), row.want) {
			t.Errorf("--%s=%s: %v, %v; want %v", row.setting, row.value, row.get(byFlag), err, row.want)
		}
		byVariable, err := parse(nil, []string{variable(row.setting) + "=" + row.value})
		if err != nil || !reflect.DeepEqual(row.get(byVariable), row.want) {
			t.Errorf("%s=%s: %v, %v; want %v", variable(row.setting), row.value, row.get(byVariable), err, row.want)
		}
	}
}

func TestDefaultsAreTheSameForProgramsAndPeople(t *testing.T) {
	t.Parallel()
	byHand, err := parse(nil, []string{"CARILLON_LISTEN=", "PATH=/bin", "OTEL_SERVICE_NAME=x"})
	if err != nil {
		t.Fatal(err)
	}
	byProgram, err := Config{}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(byHand, byProgram) {
		t.Errorf("by hand %+v, by program %+v", byHand, byProgram)
	}
	if byHand.Listen != "127.0.0.1:8080" || byHand.Workers != 256 || byHand.Drain != 30*time.Second || byHand.DrainDelay != time.Second || byHand.MaxPayload != 256<<10 {
		t.Errorf("unexpected defaults: %+v", byHand)
	}
}

func TestAFlagGoesBeforeItsVariable(t *testing.T) {
	t.Parallel()
	cfg, err := parse([]string{"--workers=7"}, []string{"CARILLON_WORKERS=8"})
	if err != nil || cfg.Workers != 7 {
		t.Errorf("workers %d, %v; want 7", cfg.Workers, err)
	}
}

func TestBadSettingsAreNamedInOneLine(t *testing.T) {
	t.Parallel()
	postgres := []string{"CARILLON_DATABASE_URL=postgres://u:hidden@h1:1,h2:2/db"}
	for _, row := range []struct {
		environ []string
		args    []string
		want    string
	}{
		{environ: []string{"CARILLON_LISTEN=nowhere"}, want: `CARILLON_LISTEN: "nowhere" is not an address`},
		{environ: []string{"CARILLON_LISTEN=127.0.0.1:99999"}, want: "CARILLON_LISTEN: "},
		{environ: []string{"CARILLON_PUBLIC_URL=carillon.example.com"}, want: "CARILLON_PUBLIC_URL: "},
		{environ: []string{"CARILLON_PUBLIC_URL=https://x/?a=b"}, want: "CARILLON_PUBLIC_URL: "},
		{environ: []string{"CARILLON_PUBLIC_URL=https://a'b.example"}, want: "CARILLON_PUBLIC_URL: "},
		{environ: []string{"CARILLON_DATABASE_URL=mysql://hidden@x"}, want: "CARILLON_DATABASE_URL: begins neither"},
		{environ: []string{"CARILLON_DATABASE_URL=sqlite:"}, want: "CARILLON_DATABASE_URL: names no file"},
		{environ: []string{"CARILLON_DATABASE_URL=sqlite::memory:"}, want: "CARILLON_DATABASE_URL: names no file"},
		{environ: []string{"CARILLON_ADMIN_KEY=hidden"}, want: "CARILLON_ADMIN_KEY: has 6 characters; give 32 to 512"},
		{environ: []string{"CARILLON_ADMIN_KEY=" + strings.Repeat("hidden ", 8)}, want: "CARILLON_ADMIN_KEY: holds a space"},
		{environ: []string{"CARILLON_ENCRYPTION_KEY=hidden"}, want: "CARILLON_ENCRYPTION_KEY: key 1 of 1"},
		{environ: postgres, want: "CARILLON_ENCRYPTION_KEY: must be given with PostgreSQL"},
		{environ: []string{"CARILLON_ALLOW_NETWORKS=10.0.0.0"}, want: `CARILLON_ALLOW_NETWORKS: "10.0.0.0" is not a network`},
		{environ: []string{"CARILLON_REQUIRE_HTTPS=maybe"}, want: "CARILLON_REQUIRE_HTTPS: "},
		{environ: []string{"CARILLON_SMTP_URL=http://u:hidden@x"}, want: "CARILLON_SMTP_URL: "},
		{environ: []string{"CARILLON_OUTBOUND_PROXY=ftp://u:hidden@x:1"}, want: "CARILLON_OUTBOUND_PROXY: "},
		{environ: []string{"CARILLON_SLACK_API_URL=slack.com"}, want: "CARILLON_SLACK_API_URL: "},
		{environ: []string{"CARILLON_SLACK_API_URL=https://]/api/"}, want: "CARILLON_SLACK_API_URL: "},
		{environ: []string{"CARILLON_RATE_LIMIT=-1"}, want: `CARILLON_RATE_LIMIT: "-1" is not a number from 0, which is no limit, to 1000000`},
		{environ: []string{"CARILLON_RATE_LIMIT_ADDRESS=1.5"}, want: "CARILLON_RATE_LIMIT_ADDRESS: "},
		{environ: []string{"CARILLON_FAILED_LOGINS=1000001"}, want: "CARILLON_FAILED_LOGINS: "},
		{environ: []string{"CARILLON_MAX_CONNECTIONS=15"}, want: "CARILLON_MAX_CONNECTIONS: 15 is out of range; give 16 to 1000000"},
		{environ: []string{"CARILLON_WORKERS=0"}, want: "CARILLON_WORKERS: 0 is out of range; give 1 to 10000"},
		{environ: []string{"CARILLON_WORKERS=10001"}, want: "CARILLON_WORKERS: 10001 is out of range"},
		{environ: []string{"CARILLON_WORKERS=many"}, want: "CARILLON_WORKERS: "},
		{environ: []string{"CARILLON_MAX_PAYLOAD=1GB"}, want: `CARILLON_MAX_PAYLOAD: "1GB" is not a size`},
		{environ: []string{"CARILLON_MAX_PAYLOAD=0"}, want: "CARILLON_MAX_PAYLOAD: 0 is out of range"},
		{environ: []string{"CARILLON_MAX_PAYLOAD=17MiB"}, want: "CARILLON_MAX_PAYLOAD: 17MiB is out of range"},
		{environ: []string{"CARILLON_RETENTION=30d"}, want: "CARILLON_RETENTION: "},
		{environ: []string{"CARILLON_RETENTION=-1h"}, want: "CARILLON_RETENTION: -1h0m0s is out of range"},
		{environ: []string{"CARILLON_STRICT_EVENT_TYPES=x"}, want: "CARILLON_STRICT_EVENT_TYPES: "},
		{environ: []string{"CARILLON_CORS_ORIGINS=https://x/app"}, want: `CARILLON_CORS_ORIGINS: "https://x/app" has a path`},
		{environ: []string{"CARILLON_CORS_ORIGINS=x.example.com"}, want: "CARILLON_CORS_ORIGINS: "},
		{environ: []string{"CARILLON_LOG_LEVEL=loud"}, want: `CARILLON_LOG_LEVEL: "loud" is not a level`},
		{environ: []string{"CARILLON_LOG_FORMAT=xml"}, want: "CARILLON_LOG_FORMAT: "},
		{environ: []string{"CARILLON_DRAIN_DELAY=2h"}, want: "CARILLON_DRAIN_DELAY: 2h0m0s is out of range; give 0s to 1h"},
		{environ: []string{"CARILLON_DRAIN_DELAY=-1s"}, want: "CARILLON_DRAIN_DELAY: -1s is out of range"},
		{environ: []string{"CARILLON_DRAIN=0s"}, want: "CARILLON_DRAIN: 0s is out of range"},
		{environ: []string{"CARILLON_DRAIN=soon"}, want: "CARILLON_DRAIN: "},
		{environ: []string{"CARILLON_LISTN=:1"}, want: "CARILLON_LISTN is not a setting; did you mean CARILLON_LISTEN?"},
		{environ: []string{"CARILLON_=1"}, want: "CARILLON_ is not a setting; "},
		{environ: []string{"CARILLON_FOO_BAR_BAZ_QUX=1"}, want: "CARILLON_FOO_BAR_BAZ_QUX is not a setting; carillon serve --help"},
		{args: []string{"--workers=0"}, want: "--workers: 0 is out of range"},
		{args: []string{"--workers=many"}, want: "--workers"},
		{args: []string{"--wrokers=1"}, want: "unknown flag --wrokers"},
		{args: []string{"--log-level=loud"}, environ: []string{"CARILLON_LOG_LEVEL=info"}, want: "--log-level: "},
	} {
		var stdout, stderr bytes.Buffer
		code := Main(context.Background(), append([]string{"serve"}, row.args...), row.environ, Output{Stdout: &stdout, Stderr: &stderr})
		line := stderr.String()
		if code != exitUsage || stdout.Len() > 0 || strings.Count(line, "\n") != 1 || !strings.HasPrefix(line, "carillon: "+row.want) {
			t.Errorf("%v %v: code %d, stdout %q, stderr %q; want %q", row.environ, row.args, code, stdout.String(), line, row.want)
		}
		if strings.Contains(line, "hidden") {
			t.Errorf("%v: the line tells a secret: %q", row.environ, line)
		}
	}
}

func TestClientVariablesMayBeSet(t *testing.T) {
	t.Parallel()
	if _, err := parse(nil, []string{"CARILLON_URL=http://x", "CARILLON_KEY=ck_x"}); err != nil {
		t.Error(err)
	}
}

func TestStartChecksItsSettings(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{Workers: -1}, Output{})
	var wrong *SettingError
	if !errors.As(err, &wrong) || wrong.Setting != "workers" {
		t.Errorf("got %v, want a SettingError about workers", err)
	}
}

func TestPrintConfigMasksSecrets(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := Main(context.Background(), []string{"--print-config", "--workers=5"}, []string{
		"CARILLON_DATABASE_URL=postgres://u:hid%40den@h1:1,h2:2/db?sslmode=disable&password=hidden",
		"CARILLON_ADMIN_KEY=" + strings.Repeat("hidden", 6), "CARILLON_ENCRYPTION_KEY=" + testKey,
		"CARILLON_SMTP_URL=smtp://u:hidden@x", "CARILLON_OUTBOUND_PROXY=http://u:hidden@x:1", "CARILLON_ALLOW_NETWORKS=127.0.0.0/8,::1/128",
	}, Output{Stdout: &stdout, Stderr: &stderr})
	if code != exitDone {
		t.Fatalf("code %d: %s", code, stderr.String())
	}
	got := stdout.String()
	for _, want := range []string{
		"CARILLON_DATABASE_URL=postgres://u:********@h1:1,h2:2/db?sslmode=disable&password=********\n",
		"CARILLON_ADMIN_KEY=********\n", "CARILLON_ENCRYPTION_KEY=********\n", "CARILLON_SMTP_URL=********\n", "CARILLON_OUTBOUND_PROXY=********\n",
		"CARILLON_ALLOW_NETWORKS=127.0.0.0/8,::1/128\n", "CARILLON_WORKERS=5\n", "CARILLON_MAX_PAYLOAD=256KiB\n",
		"CARILLON_RETENTION=720h\n", "CARILLON_REQUIRE_HTTPS=false\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "hid") || strings.Contains(got, testKey) {
		t.Errorf("a secret is shown:\n%s", got)
	}
	if n := strings.Count(got, "\n"); n != reflect.TypeFor[Config]().NumField() {
		t.Errorf("%d lines for %d settings", n, reflect.TypeFor[Config]().NumField())
	}
}
