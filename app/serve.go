package app

import (
	"context"
	"errors"
	"time"

	"github.com/alecthomas/kong"

	"carillon/telemetry"
)

// ErrInterrupted is why a context ends at Ctrl-C.
var ErrInterrupted = errors.New("interrupted")

type serveCommand struct {
	Config      `embed:"" group:"settings"`
	PrintConfig bool `help:"Show the settings in force, secrets masked, and exit."`
}

// config gives Main the settings to check, whichever command embeds them.
func (c *Config) config() *Config { return c }

// Run serves until ctx ends or the server fails.
func (s *serveCommand) Run(ctx context.Context, call *kong.Context, out Output, exported telemetry.Settings) error {
	if s.PrintConfig {
		return printConfig(out.Stdout, call.Flags())
	}
	a, err := start(ctx, s.Config, out, time.Now, func(a *App) { a.exported = exported })
	if err != nil {
		return unlessStopped(ctx, err)
	}
	select {
	case <-ctx.Done():
	case err = <-a.Failed():
	}
	delay := s.DrainDelay
	if errors.Is(context.Cause(ctx), ErrInterrupted) {
		delay = 0 // somebody waits at a terminal, and no balancer asks
	}
	return errors.Join(err, a.closeAfter(context.WithoutCancel(ctx), delay))
}

// unlessStopped takes a start that was cut short by a signal for a stop.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
