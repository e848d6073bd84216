package pgserver

import (
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

// process is a program that runs beside us and never longer than we do.
type process struct {
	pid    int
	exited chan struct{} // closed when it is gone
	said   *tail
}

// launch starts a program from a thread of its own: the kernel's death signal is
// sent when the thread that started a process ends.
func launch(cmd *exec.Cmd) (*process, error) {
	p := &process{exited: make(chan struct{}), said: &tail{}}
	cmd.Stderr = p.said
	tie(cmd.SysProcAttr)
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(p.exited)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // it ends when it is told to, or whoever waits for its answers sees that it is gone
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	p.pid = cmd.Process.Pid
	return p, nil
}

// end sends the signal, and waits until the process is gone.
func (p *process) end(signal syscall.Signal) {
	select {
	case <-p.exited: // its number may be another's by now
	default:
		_ = syscall.Kill(p.pid, signal) // it may be gone this very moment
		<-p.exited
	}
}

// run runs a program to its end.
func run(dir string, as *syscall.Credential, name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr, cmd.Dir = &syscall.SysProcAttr{Credential: as}, dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// tail keeps the end of what a program says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailBytes = 16 << 10

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if n := len(t.text) - tailBytes; n > 0 {
		t.text = append(t.text[:0], t.text[n:]...)
	}
	return len(p), nil
}

// String is what is kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.text))
}
