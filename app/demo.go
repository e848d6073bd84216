package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

type demoCommand struct {
	Listen string `placeholder:"HOST:PORT" help:"Address of the HTTP server; port 0 takes a free one. When it is left out 127.0.0.1:8080, or a free port where that is taken."`
}

// demoListen is where the demo listens unless told otherwise.
const demoListen = "127.0.0.1:8080"

// Run shows the product until ctx ends, the terminal goes away or the server fails.
func (c *demoCommand) Run(ctx context.Context, env environment, out Output) (err error) {
	if c.Listen != "" && !listenable(c.Listen) {
		return &usageError{fmt.Errorf("--listen: %q is not an address such as %s", c.Listen, demoListen)}
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // a server outlives its terminal, a demo does not
	defer stop()
	d, err := startDemo(ctx, c.Listen, out)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	if err := d.greet(out.Stdout, env); err != nil {
		return errors.Join(err, d.Close(context.WithoutCancel(ctx)))
	}
	select {
	case <-ctx.Done():
	case err = <-d.app.Failed():
	}
	if err = errors.Join(err, d.Close(context.WithoutCancel(ctx))); err == nil {
		_, _ = fmt.Fprintln(out.Stdout, "\nThe demo has ended, and left nothing behind.") // a terminal may be gone
	}
	return err
}

// greet says what runs where, and how to go on.
func (d *demoServer) greet(w io.Writer, env environment) error {
	var notes strings.Builder
	if d.moved {
		fmt.Fprintf(&notes, "%s is taken, so the demo listens on %s.\n", demoListen, d.app.Addr())
	}
	if given := env.settings(); len(given) > 0 {
		fmt.Fprintf(&notes, "The demo has settings of its own, and leaves those of the environment alone: %s.\n", strings.Join(given, ", "))
	}
	_, err := fmt.Fprintf(w, `Carillon with a shop and a CRM to look at. Everything stays on this machine, and is gone at the end.
%s
  Open this link, which logs you in for 24 hours:

    %s

  HTTP, Slack and SMS are received at %s, email at %s; the console shows what arrives.

  For carillon publish, listen and attempts, in another terminal, with a key of Fernhill Shop:

    export CARILLON_URL=%s CARILLON_KEY=%s

  Ctrl-C ends the demo.

`, notes.String(), d.link, d.demo.WebURL(), d.demo.MailAddress(), d.app.URL(), d.key.Reveal())
	if err != nil {
		return fmt.Errorf("show the link: %w", err)
	}
	return nil
}

// settings are the variables that are no client's, by name.
func (env environment) settings() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(env)), func(name string) bool { return slices.Contains(clientVariables(), name) })
}
