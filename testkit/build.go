package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// moduleSources lists what a package of this module is built from, a path a line.
const moduleSources = `{{if not .Standard}}{{with .Module}}{{if .Main}}` +
	`{{.GoMod}}{{"\n"}}{{range $.GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{range $.EmbedFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}` +
	`{{end}}{{end}}{{end}}`

// built are the sources of each program that was built here.
var built sync.Map // by the program's path: []string

// Build compiles a program of this module for tests that run it, by StartProgram
// or Command.
//
// They look at its sources. go test keeps the results of a test until the test's
// own binary changes, or a file that the test looked at: without that it would give
// the result of a program that is no more. An import of the program's packages would
// not do, since the linker drops what nobody calls; nor does a look in TestMain,
// before go test begins to take notes.
//
// Where the tests look for races, so does the program; Main tells what it found.
func Build(ctx context.Context, to, program string) error {
	args := []string{"build", "-buildvcs=false", "-o", to}
	if Racing {
		if _, err := raceReports(); err != nil {
			return err
		}
		args = append(args, "-race")
	}
	if out, err := exec.CommandContext(ctx, "go", append(args, program)...).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", program, err, out)
	}
	sources, err := exec.CommandContext(ctx, "go", "list", "-deps", "-f", moduleSources, program).Output()
	if err != nil {
		return fmt.Errorf("list the sources of %s: %w", program, err)
	}
	built.Store(to, strings.Split(strings.TrimSpace(string(sources)), "\n"))
	look(to)
	return nil
}

// Command runs a program that was built here.
func Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	look(program)
	return exec.CommandContext(ctx, program, args...)
}

func look(program string) {
	sources, found := built.Load(program)
	if !found {
		return
	}
	for _, source := range sources.([]string) {
		_, _ = os.Stat(source) // a source that is gone makes go test forget, too
	}
}

// WriteProgram writes a file that can be run. A process that is started meanwhile
// would have it open for writing for a moment, and what is being written to cannot
// be run (golang/go#22315), so none is.
func WriteProgram(path string, content []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, content, 0o755)
}

// raceReports is the folder that the programs write their races to: nearly all are
// killed at the end of a test, and nobody sees the exit code that would tell of one.
var raceReports = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "carillon-races-")
	if err != nil {
		return "", err
	}
	return dir, os.Setenv("GORACE", "log_path="+filepath.Join(dir, "race"))
})

// programRaces are those that the programs had.
func programRaces() error {
	dir, err := raceReports()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	files, err := filepath.Glob(filepath.Join(dir, "race.*"))
	if err != nil {
		return err
	}
	var found []string
	for _, file := range files {
		report, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		found = append(found, string(report))
	}
	if found == nil {
		return nil
	}
	return errors.New("a program has data races:\n" + strings.Join(found, "\n"))
}
