package app

import (
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

func TestDemoTakesAnotherPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	moved, elsewhere, err := demoListener(t.Context(), "", address)
	if err != nil || !elsewhere || moved.Addr().String() == address {
		t.Fatalf("%v, %v", elsewhere, err)
	}
	defer moved.Close()
	if _, _, err := demoListener(t.Context(), address, ""); err == nil || !strings.Contains(err.Error(), "listen on "+address) {
		t.Errorf("one that was asked for: %v", err)
	}
	usual, elsewhere, err := demoListener(t.Context(), "", "127.0.0.1:0")
	if err != nil || elsewhere {
		t.Fatalf("%v, %v", elsewhere, err)
	}
	_ = usual.Close()
}

func TestDemoThatCannotStartLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for listen, want := range map[string]outcome{
		taken.Addr().String(): {code: exitFailed, stderr: "listen on " + taken.Addr().String()},
		"nonsense":            {code: exitUsage, stderr: "--listen"},
	} {
		temporary := t.TempDir()
		got := carillon(t, t.TempDir(), []string{"TMPDIR=" + temporary}, "demo", "--listen", listen)
		if got.code != want.code || !strings.Contains(got.stderr, want.stderr) || strings.Count(got.stderr, "\n") != 1 {
			t.Errorf("%s: %+v", listen, got)
		}
		empty(t, temporary)
	}
}

func empty(t *testing.T, folder string) {
	t.Helper()
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// demoProgram runs carillon demo, and returns it with what it printed up to its link.
func demoProgram(t *testing.T, folder, temporary string, environ ...string) *running {
	t.Helper()
	cmd := command(t, folder, append(environ, "TMPDIR="+temporary), "demo", "--listen", "127.0.0.1:0")
	s := startCommand(t, cmd)
	s.stdout.await(t, "Ctrl-C ends")
	return s
}

// TestDemoProgram ends it in each way, and starts it beside what a killed one left.
func TestDemoProgram(t *testing.T) {
	t.Parallel()
	folder, temporary := t.TempDir(), t.TempDir()
	killed := demoProgram(t, folder, temporary)
	killed.signal(os.Kill)
	killed.code()
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) != 1 {
		t.Fatalf("a killed demo left %v, %v", left, err)
	}
	if err := os.RemoveAll(temporary + "/" + left[0].Name()); err != nil {
		t.Fatal(err)
	}
	for _, end := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		s := demoProgram(t, folder, temporary, "CARILLON_DATABASE_URL=postgres://nobody@127.0.0.1:1/none", "CARILLON_BOGUS=1", "CARILLON_URL=http://127.0.0.1:1")
		text := s.stdout.String()
		if links := regexp.MustCompile(`http://127\.0\.0\.1:\d+/#token=cs_\S+`).FindAllString(text, -1); len(links) != 1 {
			t.Errorf("links: %v", links)
		}
		if !strings.Contains(text, "alone: CARILLON_BOGUS, CARILLON_DATABASE_URL.") || !regexp.MustCompile(`CARILLON_URL=http://\S+ CARILLON_KEY=ck_\S+\n`).MatchString(text) {
			t.Errorf("it printed:\n%s", text)
		}
		s.signal(end)
		if code := s.code(); code != exitDone || s.stderr.String() != "" || !strings.Contains(s.stdout.String(), "left nothing behind") {
			t.Errorf("%v: exit code %d\n%s%s", end, code, s.stdout, s.stderr)
		}
		empty(t, temporary)
	}
	empty(t, folder)
}
