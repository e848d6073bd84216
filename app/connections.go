package app

import (
	"context"
	"log/slog"
	"net"
	"net/http"

	"carillon/limits"
)

const (
	// surplusConnections are taken beyond the setting: for them there is no more
	// than a word on the server's health, so that whoever watches it sees a server
	// that is full, and not one that is gone.
	surplusConnections = 64
	// filesBeside is how many files the server has open beside its clients'
	// connections and its workers': the database's, logs, and what the runtime needs.
	filesBeside = 128
	// leastConnections are tried even where files are scarce.
	leastConnections = 64
)

// maxConnections is the setting, or as many as the process may have files open
// for, where those are fewer.
func (a *App) maxConnections() int {
	most, files := a.cfg.MaxConnections, openFiles()
	if files == 0 {
		return most
	}
	room := max(files-filesBeside-surplusConnections-a.cfg.Workers, leastConnections)
	if room >= most {
		return most
	}
	level := slog.LevelInfo
	if room < most/2 {
		level = slog.LevelWarn
	}
	a.log.Log(a.background.ctx, level, "fewer connections than set, as the process may have no more files open",
		"max_connections", room, "set", most, "open_files", files)
	return room
}

type surplusKey struct{}

// withSurplus marks the requests of a connection beyond the most.
func withSurplus(ctx context.Context, conn net.Conn) context.Context {
	if limits.Surplus(conn) {
		return context.WithValue(ctx, surplusKey{}, true)
	}
	return ctx
}

// withRoom answers on connections beyond the most: in a word, and for the last time.
func withRoom(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(surplusKey{}) == nil {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		if watches(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusServiceUnavailable, map[string]string{"error": "the server has as many connections as it may; come again"})
	})
}

// watches says whether an address is for those who watch the server.
func watches(path string) bool { return path == "/healthz" || path == "/readyz" || path == "/metrics" }
