package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"carillon/testkit"
)

// binary is the program as it is installed; TestMain builds it once.
var binary string

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	folder, err := os.MkdirTemp("", "carillon-app-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "carillon")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if err := testkit.Build(context.Background(), binary, "carillon"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return testkit.Main(m, func() error { return goleak.Find() })
}

// outcome is what became of one run of the program.
type outcome struct {
	code           int
	stdout, stderr string
}

// carillon runs the program in a folder until it ends by itself.
func carillon(t *testing.T, folder string, environ []string, args ...string) outcome {
	t.Helper()
	cmd := command(t, folder, environ, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exited := new(exec.ExitError); err != nil && !errors.As(err, &exited) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func command(t *testing.T, folder string, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := testkit.Command(t.Context(), binary, args...)
	cmd.Dir = folder
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, prefix) {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(cmd.Env, environ...)
	return cmd
}

// transcript is what a program wrote so far; it can be waited for.
type transcript struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{}
}

func newTranscript() *transcript { return &transcript{grown: make(chan struct{})} }

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	close(s.grown)
	s.grown = make(chan struct{})
	return len(p), nil
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// await waits for a piece of text and returns the rest of its line.
func (s *transcript) await(t *testing.T, piece string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		s.mu.Lock()
		text, grown := s.text.String(), s.grown
		s.mu.Unlock()
		if _, after, ok := strings.Cut(text, piece); ok {
			if line, _, whole := strings.Cut(after, "\n"); whole {
				return line
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			t.Fatalf("%q did not come; it wrote:\n%s", piece, text)
		}
	}
}
