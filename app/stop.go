package app

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Close stops the server in good order: /readyz says no for the time of the
// setting CARILLON_DRAIN_DELAY, nothing new comes in, streams end, requests and
// messages under way get the time of the setting CARILLON_DRAIN (or until ctx
// ends), what is left is given back. It may be called twice.
func (a *App) Close(ctx context.Context) error { return a.closeAfter(ctx, a.cfg.DrainDelay) }

func (a *App) closeAfter(ctx context.Context, delay time.Duration) error {
	a.closing.Do(func() { a.closed = a.stop(ctx, delay) })
	return a.closed
}

func (a *App) stop(ctx context.Context, delay time.Duration) error {
	a.draining.Store(true)
	a.log.Info("stopping", "delay", delay, "drain", a.cfg.Drain)
	a.linger(ctx, delay)
	ctx, cancel := context.WithTimeout(ctx, a.cfg.Drain)
	defer cancel()

	stopped := make(chan error, 1)
	go func() { stopped <- a.server.Shutdown(ctx) }()
	a.rooms.endStreams(ctx)
	if err := <-stopped; err != nil {
		a.log.Warn("requests were cut short", "error", err)
		_ = a.server.Close() // it can only complain of what is closed already
	}
	if err := a.rooms.engine.Drain(ctx); err != nil {
		a.log.Warn("messages were cut short; they will be sent again", "error", err)
	}
	err := a.release()
	a.log.Info("stopped")
	return err
}

// linger serves as before, but for /readyz, until balancers have noticed.
func (a *App) linger(ctx context.Context, delay time.Duration) {
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case err := <-a.failed: // there is nothing left to serve with
		a.log.Error("the server failed while it was stopping", "error", err)
	case <-ctx.Done():
	}
}

// release lets go of everything that was opened, as far as the start came.
func (a *App) release() (err error) {
	defer a.lines.Flush()
	a.stopMetrics()
	a.background.stop()
	if a.rooms != nil {
		a.rooms.close()
	}
	if a.store != nil {
		if err = a.store.Close(); err != nil {
			err = fmt.Errorf("close the database: %w", err)
		}
	}
	a.stopExport()
	return errors.Join(err, a.lock.Release())
}
