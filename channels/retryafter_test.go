package channels

import (
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2024, 3, 30, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]time.Duration{
		"":                                 0,
		"0":                                0,
		"120":                              2 * time.Minute,
		" 7 ":                              7 * time.Second,
		"007":                              7 * time.Second,
		"86400":                            24 * time.Hour,
		"86401":                            24 * time.Hour,
		"9223372036":                       24 * time.Hour,
		"9223372037":                       24 * time.Hour,
		strings.Repeat("9", 5000):          24 * time.Hour,
		"-1":                               0,
		"+1":                               0,
		"1.5":                              0,
		"1e3":                              0,
		"0x10":                             0,
		"soon":                             0,
		"١٢":                               0,
		"5, 10":                            0,
		"Sat, 30 Mar 2024 12:01:00 GMT":    time.Minute,
		"Saturday, 30-Mar-24 12:01:00 GMT": time.Minute,
		"Sat Mar 30 12:01:00 2024":         time.Minute,
		"Sat, 30 Mar 2024 11:59:59 GMT":    0,
		"Fri, 31 Dec 9999 23:59:59 GMT":    24 * time.Hour,
		"Mon, 01 Jan 0001 00:00:00 GMT":    0,
		"2024-03-30T12:01:00Z":             0,
	} {
		if got := RetryAfter(value, noon); got != want {
			t.Errorf("RetryAfter(%.40q) = %s, want %s", value, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"120", "99999999999999999999", "Sat, 30 Mar 2024 12:01:00 GMT", "-1", ""} {
		f.Add(seed, noon.Unix())
	}
	f.Fuzz(func(t *testing.T, value string, now int64) {
		if got := RetryAfter(value, time.Unix(now, 0)); got < 0 || got > MaxRetryAfter {
			t.Errorf("RetryAfter(%q, %d) = %s", value, now, got)
		}
	})
}
