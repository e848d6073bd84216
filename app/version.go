package app

import (
	_ "embed"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// Version is the release that this source is, or is on the way to.
const Version = "0.1.0"

// revision is the commit that the program was built from, as whoever built it
// says: -ldflags "-X carillon/app.revision=…", which can only set a variable.
var revision string

// archived is the commit in a source archive: git writes it there where it makes
// one, and a checkout has the pattern.
//
//go:embed revision.txt
var archived string

type versionCommand struct{}

// Run prints version, commit and Go version.
func (versionCommand) Run(out Output) error {
	return printVersion(out.Stdout)
}

func printVersion(w io.Writer) error {
	_, err := fmt.Fprintf(w, "carillon %s, commit %s, %s\n", Version, built(), runtime.Version())
	return err
}

// built is the commit of this very program.
func built() string {
	info, _ := debug.ReadBuildInfo()
	return commit(revision, archived, info)
}

// commit is what the program was built from: as was said, as Go found it in a
// checkout, or as it stands in an archive. go run does not record it.
func commit(said, archived string, info *debug.BuildInfo) string {
	if said != "" {
		return said
	}
	found, changed := "", ""
	if info != nil {
		for _, setting := range info.Settings {
			switch {
			case setting.Key == "vcs.revision":
				found = setting.Value
			case setting.Key == "vcs.modified" && setting.Value == "true":
				changed = " with changes"
			}
		}
	}
	if found != "" {
		return found + changed
	}
	if archived = strings.TrimSpace(archived); archived != "" && !strings.HasPrefix(archived, "$") {
		return archived
	}
	return "unknown"
}
