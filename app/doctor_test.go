package app

import (
	"encoding/json"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"carillon/models"
	"carillon/testkit"
)

// examined is what the doctor says, by check; of several about one the last.
type examined struct {
	outcome
	checks map[string]finding
}

func examine(t *testing.T, environ []string, args ...string) examined {
	t.Helper()
	return read(t, inProcess(t, "", environ, append([]string{"doctor", "--json"}, args...)...))
}

func read(t *testing.T, got outcome) examined {
	t.Helper()
	var told struct {
		OK     bool
		Checks []finding
	}
	if err := json.Unmarshal([]byte(got.stdout), &told); err != nil {
		t.Fatalf("%v: %q, %q", err, got.stdout, got.stderr)
	}
	e := examined{got, map[string]finding{}}
	for _, f := range told.Checks {
		e.checks[f.Check] = f
	}
	if told.OK != (got.code == exitDone) {
		t.Errorf("exit code %d, and ok is %t", got.code, told.OK)
	}
	return e
}

func (e examined) expect(t *testing.T, check string, status verdict, piece string) {
	t.Helper()
	got := e.checks[check]
	if text := got.Found + got.Advice; got.Status != status || !strings.Contains(text, piece) {
		t.Errorf("%s is %q: %q; want %q with %q", check, got.Status, text, status, piece)
	}
}

func environOf(url string, more ...string) []string {
	return append([]string{"CARILLON_DATABASE_URL=" + url, "CARILLON_ENCRYPTION_KEY=" + testKey, "CARILLON_LISTEN=127.0.0.1:1"}, more...)
}

// TestDoctorFindsAllWell, and leaves the server as it was.
func TestDoctorFindsAllWell(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		a := boot(t, Config{DatabaseURL: url, RequireHTTPS: true, StrictEventTypes: true})
		client := testkit.NewClient(t, a.URL(), testAdmin.Reveal())
		n := node{a, client}
		environ := environOf(url, "CARILLON_URL="+a.URL(), "CARILLON_KEY="+testAdmin.Reveal(), "CARILLON_PUBLIC_URL="+a.URL())
		bare := examine(t, environ, "--canary")
		bare.expect(t, "canary", failed, "the catalog has none")
		n.do(t, `mutation { createEventType(input: {name: "listed", schema: {type: "object", required: ["n"]}, example: {n: 1}}) { id } }`, nil, nil)

		got := examine(t, environ)
		for check, piece := range map[string]string{
			"settings": "", "database": "schema", "commit": "takes", "clock": "agrees", "encryption": "open",
			"server": "is ready", "public url": "leads to this server", "canary": "from end to end",
		} {
			got.expect(t, check, fine, piece)
		}
		if strings.HasPrefix(url, "postgres") {
			got.expect(t, "durability", failed, "fsync is off") // of the tests' own servers
			got.expect(t, "connections", fine, "1 node live")
		} else {
			got.expect(t, "pages", fine, "sound")
			if got.code != exitDone {
				t.Errorf("exit code %d", got.code)
			}
		}
		var left struct {
			Tenants, Channels, Webhooks, Events struct{ Nodes []struct{ ID string } }
		}
		n.do(t, `{ tenants { nodes { id } } channels { nodes { id } } webhooks { nodes { id } } events(filter: {includeTests: true}) { nodes { id } } }`, nil, &left)
		if len(left.Tenants.Nodes)+len(left.Channels.Nodes)+len(left.Webhooks.Nodes)+len(left.Events.Nodes) != 0 {
			t.Errorf("it leaves behind %+v", left)
		}
	})
}

func TestDoctorOfAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	url := testkit.SQLite(t)
	if got := inProcess(t, "", environOf(url), "migrate"); got.code != exitDone {
		t.Fatal(got.stderr)
	}
	got := examine(t, environOf(url))
	got.expect(t, "server", warning, "CARILLON_URL")
	got.expect(t, "canary", skipped, "without a server")
	got.expect(t, "commit", fine, "")
	if got.code != exitDone {
		t.Errorf("exit code %d where a server is not running, which may be meant", got.code)
	}
	got = examine(t, environOf(url, "CARILLON_URL=http://127.0.0.1:1"))
	got.expect(t, "server", failed, "connection refused")
	for _, flag := range []string{"--ready", "--alive"} {
		if got := inProcess(t, "", environOf(url), "doctor", flag); got.code != exitFailed || !strings.Contains(got.stderr, "connection refused") {
			t.Errorf("%s: %+v", flag, got)
		}
	}
	a := boot(t, Config{DatabaseURL: testkit.SQLite(t)})
	for _, flag := range []string{"--ready", "--alive"} {
		if got := inProcess(t, "", []string{"CARILLON_LISTEN=" + a.Addr().String()}, "doctor", flag); got.code != exitDone || got.stdout+got.stderr != "" {
			t.Errorf("%s: %+v", flag, got)
		}
	}
	got = examine(t, []string{"CARILLON_LISTEN=" + a.Addr().String()}, "--canary")
	got.expect(t, "canary", skipped, "CARILLON_KEY")
	a.draining.Store(true)
	got = examine(t, []string{"CARILLON_LISTEN=" + a.Addr().String()}, "--canary")
	got.expect(t, "server", failed, "stopping")
}

