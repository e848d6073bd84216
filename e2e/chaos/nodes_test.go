package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carillon/testkit"
)

const (
	adminKey      = "chaos-administrator-key-of-enough-length"
	encryptionKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

// node is a place where the program runs, again after each of its ends.
type node struct {
	t        *testing.T
	number   int
	database string
	dir      string
	log      string // the file

	mu      sync.Mutex
	program *testkit.Program
	api     *testkit.Client // nil while it is down
}

func newNode(t *testing.T, number int, database string) *node {
	t.Helper()
	n := &node{t: t, number: number, database: database, dir: t.TempDir(),
		log: filepath.Join(t.ArtifactDir(), fmt.Sprintf("node-%d.log", number))}
	t.Cleanup(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.program != nil {
			n.program.Kill()
		}
	})
	return n
}

// start runs the program until it is ready. While the database is away it ends
// by itself and is run again, as a supervisor does.
func (n *node) start(ctx context.Context, key string) error {
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of node %d: %w", n.number, err)
	}
	n.t.Cleanup(func() { _ = log.Close() })
	config := testkit.ProgramConfig{Binary: binary, Dir: n.dir, Log: log, Settings: map[string]string{
		"LISTEN": "127.0.0.1:0", "DATABASE_URL": n.database, "ADMIN_KEY": adminKey,
		"ENCRYPTION_KEY": encryptionKey, "ALLOW_NETWORKS": "127.0.0.0/8",
	}}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		p, err := testkit.StartProgram(ctx, config)
		if err == nil {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.program, n.api = p, testkit.NewClient(n.t, p.URL, key)
			return nil
		}
		if !until(ctx, time.Now().Add(200*time.Millisecond)) {
			return fmt.Errorf("start node %d: %w", n.number, err)
		}
	}
}

// client is nil while the node is down.
func (n *node) client() *testkit.Client {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.api
}

// down takes the program from those who use it.
func (n *node) down() *testkit.Program {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.api = nil
	return n.program
}

// kill ends the program as a loss of power would.
func (n *node) kill() { n.down().Kill() }

// drain asks the program to stop, and waits for its end.
func (n *node) drain() error {
	p := n.down()
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.Done():
	case <-time.After(time.Minute):
		return fmt.Errorf("node %d did not stop:\n%s", n.number, p.Tail())
	}
	if p.Code() != 0 {
		return fmt.Errorf("node %d ended with code %d:\n%s", n.number, p.Code(), p.Tail())
	}
	return nil
}

// pause stops the process for a while. Those who use it are not told.
func (n *node) pause(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	p := n.program
	n.mu.Unlock()
	stopped := p.Signal(syscall.SIGSTOP)
	until(ctx, time.Now().Add(d))
	return errors.Join(stopped, p.Signal(syscall.SIGCONT))
}

// complaints are the last warnings and errors in the node's log, but for those
// of attempts, which endpoints are to blame for.
func (n *node) complaints() string {
	text, err := os.ReadFile(n.log)
	if err != nil {
		return err.Error()
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "level=INFO") && !strings.Contains(line, "msg=attempt") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-shownLines):], "")
}

const shownLines = 25
