package e2e

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
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
	cmd      *exec.Cmd
	database string
	log      *logTail
	done     chan struct{} // the process has ended
	code     int           // valid once done is closed
}

// start runs the program on a database and waits until it is ready. Further
// settings are NAME=value without the prefix CARILLON_; an empty value leaves a
// variable out.
func start(t *testing.T, database string, settings ...string) *node {
	t.Helper()
	n := &node{t: t, database: database, log: newLogTail(), done: make(chan struct{})}
	n.cmd = exec.Command(binary, "serve")
	n.cmd.Dir = t.TempDir()
	n.cmd.Env = environment(database, settings)
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	if err := n.cmd.Start(); err != nil {
		t.Fatalf("start the program: %v", err)
	}
	go func() {
		defer close(n.done)
		_ = n.cmd.Wait() // the code says it
		n.code = n.cmd.ProcessState.ExitCode()
	}()
	t.Cleanup(func() {
		n.kill()
		if t.Failed() {
			t.Logf("the log of the server at %s ends with:\n%s", n.url, n.log.tail())
		}
	})
	n.awaitReady()
	return n
}

func environment(database string, settings []string) []string {
	values := map[string]string{
		"LISTEN": "127.0.0.1:0", "DATABASE_URL": database, "ADMIN_KEY": adminKey,
		"ENCRYPTION_KEY": encryptionKey, "ALLOW_NETWORKS": loopback,
	}
	for _, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		values[name] = value
	}
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "CARILLON_") {
			env = append(env, entry)
		}
	}
	for name, value := range values {
		if value != "" {
			env = append(env, "CARILLON_"+name+"="+value)
		}
	}
	return env
}

// awaitReady waits for the line that names the address, then for /readyz.
func (n *node) awaitReady() {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), startTime)
	defer cancel()
	select {
	case n.url = <-n.log.listening:
	case <-n.done:
		n.t.Fatalf("the server ended with code %d:\n%s", n.code, n.log.tail())
	case <-ctx.Done():
		n.t.Fatalf("the server did not say where it listens:\n%s", n.log.tail())
	}
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		if status := n.get(ctx, "/readyz"); status == http.StatusOK {
			return
		}
		select {
		case <-time.After(wait):
		case <-n.done:
			n.t.Fatalf("the server ended with code %d:\n%s", n.code, n.log.tail())
		case <-ctx.Done():
			n.t.Fatalf("the server did not become ready:\n%s", n.log.tail())
		}
	}
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
func (n *node) kill() {
	_ = n.cmd.Process.Kill() // it may have ended by itself
	<-n.done
}

// terminate asks the process to stop; wait for its end with await.
func (n *node) terminate() {
	n.t.Helper()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.t.Fatalf("send SIGTERM: %v", err)
	}
}

// await waits until the process has ended in good order.
func (n *node) await() {
	n.t.Helper()
	select {
	case <-n.done:
	case <-time.After(stopTime):
		n.t.Fatalf("the server did not stop:\n%s", n.log.tail())
	}
	if n.code != 0 {
		n.t.Errorf("the server ended with code %d:\n%s", n.code, n.log.tail())
	}
}

func (n *node) admin(tb testing.TB) *testkit.Client {
	return testkit.NewClient(tb, n.url, adminKey)
}

// logTail keeps the end of a server's log and finds the address in it.
type logTail struct {
	listening chan string

	mu    sync.Mutex
	part  []byte // of a line that has not ended yet
	lines []string
}

const keptLines = 100

func newLogTail() *logTail { return &logTail{listening: make(chan string, 1)} }

var address = regexp.MustCompile(`\baddr"?[=:]"?([0-9.:\[\]a-f]+:[0-9]+)`)

func (l *logTail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.part = append(l.part, p...)
	for {
		line, rest, ok := bytes.Cut(l.part, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		l.add(string(line))
		l.part = append([]byte(nil), rest...)
	}
}

func (l *logTail) add(line string) {
	if strings.Contains(line, "msg=attempt") {
		return // one for each message hides the rest
	}
	if len(l.lines) == keptLines {
		l.lines = l.lines[1:]
	}
	l.lines = append(l.lines, line)
	if found := address.FindStringSubmatch(line); found != nil && strings.Contains(line, "listening") {
		select {
		case l.listening <- "http://" + found[1]:
		default:
		}
	}
}

func (l *logTail) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(append(append([]string(nil), l.lines...), string(l.part)), "\n")
}

// command runs another command of the program to its end.
func command(t *testing.T, database string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir, cmd.Env = t.TempDir(), environment(database, nil)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("run the program: %v", err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}
