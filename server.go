// Command carillon is the whole product in one program; carillon --help says
// what it can do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"carillon/app"
)

func main() {
	ctx, stop := stopOnSignal(context.Background(), app.ForTerminal(os.Args[1:]))
	code := app.Main(ctx, os.Args[1:], os.Environ(), app.Output{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}

// twice is how long after the first signal another one is the same stop:
// timeout and shells send one to the process and one to its group.
const twice = 100 * time.Millisecond

// stopOnSignal ends the context with the first signal, for a stop in good
// order; the second one ends the program at once. A terminal that goes away
// does not stop a server, and ends what is for the terminal.
func stopOnSignal(parent context.Context, forTerminal bool) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !forTerminal {
		signal.Ignore(syscall.SIGHUP)
	}
	go func() {
		var cause error
		select {
		case s := <-signals:
			if s == os.Interrupt {
				cause = app.ErrInterrupted
			}
		case <-ctx.Done():
			return
		}
		first := time.Now()
		cancel(cause)
		for range signals {
			if time.Since(first) > twice {
				os.Exit(1)
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}
