package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"

	"carillon/models"
	"carillon/telemetry"
)

// watch gives the metrics what they look at.
func (a *App) watch(clock *clock) {
	s := telemetry.Sources{
		Now:    clock.Now,
		InHand: a.rooms.engine.InHand,
		Following: func() map[string]models.Following {
			return map[string]models.Following{
				"attempts": a.rooms.live.attempts.Following(), "events": a.rooms.live.events.Following(),
				"deliveries": a.rooms.live.updates.Following(),
			}
		},
		Connections: a.rooms.api.Connections, Pools: a.store.Pools, Database: a.store,
	}
	if path, sqlite := a.cfg.sqlitePath(); sqlite {
		s.Free = func() (int64, error) { return freeSpace(filepath.Dir(path)) }
	}
	a.metrics.Watch(s)
}

// listenForMetrics serves /metrics at an address of its own, where there is one.
func (a *App) listenForMetrics(ctx context.Context) error {
	if a.cfg.MetricsListen == "" {
		return nil
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.cfg.MetricsListen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", a.cfg.MetricsListen, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", withDeadlines(a.metrics.Handler()))
	a.watched = &http.Server{
		Handler: withHeaders("", mux), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	a.background.run(func(context.Context) {
		if err := a.watched.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.fail(fmt.Errorf("serve metrics: %w", err))
		}
	})
	a.log.Info("metrics are at an address of their own", "metrics_url", "http://"+listener.Addr().String()+"/metrics")
	return nil
}

// stopMetrics ends what listenForMetrics began. It goes on until the end of a
// stop, so that a drain can be watched.
func (a *App) stopMetrics() {
	if a.watched != nil {
		_ = a.watched.Close() // it can only complain of what is closed already
	}
	if a.metrics != nil {
		a.metrics.Close()
	}
}
