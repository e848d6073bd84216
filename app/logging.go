package app

import (
	"fmt"
	"io"
	"log/slog"
)

func parseLevel(s string) (slog.Level, error) {
	switch s {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("%q is not a level; give debug, info, warn or error", s)
}

// newLogger writes the server's log, in a buffer that is to be flushed at the
// end; the settings have been checked before.
func newLogger(cfg Config, w io.Writer) (*slog.Logger, *logBuffer) {
	level, err := parseLevel(cfg.LogLevel)
	if err != nil {
		level = slog.LevelInfo
	}
	buffer, opts := &logBuffer{w: w}, &slog.HandlerOptions{Level: level}
	var lines slog.Handler = slog.NewTextHandler(buffer, opts)
	if cfg.LogFormat == "json" {
		lines = slog.NewJSONHandler(buffer, opts)
	}
	return slog.New(promptHandler{lines, buffer}), buffer
}