func TestDoctorOfDatabases(t *testing.T) {
	t.Parallel()
	missing := "sqlite:" + filepath.Join(t.TempDir(), "none.db")
	examine(t, environOf(missing)).expect(t, "database", failed, "there is no database")
	away := examine(t, environOf("postgres://u@127.0.0.1:1/none?connect_timeout=1"))
	away.expect(t, "database", failed, "refused")
	away.expect(t, "server", warning, "")
	testkit.Each(t, func(t *testing.T, url string) {
		if strings.HasPrefix(url, "sqlite:") {
			if err := os.WriteFile(strings.TrimPrefix(url, "sqlite:"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		empty := examine(t, environOf(url))
		empty.expect(t, "database", failed, "carillon migrate up")
		empty.expect(t, "commit", fine, "")
		if _, tried := empty.checks["encryption"]; tried {
			t.Error("without a schema there is nothing sealed")
		}
		shut(t, boot(t, Config{DatabaseURL: url}))
		other := strings.Replace(testKey, "A", "B", 1)
		wrong := environOf(url, "CARILLON_ENCRYPTION_KEY="+other)
		examine(t, wrong).expect(t, "encryption", failed, "server secret api-key-pepper")
		both := environOf(url, "CARILLON_ENCRYPTION_KEY="+testKey+","+other)
		examine(t, both).expect(t, "encryption", fine, "may be removed")
	})
}

// TestDoctorComparesClocks with one of a machine that is wrong.
func TestDoctorComparesClocks(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	shut(t, boot(t, Config{DatabaseURL: url}))
	for skew, want := range map[time.Duration]verdict{time.Hour: failed, -time.Minute: warning, -10 * time.Minute: failed, 0: fine} {
		c := doctorCommand{Config: Config{DatabaseURL: url, EncryptionKey: models.NewSecret(testKey), LogLevel: "info", LogFormat: "text"}}
		d := c.doctor(Output{}, newScreen(Output{}.withDefaults(), nil), func() time.Time { return time.Now().Add(skew) })
		d.standing(t.Context())
		e := examined{checks: map[string]finding{}}
		for _, f := range d.list {
			e.checks[f.Check] = f
		}
		e.expect(t, "clock", want, "")
	}
}

func TestDoctorJudges(t *testing.T) {
	t.Parallel()
	judged := func(judge func(*doctor)) finding {
		d := &doctor{report: &report{json: true}}
		judge(d)
		return d.list[0]
	}
	for _, row := range []struct {
		free, size int64
		want       verdict
	}{{1 << 20, 0, failed}, {500 << 20, 1 << 20, warning}, {2 << 30, 20 << 30, warning}, {5 << 30, 20 << 30, fine}} {
		if got := judged(func(d *doctor) { d.judgeDisk("x", row.free, row.size) }); got.Status != row.want {
			t.Errorf("%d free of %d: %+v", row.free, row.size, got)
		}
	}
	everywhere := Networks{netip.MustParsePrefix("0.0.0.0/0")}
	for piece, cfg := range map[string]Config{
		"ALLOW_NETWORKS":  {Listen: "127.0.0.1:1", AllowNetworks: everywhere},
		"TRUSTED_PROXIES": {Listen: "127.0.0.1:1", TrustedProxies: everywhere},
		"origin check":    {Listen: ":8080"},
		"in the clear":    {Listen: ":8080", PublicURL: "http://carillon.example.com"},
	} {
		if got := judged(func(d *doctor) { d.cfg = cfg; d.settings() }); got.Status != warning || !strings.Contains(got.Found, piece) {
			t.Errorf("%s: %+v", piece, got)
		}
	}
}

// TestDoctorOnAFullDisk: a file system without a byte left.
func TestDoctorOnAFullDisk(t *testing.T) {
	t.Parallel()
	script := `set -e
mount -t tmpfs -o size=4M tmpfs . && cd "$PWD"
carillon migrate >/dev/null
dd if=/dev/zero of=filler bs=4k 2>/dev/null || true
carillon doctor --json || true`
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		t.Skip("unshare is not installed")
	}
	cmd := command(t, t.TempDir(), []string{"CARILLON_DATABASE_URL=sqlite:full.db", "CARILLON_LISTEN=127.0.0.1:1",
		"PATH=" + filepath.Dir(binary) + string(os.PathListSeparator) + os.Getenv("PATH")})
	cmd.Path, cmd.Args = unshare, []string{"unshare", "-rm", "sh", "-c", script}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Skipf("a file system of its own is not to be had: %v, %s", err, stderr.String())
	}
	got := read(t, outcome{exitFailed, stdout.String(), stderr.String()})
	got.expect(t, "disk", failed, "soon nothing can be published")
}

func TestDoctorAsksTheRelay(t *testing.T) {
	t.Parallel()
	url := testkit.SQLite(t)
	shut(t, boot(t, Config{DatabaseURL: url}))
	relay := mailServer(t)
	ask := func(login string) examined {
		return examine(t, environOf(url, "CARILLON_SMTP_URL=smtp://"+login+relay+"?tls=none"))
	}
	ask("ada:right@").expect(t, "smtp", fine, "takes the login")
	wrong := ask("ada:wrong-password@")
	wrong.expect(t, "smtp", failed, "535")
	if strings.Contains(wrong.stdout+wrong.stderr, "wrong-password") {
		t.Error("the password shows")
	}
	away := examine(t, environOf(url, "CARILLON_OUTBOUND_PROXY=http://ada:wrong-password@127.0.0.1:1"))
	if away.expect(t, "proxy", failed, "127.0.0.1:1 is not reached"); strings.Contains(away.stdout, "wrong-password") {
		t.Error("the proxy's password shows")
	}
	examine(t, environOf(url, "CARILLON_OUTBOUND_PROXY=http://"+relay)).expect(t, "proxy", fine, relay)
	nobody := examine(t, environOf(url, "CARILLON_SMTP_URL=smtp://127.0.0.1:1?tls=none"))
	nobody.expect(t, "smtp", failed, "refused the connection")
}

// mailServer takes one login, and no mail.
func mailServer(t *testing.T) (address string) {
	t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &mailDesk{t: t}, nil }))
	server.AllowInsecureAuth, server.Domain = true, "mail.example.com"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		_ = server.Close()
		<-ended
	})
	return l.Addr().String()
}

type mailDesk struct {
	smtp.Session
	t *testing.T
}

func (d *mailDesk) AuthMechanisms() []string { return []string{sasl.Plain} }
func (d *mailDesk) Logout() error            { return nil }
func (d *mailDesk) Reset()                   {}
func (d *mailDesk) Mail(string, *smtp.MailOptions) error {
	d.t.Error("a mail was begun")
	return nil
}

func (d *mailDesk) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "ada" || password != "right" {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}
