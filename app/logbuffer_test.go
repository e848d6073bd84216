package app

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLogLinesShareWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log, buffer := newLogger(Config{LogLevel: "info", LogFormat: "text"}, &out)
		lines := func() int {
			buffer.mu.Lock()
			defer buffer.mu.Unlock()
			return strings.Count(out.String(), "\n")
		}
		log.Info("first")
		if lines() != 1 {
			t.Error("the first line was not written at once")
		}
		for range 50 {
			log.With("a", 1).WithGroup("g").Warn("more")
		}
		if lines() != 1 {
			t.Errorf("%d lines were written within the pause", lines()-1)
		}
		time.Sleep(logPause)
		synctest.Wait()
		if lines() != 51 {
			t.Errorf("%d lines are written after the pause, want 51", lines())
		}
		log.Info("more")
		log.Error("amiss")
		if lines() != 53 {
			t.Errorf("an error and what came before it were not written at once: %d lines", lines())
		}
		log.Info("last")
		buffer.Flush()
		if lines() != 54 {
			t.Errorf("%d lines after the flush, want 54", lines())
		}
		time.Sleep(2 * logPause)
		synctest.Wait()
		log.Info("again")
		if lines() != 55 {
			t.Error("after a pause a line was not written at once")
		}
	})
}
