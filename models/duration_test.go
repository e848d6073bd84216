package models_test

import (
	"strings"
	"testing"
	"time"

	"carillon/models"
)

func TestFormatDuration(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"0s":         0,
		"1ns":        1,
		"1.5µs":      1500,
		"500ms":      500 * time.Millisecond,
		"10s":        10 * time.Second,
		"1.25s":      1250 * time.Millisecond,
		"1m":         time.Minute,
		"10m":        10 * time.Minute,
		"1m40s":      100 * time.Second,
		"1h":         time.Hour,
		"1h10m":      70 * time.Minute,
		"1h0m5s":     time.Hour + 5*time.Second,
		"10h":        10 * time.Hour,
		"24h":        24 * time.Hour,
		"720h":       30 * 24 * time.Hour,
		"1h30m0.5s":  90*time.Minute + 500*time.Millisecond,
		"100h0m0.1s": 100*time.Hour + 100*time.Millisecond,
	} {
		if got := models.FormatDuration(d); got != want {
			t.Errorf("%d ns is written %s, want %s", d, got, want)
		}
	}
}

func TestParseDurationRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", " ", "5", "5 s", "s", "-1s", "1d", "10S", "1e3s", "∞", "9999999999h", strings.Repeat("1", 1000) + "s", "1s\x00"} {
		d, err := models.ParseDuration(bad)
		if err == nil {
			t.Errorf("%q was read as %s", bad, d)
		} else if len(err.Error()) > 300 {
			t.Errorf("the error repeats %d characters", len(err.Error()))
		}
	}
}

func FuzzDuration(f *testing.F) {
	f.Add(int64(0))
	f.Add(int64(time.Hour))
	f.Add(int64(61 * time.Minute))
	f.Fuzz(func(t *testing.T, n int64) {
		if n < 0 {
			return
		}
		text := models.FormatDuration(time.Duration(n))
		got, err := models.ParseDuration(text)
		if err != nil || got != time.Duration(n) {
			t.Fatalf("%d ns is written %q and read as %d, %v", n, text, got, err)
		}
	})
}

func FuzzParseDuration(f *testing.F) {
	for _, seed := range []string{"500ms", "10s", "5m", "24h", "-1s", "1h1", ".s", "+5m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := models.ParseDuration(text)
		if err == nil && d < 0 {
			t.Fatalf("%q was read as %d", text, d)
		}
	})
}
