package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Program is the server as its users have it: a process of its own.
type Program struct {
	URL string // valid once it is ready

	cmd  *exec.Cmd
	log  *programLog
	done <-chan struct{}
}

// ProgramConfig says what to run.
type ProgramConfig struct {
	Binary   string
	Dir      string            // where it runs
	Settings map[string]string // see Environment
	Log      io.Writer         // a copy of what it prints; may be nil
}

// StartProgram runs the server, and waits until it is ready or ctx ends. The
// kernel ends it with this process.
func StartProgram(ctx context.Context, c ProgramConfig) (*Program, error) {
	p := &Program{cmd: Command(context.WithoutCancel(ctx), c.Binary, "serve"), log: newProgramLog(c.Log)}
	p.cmd.Dir, p.cmd.Env = c.Dir, Environment(c.Settings)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{}
	tie(p.cmd.SysProcAttr)
	var err error
	if p.done, err = run(p.cmd); err != nil {
		return nil, fmt.Errorf("start the program: %w", err)
	}
	if err := p.awaitReady(ctx); err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

// Environment is that of a program with these settings, by name without the
// prefix CARILLON_, and with none of this process's own. Names that begin with OTEL_
// stand as they are.
func Environment(settings map[string]string) []string {
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "CARILLON_") && !strings.HasPrefix(entry, "OTEL_") {
			env = append(env, entry)
		}
	}
	for name, value := range settings {
		if !strings.HasPrefix(name, "OTEL_") {
			name = "CARILLON_" + name
		}
		env = append(env, name+"="+value)
	}
	return env
}

// run starts a process from a thread of its own, as the kernel's death signal is
// sent when the thread that started a process ends. done is closed at its end.
func run(cmd *exec.Cmd) (done <-chan struct{}, err error) {
	ended, started := make(chan struct{}), make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // who waits for done asks how it ended
		}
	}()
	return ended, <-started
}

// awaitReady waits for the line that names the address, then for /readyz.
func (p *Program) awaitReady(ctx context.Context) error {
	select {
	case p.URL = <-p.log.listening:
	case <-p.done:
		return fmt.Errorf("the server ended with code %d:\n%s", p.Code(), p.Tail())
	case <-ctx.Done():
		return fmt.Errorf("the server did not say where it listens: %w:\n%s", ctx.Err(), p.Tail())
	}
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 200*time.Millisecond) {
		if ready(ctx, web, p.URL+"/readyz") {
			return nil
		}
		select {
		case <-time.After(wait):
		case <-p.done:
			return fmt.Errorf("the server ended with code %d:\n%s", p.Code(), p.Tail())
		case <-ctx.Done():
			return fmt.Errorf("the server did not become ready: %w:\n%s", ctx.Err(), p.Tail())
		}
	}
}

func ready(ctx context.Context, web *http.Client, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	answer, err := web.Do(request)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// Signal sends a signal; one to a process that has ended does nothing.
func (p *Program) Signal(s syscall.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %s: %w", s, err)
	}
	return nil
}

// Kill ends the process as a loss of power would, and waits until it is gone.
func (p *Program) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.done
}

// Done is closed once the process has ended.
func (p *Program) Done() <-chan struct{} { return p.done }

// Code is the exit code; valid once Done is closed.
func (p *Program) Code() int { return p.cmd.ProcessState.ExitCode() }

// PID is the id of the process.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Tail is the end of what the process has printed.
func (p *Program) Tail() string { return p.log.tail() }

// programLog keeps the end of a server's log and finds the address in it.
type programLog struct {
	listening chan string
	copied    io.Writer // may be nil

	mu    sync.Mutex
	part  []byte // of a line that has not ended yet
	lines []string
}

const keptLines = 100

func newProgramLog(copied io.Writer) *programLog {
	return &programLog{listening: make(chan string, 1), copied: copied}
}

var listeningAt = regexp.MustCompile(`\baddr"?[=:]"?([0-9.:\[\]a-f]+:[0-9]+)`)

func (l *programLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.copied != nil {
		if _, err := l.copied.Write(p); err != nil {
			return 0, err
		}
	}
	l.part = append(l.part, p...)
	for {
		line, rest, found := bytes.Cut(l.part, []byte("\n"))
		if !found {
			return len(p), nil
		}
		l.add(string(line))
		l.part = rest
	}
}

func (l *programLog) add(line string) {
	if strings.Contains(line, "msg=attempt") {
		return // one for each message hides the rest
	}
	if len(l.lines) == keptLines {
		l.lines = l.lines[1:]
	}
	l.lines = append(l.lines, line)
	if found := listeningAt.FindStringSubmatch(line); found != nil && strings.Contains(line, "listening") {
		select {
		case l.listening <- "http://" + found[1]:
		default:
		}
	}
}

func (l *programLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(append(append([]string(nil), l.lines...), string(l.part)), "\n")
}
