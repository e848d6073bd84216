package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

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
		Connections: a.rooms.api.Connections, Taken: a.taken.Count, Refused: a.refused, Pools: a.store.Pools, Database: a.store,
	}
	if path, sqlite := a.cfg.sqlitePath(); sqlite {
		s.Free = func() (int64, error) { return freeSpace(filepath.Dir(path)) }
	}
	a.metrics.Watch(s)
}

// refused is what was beyond a limit, by the limit.
func (a *App) refused() map[string]uint64 {
	all := a.rooms.gate.refused()
	all["connections_idle"], all["connections"] = a.taken.Closed()
	return all
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

// openExport begins to send traces and metrics to a collector, where the
// environment names one.
func (a *App) openExport(ctx context.Context, node models.NodeID) (err error) {
	a.export, err = telemetry.NewExport(ctx, telemetry.ExportConfig{
		Settings: a.exported, Metrics: a.metrics, Version: Version, Node: node.String(), Now: a.machine, Log: a.log,
	})
	a.traces = telemetry.NewTracing(a.export, a.machine)
	return err
}

// exportTime bounds how long a stop waits for a collector.
const exportTime = 3 * time.Second

// stopExport sends what is left.
func (a *App) stopExport() {
	ctx, cancel := context.WithTimeout(context.Background(), exportTime)
	defer cancel()
	if err := a.export.Close(ctx); err != nil {
		a.log.Warn("the last traces and metrics could not be exported", "error", err)
	}
}
