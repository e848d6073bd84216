// Package app assembles the server from its rooms. It owns the settings, the
// order of starting and stopping, the addresses and the commands. It decides
// nothing about events or deliveries: it hands each room what it needs.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// Exit codes of every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or settings
)

// Output is where a command writes, and reads; nil parts discard, and are empty.
type Output struct {
	Stdin  io.Reader
	Stdout io.Writer // what was asked for
	Stderr io.Writer // the log, and what went wrong
}

func (o Output) withDefaults() Output {
	if o.Stdin == nil {
		o.Stdin = strings.NewReader("")
	}
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	if o.Stderr == nil {
		o.Stderr = io.Discard
	}
	return o
}

// program is the command line.
type program struct {
	Help helpFlag `short:"h" help:"Show this."`

	Serve      serveCommand      `cmd:"" default:"withargs" help:"Run the server (the default): API and delivery engine."`
	Demo       demoCommand       `cmd:"" help:"Run a throw-away server with receivers for all kinds of channels, sample data and a stream of events: the product to see."`
	Publish    publishCommand    `cmd:"" help:"Publish an event to a running server, or many from a file."`
	Listen     listenCommand     `cmd:"" help:"Show events as they are published, and forward them to a local address, signed."`
	Attempts   attemptsCommand   `cmd:"" help:"Show the log of delivery attempts, and follow it live."`
	Template   templateCommands  `cmd:"" help:"Payload templates."`
	Key        keyCommands       `cmd:"" help:"API keys, straight in the database."`
	Tenant     tenantCommands    `cmd:"" help:"Tenants as files, straight from and to the database."`
	Migrate    migrateCommand    `cmd:"" help:"Bring the database's schema up to date, one step back, or show where it stands; put secrets under a new encryption key."`
	Backup     backupCommand     `cmd:"" help:"Copy a SQLite database while a server works on it."`
	Doctor     doctorCommand     `cmd:"" help:"Check database, clock, disk, keys, SMTP and a running server, and follow an event the whole way."`
	Completion completionCommand `cmd:"" help:"Print a script that completes commands and flags in bash, zsh or fish."`
	Version    versionCommand    `cmd:"" help:"Show version, commit and Go version."`
	Candidates candidatesCommand `cmd:"" name:"__complete" hidden:"" help:"What may stand next on a command line, for the scripts of completion."`
}

// Main runs one command and returns the exit code. When ctx ends, the server
// stops in good order.
func Main(ctx context.Context, args, environ []string, out Output) int {
	out = out.withDefaults()
	err := run(ctx, args, environ, out)
	if err == nil || errors.Is(err, errHelpShown) || errors.Is(err, syscall.EPIPE) {
		return exitDone // whoever read the output had enough
	}
	_, _ = fmt.Fprintf(out.Stderr, "carillon: %s\n", plain(oneLine(err)))
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitFailed
}

func run(ctx context.Context, args, environ []string, out Output) error {
	env := newEnvironment(environ)
	parser, err := newParser(&program{}, env, out)
	if err != nil {
		return err
	}
	call, err := parser.Parse(helpAsFlag(args))
	if err != nil {
		if wrong := wrongCommand(parser.Model.Node, args); wrong != nil && !errors.Is(err, errHelpShown) {
			return &usageError{wrong}
		}
		return asUsage(err)
	}
	if err := checkSettings(call, env); err != nil {
		return &usageError{err}
	}
	call.BindTo(ctx, (*context.Context)(nil))
	call.Bind(out, call, env, newScreen(out, environ))
	return explained(call.Run())
}

func newParser(p *program, env environment, out Output) (*kong.Kong, error) {
	return kong.New(p,
		kong.Name("carillon"),
		kong.Description("Carillon takes events by GraphQL, delivers them to webhooks, tries again for days, and shows every attempt live."),
		kong.Writers(out.Stdout, out.Stderr),
		kong.NoDefaultHelp(),
		kong.Resolvers(env),
		kong.ExplicitGroups([]kong.Group{
			{Key: connection, Title: "Which server, and as whom:"},
			{Key: settings, Title: "Settings (each also a variable):"},
		}),
		kong.ValueFormatter(describe),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
}

// describe adds a flag's variable and default to its help.
func describe(v *kong.Value) string {
	name := variableOf(v)
	if name == "" {
		return v.Help
	}
	text := strings.TrimSuffix(v.Help, ".") + " (" + name
	if v.HasDefault {
		text += ", " + v.Default
	}
	return text + ")."
}

// checkSettings looks at the settings of a command that has some.
func checkSettings(call *kong.Context, env environment) error {
	holder, ok := call.Selected().Target.Addr().Interface().(interface{ config() *Config })
	if !ok {
		return nil
	}
	if err := env.unknown(call.Flags()); err != nil {
		return err
	}
	err := holder.config().Check()
	var wrong *SettingError
	if errors.As(err, &wrong) && fromFlag(call, wrong.Setting) {
		return fmt.Errorf("--%s: %s", wrong.Setting, wrong.Message)
	}
	return err
}

// fromFlag says whether a setting was given on the command line.
func fromFlag(call *kong.Context, setting string) bool {
	for _, path := range call.Path {
		if path.Flag != nil && path.Flag.Name == setting && !path.Resolved {
			return true
		}
	}
	return false
}

// usageError is wrong usage or a wrong setting: exit code 2.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// asUsage takes what the parser says: an error about a variable names that
// alone; one about the command line points to the help.
func asUsage(err error) error {
	if errors.Is(err, errHelpShown) {
		return err
	}
	var setting *SettingError
	if errors.As(err, &setting) {
		return &usageError{setting}
	}
	return &usageError{fmt.Errorf("%w (carillon --help shows what there is)", err)}
}

// oneLine keeps an error with several parts on one line.
func oneLine(err error) string {
	return strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
}

var errHelpShown = errors.New("help was shown")

// helpFlag shows the help of the command that it stands behind.
type helpFlag bool

// IgnoreDefault keeps kong from asking for a default.
func (helpFlag) IgnoreDefault() {}

// BeforeReset comes before any setting is read, so that help needs none.
func (helpFlag) BeforeReset(call *kong.Context) error {
	return errors.Join(call.PrintUsage(false), errHelpShown)
}
