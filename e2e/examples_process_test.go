package e2e

import (
	"bufio"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// exampleProcess is an example that runs as a process of its own.
type exampleProcess struct {
	url string // behind "waiting for webhooks on"

	t       *testing.T
	command *exec.Cmd
	ended   chan struct{} // closed once the process has ended and its lines are read
	once    sync.Once

	mu    sync.Mutex
	lines []string
	grown chan struct{}
}

// startExample starts an example, which says at which address it waits.
func startExample(t *testing.T, folder string, command ...string) *exampleProcess {
	t.Helper()
	e := &exampleProcess{t: t, command: exec.Command(command[0], command[1:]...), ended: make(chan struct{}), grown: make(chan struct{})}
	read, write := io.Pipe()
	e.command.Dir, e.command.Stdout, e.command.Stderr = folder, write, write
	if err := e.command.Start(); err != nil {
		t.Fatalf("start %s: %v", command[0], err)
	}
	go func() {
		defer close(e.ended)
		scanned := make(chan struct{})
		go func() {
			defer close(scanned)
			e.read(read)
		}()
		_ = e.command.Wait() // its exit code is looked at in stop
		_ = write.Close()
		<-scanned
	}()
	t.Cleanup(func() { e.stop() })
	_, e.url, _ = strings.Cut(e.await("waiting for webhooks on "), " on ")
	return e
}

func (e *exampleProcess) read(from io.Reader) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 32<<20)
	for lines.Scan() {
		e.mu.Lock()
		e.lines = append(e.lines, lines.Text())
		close(e.grown)
		e.grown = make(chan struct{})
		e.mu.Unlock()
	}
}

// await waits for a line that holds a text, and returns it.
func (e *exampleProcess) await(text string) string {
	e.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		e.mu.Lock()
		lines, grown := e.lines, e.grown
		e.mu.Unlock()
		for _, line := range lines {
			if strings.Contains(line, text) {
				return line
			}
		}
		select {
		case <-grown:
			continue
		case <-e.ended:
		case <-timer.C:
		}
		e.t.Fatalf("%q did not come; %s wrote:\n%s", text, e.command.Path, strings.Join(lines, "\n"))
	}
}

// stop asks the process to end, and returns the lines of its whole life.
func (e *exampleProcess) stop() []string {
	e.t.Helper()
	e.once.Do(func() {
		_ = e.command.Process.Signal(syscall.SIGTERM) // it may have ended by itself
		select {
		case <-e.ended:
		case <-time.After(patience):
			_ = e.command.Process.Kill()
			<-e.ended
		}
		if code := e.command.ProcessState.ExitCode(); code != 0 {
			e.t.Errorf("%s ended with code %d:\n%s", e.command.Path, code, strings.Join(e.lines, "\n"))
		}
	})
	return e.lines
}
