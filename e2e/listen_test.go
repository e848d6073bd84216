package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carillon/testkit"
)

// listening is carillon listen, or another command that goes on, in a process
// of its own.
type listening struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string // of its output

	mu    sync.Mutex
	notes strings.Builder
}

func listen(t *testing.T, url, key string, args ...string) *listening {
	t.Helper()
	l := &listening{t: t, cmd: testkit.Command(context.WithoutCancel(t.Context()), binary, args...), lines: make(chan string, 10_000)}
	l.cmd.Dir = t.TempDir()
	l.cmd.Env = testkit.Environment(map[string]string{"URL": url, "KEY": key})
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	l.cmd.Stderr = l
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(l.lines)
		for from := bufio.NewReader(out); ; {
			line, err := from.ReadString('\n')
			if err != nil {
				return
			}
			l.lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	t.Cleanup(func() {
		_ = l.cmd.Process.Kill()
		<-read
		_ = l.cmd.Wait()
	})
	return l
}

// Write takes what the process tells beside its output.
func (l *listening) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.notes.Write(p)
}

func (l *listening) told() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.notes.String()
}

// until waits until the process has told a piece of text.
func (l *listening) until(piece string) {
	l.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(startTime)
	for !strings.Contains(l.told(), piece) {
		select {
		case <-tick.C:
		case <-limit:
			l.t.Fatalf("%q was not told:\n%s", piece, l.told())
		}
	}
}

func (l *listening) next() string {
	l.t.Helper()
	select {
	case line, open := <-l.lines:
		if !open {
			l.t.Fatalf("it ended:\n%s", l.told())
		}
		return line
	case <-time.After(startTime):
		l.t.Fatalf("no line came:\n%s", l.told())
		return ""
	}
}

// interrupt is Ctrl-C, which must end it well and leave nothing unread.
func (l *listening) interrupt() {
	l.t.Helper()
	if err := l.cmd.Process.Signal(os.Interrupt); err != nil {
		l.t.Fatal(err)
	}
	for line := range l.lines {
		l.t.Errorf("one line more: %s", line)
	}
	if err := l.cmd.Wait(); err != nil {
		l.t.Errorf("Ctrl-C: %v\n%s", err, l.told())
	}
}

// TestListenOverRestarts: events that are published before, between and after
// restarts of the server, one of them a kill, come to the terminal and to the
// local address once each and in order. Attempts are followed the same way.
func TestListenOverRestarts(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		first := start(t, database)
		address := "LISTEN=" + strings.TrimPrefix(first.url, "http://")
		w := newWorld(t, first)
		theirs, ours := testkit.NewReceiver(t), testkit.NewReceiver(t)
		w.webhook("*", w.channel(theirs.URL, nil))
		c := listen(t, first.url, w.api.Key, "listen", "--json", "--types", "a.*", "--forward-to", ours.URL)
		a := listen(t, first.url, w.api.Key, "attempts", "--follow", "--json")
		c.until("Forwarding to")
		a.until("Following")

		var published []string
		publish := func() {
			for range 20 {
				w.publish("b.other", `{}`)
				published = append(published, w.publish("a.listened", `{"n":1.10}`))
			}
		}
		n := first
		for round, stop := range []func(){func() { n.terminate(); n.await() }, func() { n.kill() }} {
			publish()
			stop()
			if round == 0 {
				c.until("Trying again in")
			}
			n = start(t, database, address)
			publish() // before, while or after it is connected again
		}
		c.until("Connected again, where it was.")
		publish()
		for i, id := range published {
			var event struct {
				ID   string
				Data json.RawMessage
			}
			line := c.next()
			if err := json.Unmarshal([]byte(line), &event); err != nil || event.ID != id || string(event.Data) != `{"n":1.10}` {
				t.Fatalf("line %d is %s, want %s", i+1, line, id)
			}
		}
		ours.Wait(len(published), startTime)
		for id, times := range ours.IDs() {
			if times != 1 {
				t.Errorf("%s was forwarded %d times", id, times)
			}
		}
		seen := map[string]int{}
		for len(seen) < 2*len(published) {
			var attempt struct {
				ID, Status string
				Event      struct{ ID string }
			}
			line := a.next()
			if err := json.Unmarshal([]byte(line), &attempt); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if seen[attempt.ID]++; seen[attempt.ID] > 1 {
				t.Fatalf("%s came twice", attempt.ID)
			}
		}
		c.interrupt()
		if err := a.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		for range a.lines { // a kill may have repeated attempts
		}
		if err := a.cmd.Wait(); err != nil {
			t.Errorf("Ctrl-C: %v\n%s", err, a.told())
		}
	})
}

// TestAReaderThatLeaves: `carillon attempts | head` ends in silence.
func TestAReaderThatLeaves(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.SQLite(t))
	w := newWorld(t, n)
	receiver := testkit.NewReceiver(t)
	w.webhook("*", w.channel(receiver.URL, nil))
	for range 3 {
		w.publish("a.b", `{}`)
	}
	receiver.Wait(3, startTime)
	for _, args := range [][]string{{"listen", "--since", "1h"}, {"attempts", "--follow"}} {
		cmd := testkit.Command(context.WithoutCancel(t.Context()), binary, args...)
		cmd.Env = testkit.Environment(map[string]string{"URL": n.url, "KEY": w.api.Key})
		out, in, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var notes strings.Builder
		cmd.Stdout, cmd.Stderr = in, &notes
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_ = in.Close()
		line, err := bufio.NewReaderSize(out, 16).ReadString('\n')
		_ = out.Close()
		if err != nil || !strings.HasPrefix(line, "20") {
			t.Errorf("%q, %v", line, err)
		}
		w.publish("a.b", `{}`) // whose line has nobody to read it
		_ = cmd.Wait()
		if text := notes.String(); strings.Contains(text, "carillon:") || strings.Contains(text, "pipe") {
			t.Errorf("%s: %q", args, text)
		}
	}
}

// TestATerminalThatGoesAway ends what was for the terminal, and no server.
func TestATerminalThatGoesAway(t *testing.T) {
	t.Parallel()
	// What this process ignores, as under nohup, its children would ignore too.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(hangups) })
	n := start(t, testkit.SQLite(t))
	w := newWorld(t, n)
	for _, args := range [][]string{{"listen"}, {"attempts", "--follow"}} {
		l := listen(t, n.url, w.api.Key, args...)
		l.until("Ctrl-C ends it")
		if err := l.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for range l.lines {
		}
		_ = l.cmd.Wait()
		if state := l.cmd.ProcessState.Sys().(syscall.WaitStatus); state.Signal() != syscall.SIGHUP {
			t.Errorf("%s: %s", args, l.cmd.ProcessState)
		}
	}
	n.signal(syscall.SIGHUP)
	if status := n.get(t.Context(), "/healthz"); status != 200 {
		t.Errorf("the server answers %d", status)
	}
}
