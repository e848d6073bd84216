package models

import (
	"fmt"
	"strings"
	"time"
)

// FormatDuration writes d as the contract has it: 500ms, 10s, 5m, 24h.
func FormatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// ParseDuration reads what FormatDuration writes. Negative lengths are refused.
func ParseDuration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a length of time such as 500ms, 10s, 5m or 24h", clip(s, 64))
	}
	return d, nil
}
