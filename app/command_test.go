package app

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

const patience = time.Minute

// running is the program while it serves.
type running struct {
	t       *testing.T
	process *os.Process
	ended   chan int // its exit code
	stdout  *transcript
	stderr  *transcript
	url     string
}

// serve runs the program as a server on a free port.
func serve(t *testing.T, folder string, environ ...string) *running {
	t.Helper()
	cmd := command(t, folder, append([]string{"CARILLON_LISTEN=127.0.0.1:0"}, environ...))
	s := startCommand(t, cmd)
	s.url, _, _ = strings.Cut(s.stderr.await(t, "url="), " ")
	return s
}

func (s *running) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func (s *running) code() int {
	s.t.Helper()
	select {
	case code := <-s.ended:
		return code
	case <-time.After(patience):
		s.t.Fatalf("it did not end; it wrote:\n%s", s.stderr)
		return -1
	}
}

// shown waits for what the program writes beside its log, which may be read later than that.
func (s *running) shown(what *regexp.Regexp) {
	s.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for {
		if what.MatchString(s.stdout.String()) {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			s.t.Fatalf("%s was not shown:\n%s", what, s.stdout)
		}
	}
}

func status(t *testing.T, url string) int {
	t.Helper()
	client := &http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func TestServeFromNothing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := serve(t, folder)
	s.shown(regexp.MustCompile(`(?m)^ +(ck_\S{40,})$`))
	for _, path := range []string{"/readyz", "/healthz", "/"} {
		if got := status(t, s.url+path); got != http.StatusOK {
			t.Errorf("%s: %d", path, got)
		}
	}
	second := carillon(t, folder, []string{"CARILLON_LISTEN=127.0.0.1:0"}, "serve")
	if second.code != exitFailed || !strings.Contains(second.stderr, "in use by another carillon process") {
		t.Errorf("a second server on the file: %+v", second)
	}
	s.signal(syscall.SIGHUP)
	if got := status(t, s.url+"/healthz"); got != http.StatusOK {
		t.Errorf("after SIGHUP: %d", got)
	}
	s.signal(syscall.SIGTERM)
	if code := s.code(); code != exitDone {
		t.Errorf("exit code %d:\n%s", code, s.stderr)
	}
	again := serve(t, folder)
	if text := again.stdout.String(); text != "" {
		t.Errorf("the second start shows a key again: %q", text)
	}
	again.signal(os.Interrupt)
	if code := again.code(); code != exitDone {
		t.Errorf("exit code %d:\n%s", code, again.stderr)
	}
	if info, err := os.Stat(filepath.Join(folder, "data", "carillon.db.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", info, err)
	}
}

func TestCommandsThatNeedNoDatabase(t *testing.T) {
	t.Parallel()
	bad := []string{"CARILLON_WORKERS=x", "CARILLON_BOGUS=1"}
	for _, row := range []struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{args: []string{"version"}, stdout: "carillon " + Version + ", commit "},
		{args: []string{"--help"}, stdout: "key create"},
		{args: []string{"-h"}, stdout: "Usage: carillon"},
		{args: []string{"serve", "--help"}, stdout: "CARILLON_ALLOW_NETWORKS"},
		{args: []string{"demo", "--help"}, stdout: "--listen"},
		{args: []string{"migrate", "--help"}, stdout: "down"},
		{args: []string{"key", "--help"}, stdout: "create"},
		{args: []string{"key", "create", "--help"}, stdout: "--scope"},
		{args: []string{"version", "--help"}, stdout: "version"},
		{args: []string{"nonsense"}, code: exitUsage, stderr: "unexpected argument nonsense"},
		{args: []string{"key", "create"}, code: exitUsage, stderr: "CARILLON_WORKERS"},
		{args: []string{"serve"}, code: exitUsage, stderr: "CARILLON_WORKERS"},
	} {
		got := carillon(t, t.TempDir(), bad, row.args...)
		if got.code != row.code || !strings.Contains(got.stdout, row.stdout) || !strings.Contains(got.stderr, row.stderr) {
			t.Errorf("%v: %+v; want %+v", row.args, got, row)
		}
		if row.code != exitDone && strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%v: more than one line: %q", row.args, got.stderr)
		}
	}
}

