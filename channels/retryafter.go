package channels

import (
	"net/http"
	"strings"
	"time"
)

// MaxRetryAfter bounds how long a receiver can ask for a pause.
const MaxRetryAfter = 24 * time.Hour

// RetryAfter reads the Retry-After header in both of its forms, seconds and a
// date, which is taken relative to now. What is neither, or lies in the past, is 0.
func RetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		return retrySeconds(value)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), MaxRetryAfter)
}

// retrySeconds reads digits of any length; a number too large to hold is the most.
func retrySeconds(digits string) time.Duration {
	var wait time.Duration
	for _, c := range digits {
		wait = wait*10 + time.Duration(c-'0')*time.Second
		if wait > MaxRetryAfter {
			return MaxRetryAfter
		}
	}
	return wait
}
