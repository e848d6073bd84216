package app

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// Version is the release that this source is, or is on the way to.
const Version = "0.1.0"

type versionCommand struct{}

// Run prints version, commit and Go version.
func (versionCommand) Run(out Output) error {
	return printVersion(out.Stdout)
}

func printVersion(w io.Writer) error {
	_, err := fmt.Fprintf(w, "carillon %s, commit %s, %s\n", Version, commit(), runtime.Version())
	return err
}

// commit is what the program was built from; go run does not record it.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, changed := "unknown", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			revision = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = " with changes"
		}
	}
	return revision + changed
}
