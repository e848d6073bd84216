package templates

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones are known where the system has none
)

// zones keeps those that a template has used: the library reads them anew each
// time. Only zones that exist are kept, so there is an end to them.
type zones struct{ known sync.Map }

func (z *zones) load(name string) (*time.Location, error) {
	known, _ := z.known.Load(name)
	if zone, ok := known.(*time.Location); ok {
		return zone, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		return nil, fmt.Errorf("there is no such time zone; give one such as Europe/Berlin or UTC")
	}
	z.known.Store(name, zone)
	return zone, nil
}

const maxLayout = 200

// callDate writes a moment by a layout: the way that 2 January 2006 15:04:05
// would be written, or one of the names below.
func callDate(r *run, args []any) (any, error) {
	layout, err := text(args[0])
	if err != nil {
		return nil, err
	}
	if len(layout) > maxLayout {
		return nil, fmt.Errorf("the layout is longer than %d characters", maxLayout)
	}
	zone := time.UTC
	if len(args) == 3 {
		name, err := text(args[1])
		if err != nil {
			return nil, err
		}
		if zone, err = r.part.zones.load(name); err != nil {
			return nil, err
		}
	}
	t, err := moment(args[len(args)-1])
	if err != nil {
		return nil, err
	}
	s := written(t.In(zone), layout)
	return s, r.spend(len(s))
}

// moment reads a time as events carry them.
func moment(v any) (time.Time, error) {
	if n, ok := v.(number); ok {
		x, _, err := n.exact()
		if err != nil {
			return time.Time{}, err
		}
		seconds, _ := x.Float64()
		// From the year 5138 on, seconds have as many digits as milliseconds of today.
		if seconds >= 1e11 || seconds <= -1e11 {
			seconds /= 1000
		}
		if seconds >= 1e11 || seconds <= -1e11 {
			return time.Time{}, fmt.Errorf("the number is no time; give seconds or milliseconds since 1970")
		}
		return time.UnixMilli(int64(seconds * 1000)), nil
	}
	s, _ := v.(string)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("this is %s that holds no time; a time is written as 2024-03-30T10:15:00Z", kindOf(v))
}

func written(t time.Time, layout string) string {
	switch strings.ToLower(layout) {
	case "iso":
		return t.Format("2006-01-02T15:04:05Z07:00")
	case "date":
		return t.Format("2 January 2006")
	case "time":
		return t.Format("15:04")
	case "datetime":
		return t.Format("2 January 2006, 15:04")
	case "email":
		return t.Format(time.RFC1123Z)
	case "unix":
		return strconv.FormatInt(t.Unix(), 10)
	}
	return t.Format(layout)
}
