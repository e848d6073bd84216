package docs

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carillon/testkit"
)

// reader does what a page says, in a folder of its own. For it `go run` runs what
// was built already, at addresses that are free.
type reader struct {
	t      *testing.T
	folder string
	env    []string
	known  map[string]string // what was printed, by what a page calls it: ck_…, tnt_…
}

// goRunning stands before the real go in the reader's PATH.
const goRunning = `#!/bin/sh
case "$1 $2" in
"run .") shift 2; exec "$DOCS_CARILLON" "$@" ;;
"run ./examples/receivers/go") shift 2; exec "$DOCS_RECEIVER" --listen 127.0.0.1:0 "$@" ;;
*) echo "go $*: the reader does not know this" >&2; exit 1 ;;
esac
`

func newReader(t *testing.T, env ...string) *reader {
	t.Helper()
	r := &reader{t: t, folder: t.TempDir(), known: map[string]string{}}
	shims := t.TempDir()
	r.tool(shims, "go", goRunning)
	r.env = append(testkit.Environment(nil), append(env, "PATH="+strings.Join([]string{shims, filepath.Dir(programs.carillon), os.Getenv("PATH")}, string(os.PathListSeparator)),
		"DOCS_CARILLON="+programs.carillon, "DOCS_RECEIVER="+programs.receiver)...)
	return r
}

// tool puts a program of the test's own where the reader's shell finds it first.
func (r *reader) tool(folder, name, text string) {
	r.t.Helper()
	if err := testkit.WriteProgram(filepath.Join(folder, name), []byte(text)); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reader) shell(script string) *exec.Cmd {
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", r.fill(script))
	cmd.Dir, cmd.Env = r.folder, r.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a signal reaches what the shell runs
	return cmd
}

// run gives what a command prints; it must succeed.
func (r *reader) run(script string) string {
	r.t.Helper()
	var out, errs bytes.Buffer
	cmd := r.shell(script)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		r.t.Fatalf("%s\n%v\n%s%s", script, err, &out, &errs)
	}
	r.note(out.String())
	return out.String()
}

var shown = regexp.MustCompile(`\b((?:ck|whsec|tnt|chn|whk|evt)_)[\w+/=-]{20,}`)

// note remembers keys and ids as the reader would, to put them where a page cuts
// them short.
func (r *reader) note(printed string) {
	for _, m := range shown.FindAllStringSubmatch(printed, -1) {
		r.known[m[1]+"…"] = m[0]
	}
}

func (r *reader) fill(text string) string {
	for cut, whole := range r.known {
		text = strings.ReplaceAll(text, cut, whole)
	}
	return text
}

// running is something that goes on until Ctrl-C.
type running struct {
	r       *reader
	script  string
	cmd     *exec.Cmd
	ended   chan struct{}
	once    sync.Once
	mu      sync.Mutex
	printed bytes.Buffer
	grown   chan struct{}
}

// start runs a command as in a terminal of its own, until the test's end.
func (r *reader) start(script string) *running {
	r.t.Helper()
	p := &running{r: r, script: script, cmd: r.shell("exec env " + strings.TrimPrefix(script, "env ")), ended: make(chan struct{}), grown: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		r.t.Fatalf("%s: %v", script, err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // how it ended is looked at in interrupt
	}()
	r.t.Cleanup(func() { p.interrupt() })
	return p
}

func (p *running) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.grown)
	p.grown = make(chan struct{})
	return p.printed.Write(text)
}

// await waits for something to be printed, and gives what it found.
func (p *running) await(form string) string {
	p.r.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		p.mu.Lock()
		text, grown := p.printed.String(), p.grown
		p.mu.Unlock()
		if found := regexp.MustCompile(form).FindString(text); found != "" {
			p.r.note(text)
			return found
		}
		select {
		case <-grown:
			continue
		case <-p.ended:
		case <-timer.C:
		}
		p.r.t.Fatalf("%s: %q did not come; it printed\n%s", p.script, form, text)
	}
}

// interrupt is Ctrl-C, after which a program ends in good order.
func (p *running) interrupt() {
	p.r.t.Helper()
	p.once.Do(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT) // it may have ended by itself
		select {
		case <-p.ended:
		case <-time.After(patience):
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
			<-p.ended
		}
		if code := p.cmd.ProcessState.ExitCode(); code != 0 {
			p.r.t.Errorf("%s ended with code %d:\n%s", p.script, code, &p.printed)
		}
	})
}