func TestMigrateAndKeyCreate(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		folder, environ := t.TempDir(), []string{"CARILLON_DATABASE_URL=" + url, "CARILLON_ENCRYPTION_KEY=" + testKey}
		do := func(code int, contains string, args ...string) outcome {
			t.Helper()
			got := carillon(t, folder, environ, args...)
			if got.code != code || !strings.Contains(got.stdout+got.stderr, contains) {
				t.Errorf("%v: %+v; want code %d and %q", args, got, code, contains)
			}
			return got
		}
		if strings.HasPrefix(url, "sqlite:") {
			do(exitFailed, "there is no database", "migrate", "status")
			do(exitFailed, "there is no database", "key", "create", "--name", "x")
		} else {
			do(exitDone, "pending", "migrate", "status")
			do(exitFailed, "run carillon migrate up first", "key", "create", "--name", "x")
		}
		do(exitDone, "0001_initial.sql", "migrate")
		do(exitDone, "applied", "migrate", "status")
		do(exitDone, "applied", "migrate", "up")

		made := do(exitDone, "ck_", "key", "create", "--name", "rescue", "--expires", "24h")
		if !regexp.MustCompile(`^ck_\S+\n$`).MatchString(made.stdout) {
			t.Errorf("stdout is more than the secret: %q", made.stdout)
		}
		do(exitUsage, "tenantId", "key", "create", "--name", "x", "--scope", "READ")
		do(exitUsage, "scope", "key", "create", "--name", "x", "--scope", "ROOT")
		do(exitUsage, "--tenant", "key", "create", "--name", "x", "--tenant", "whk_01jd5x3v9kfm8tqz2y4r6w7abc", "--scope", "READ")
		do(exitUsage, `"up","down","status","rekey"`, "migrate", "sideways")
		do(exitFailed, "no tenant", "key", "create", "--name", "x", "--tenant", "tnt_01jd5x3v9kfm8tqz2y4r6w7abc", "--scope", "READ")
		do(exitUsage, "--check", "migrate", "status", "--check")
		do(exitUsage, "--expires", "key", "create", "--name", "x", "--expires", "soon")
		do(exitUsage, "expires", "key", "create", "--name", "x", "--expires", "2001-01-01T00:00:00Z")
		do(exitUsage, "--name", "key", "create")

		s := serve(t, folder, environ...)
		do(exitDone, "ck_", "key", "create", "--name", "while it runs")
		expectFromTheCommandLine(t, s.url, models.NewSecret(strings.TrimSpace(made.stdout)), "while it runs", "rescue")
		do(exitDone, "(first, encrypts)", "migrate", "rekey", "--check")
		do(exitDone, "0 secrets encrypted anew", "migrate", "rekey")
		if strings.HasPrefix(url, "sqlite:") {
			do(exitFailed, "in use by another carillon process", "migrate", "down")
		}
		s.signal(syscall.SIGTERM)
		s.code()
		if s.stdout.String() != "" {
			t.Errorf("a key was shown although there was an administrator: %q", s.stdout)
		}
		do(exitDone, "pending", "migrate", "down")
		do(exitDone, "pending", "migrate", "down")
	})
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	receiver := testkit.NewReceiver(t, testkit.Hanging())
	s := serve(t, t.TempDir(), "CARILLON_ADMIN_KEY="+testAdmin.Reveal(), "CARILLON_ALLOW_NETWORKS=127.0.0.0/8", "CARILLON_DRAIN=10m")
	n := node{client: testkit.NewClient(t, s.url, testAdmin.Reveal())}
	n.publish(t, n.route(t, receiver.URL))
	receiver.Wait(1, patience)
	s.signal(syscall.SIGTERM)
	s.stderr.await(t, "msg=stopping")
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case code := <-s.ended:
			if code != exitFailed {
				t.Errorf("exit code %d, want 1", code)
			}
			return
		case <-tick.C:
			_ = s.process.Signal(syscall.SIGTERM) // until it is taken for a second one
		case <-t.Context().Done():
			t.Fatal("it did not end")
		}
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	address := strings.TrimPrefix(s.url, "http://")
	got := carillon(t, t.TempDir(), []string{"CARILLON_LISTEN=" + address}, "serve")
	if got.code != exitFailed || !strings.Contains(got.stderr, "carillon: listen on "+address) {
		t.Errorf("%+v", got)
	}
}

func TestAdminKeyOfTheSettings(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("a-long-secret-", 3)
	s := serve(t, t.TempDir(), "CARILLON_ADMIN_KEY="+key, "CARILLON_LOG_FORMAT=text")
	if s.stdout.String() != "" {
		t.Errorf("a key was made: %q", s.stdout)
	}
	if strings.Contains(s.stderr.String(), key) {
		t.Error("the log has the key")
	}
	var got struct{ Viewer struct{ Scopes []string } }
	err := ask(t, s.url, models.NewSecret(key), `{ viewer { scopes } }`, &got)
	if err != nil || !slices.Contains(got.Viewer.Scopes, "ADMIN") {
		t.Errorf("%+v, %v", got, err)
	}
}

// startCommand runs a program until the test ends at the latest.
func startCommand(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	s := &running{t: t, stdout: newTranscript(), stderr: newTranscript(), ended: make(chan int, 1)}
	cmd.Stdout, cmd.Stderr = s.stdout, s.stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s.process = cmd.Process
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait()
		s.ended <- cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
	})
	return s
}
