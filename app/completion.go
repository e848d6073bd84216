package app

import (
	_ "embed"
	"io"
)

//go:embed completion/carillon.bash
var bashCompletion string

//go:embed completion/carillon.zsh
var zshCompletion string

//go:embed completion/carillon.fish
var fishCompletion string

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints the script. All three ask the program itself what may stand next, so
// that they are right for every version.
func (c *completionCommand) Run(out Output) error {
	script := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}[c.Shell]
	_, err := io.WriteString(out.Stdout, script)
	return err
}
