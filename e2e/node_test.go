package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"carillon/testkit"
)

const (
	adminKey      = "e2e-administrator-key-of-enough-length"
	encryptionKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	loopback      = "127.0.0.0/8,::1/128"

	startTime = 60 * time.Second
	stopTime  = 60 * time.Second
)

// node is one running process of the program.
type node struct {
	t        *testing.T
	url      string
	database string
	program  *testkit.Program
}

// start runs the program on a database and waits until it is ready. Further
// settings are NAME=value without the prefix CARILLON_; an empty value leaves a
// variable out.
func start(t *testing.T, database string, settings ...string) *node {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	program, err := testkit.StartProgram(ctx, testkit.ProgramConfig{Binary: binary, Dir: t.TempDir(), Settings: settingsOf(database, settings)})
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, url: program.URL, database: database, program: program}
	t.Cleanup(func() {
		n.kill()
		if t.Failed() {
			t.Logf("the log of the server at %s ends with:\n%s", n.url, n.program.Tail())
		}
	})
	return n
}

func settingsOf(database string, settings []string) map[string]string {
	values := map[string]string{
		"LISTEN": "127.0.0.1:0", "DATABASE_URL": database, "ADMIN_KEY": adminKey,
		"ENCRYPTION_KEY": encryptionKey, "ALLOW_NETWORKS": loopback,
		// All tests come from one address, and some send many wrong keys.
		"FAILED_LOGINS": "0", "RATE_LIMIT_ADDRESS": "0",
		"DRAIN_DELAY": "0s", // no balancer looks
	}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		values[name] = value
	}
	maps.DeleteFunc(values, func(_, value string) bool { return value == "" })
	return values
}

// get gives the status of an address; 0 when there was no answer.
func (n *node) get(ctx context.Context, path string) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url+path, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	res, err := web.Do(req)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	return res.StatusCode
}

// kill ends the process as a loss of power would.
func (n *node) kill() { n.program.Kill() }

// terminate asks the process to stop; wait for its end with await.
func (n *node) terminate() {
	n.t.Helper()
	n.signal(syscall.SIGTERM)
}

func (n *node) signal(s syscall.Signal) {
	n.t.Helper()
	if err := n.program.Signal(s); err != nil {
		n.t.Fatal(err)
	}
}

// await waits until the process has ended in good order.
func (n *node) await() {
	n.t.Helper()
	select {
	case <-n.program.Done():
	case <-time.After(stopTime):
		n.t.Fatalf("the server did not stop:\n%s", n.program.Tail())
	}
	if code := n.program.Code(); code != 0 {
		n.t.Errorf("the server ended with code %d:\n%s", code, n.program.Tail())
	}
}

func (n *node) admin(tb testing.TB) *testkit.Client {
	return testkit.NewClient(tb, n.url, adminKey)
}

// command runs another command of the program to its end.
func command(t *testing.T, database string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	return commandWith(t, database, nil, args...)
}

// commandWith is command with further settings, as start takes them.
func commandWith(t *testing.T, database string, settings []string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := testkit.Command(t.Context(), binary, args...)
	cmd.Dir, cmd.Env = t.TempDir(), testkit.Environment(settingsOf(database, settings))
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run the program: %v", err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}
