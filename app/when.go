package app

import (
	"fmt"
	"time"

	"carillon/models"
)

// direction is where a length of time leads from now.
type direction time.Duration

const (
	ago     direction = -1
	fromNow direction = 1
)

// parseWhen reads a time, or a length of time.
func parseWhen(s string, now time.Time, way direction) (time.Time, error) {
	if d, err := models.ParseDuration(s); err == nil {
		return now.Add(time.Duration(way) * d).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		length := "how long ago, such as 5m or 24h"
		if way == fromNow {
			length = "how long from now, such as 720h"
		}
		return at, fmt.Errorf("%q is neither a time such as 2027-01-31T00:00:00Z nor %s", s, length)
	}
	return at.UTC(), nil
}
