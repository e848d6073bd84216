package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// story tells what is known of one delivery, for whoever looks for the cause.
func (e *evidence) story(d *delivery) string {
	var b strings.Builder
	for i := range e.Arrivals {
		if a := &e.Arrivals[i]; a.Kind == d.Kind && slices.Contains(a.Events, d.Event) {
			fmt.Fprintf(&b, "\n    arrived %s to %s, answered %d", clock(a.At), clock(a.End), a.Status)
		}
	}
	for i := range e.Attempts {
		if a := &e.Attempts[i]; a.Delivery == d.ID {
			fmt.Fprintf(&b, "\n    attempt %d %s to %s, answer %d %s", a.Number, clock(a.Started), clock(a.Ended), a.Code, a.Error)
		}
	}
	return b.String()
}

// faults tells when the faults really were.
func (e *evidence) faults() string {
	var b strings.Builder
	for _, f := range e.Faults {
		fmt.Fprintf(&b, "  %s to %s: %s", clock(f.From), clock(f.To), f.Kind)
		if f.Node >= 0 {
			fmt.Fprintf(&b, " of node %d", f.Node)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// lastOf says when the last delivery to each endpoint ended, after a time.
func (e *evidence) lastOf(calm time.Time) string {
	last := map[kind]time.Duration{}
	for i := range e.Deliveries {
		d := &e.Deliveries[i]
		last[d.Kind] = max(last[d.Kind], d.Completed.Sub(calm).Round(100*time.Millisecond))
	}
	var b strings.Builder
	for _, k := range slices.SortedFunc(maps.Keys(last), func(a, b kind) int { return int(last[b] - last[a]) }) {
		fmt.Fprintf(&b, " %s %s", k, last[k])
	}
	return b.String()
}

// summary says how much a run was.
func (e *evidence) summary() string {
	ends := map[string]int{}
	for i := range e.Deliveries {
		ends[e.Deliveries[i].Status]++
	}
	repeats, oldest := e.repeats()
	return fmt.Sprintf("%d faults, %d events answered after %d failed tries, deliveries %v, %d attempts, %d requests arrived; %d deliveries were taken again, of those that had been answered the earliest %s before its fault",
		len(e.Faults), len(e.Published), len(e.Failed), ends, len(e.Attempts), len(e.Arrivals), repeats, oldest.Round(time.Millisecond))
}
