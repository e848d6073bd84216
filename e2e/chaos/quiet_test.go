package chaos

import (
	"slices"
	"time"
)

// quietGrace is how long after a channel was closed the nodes may still begin
// what they have in hand.
const quietGrace = time.Second

// checkPauses: nothing leaves for a channel that is paused.
func checkPauses(e *evidence, r *report) {
	for _, p := range e.Pauses {
		e.checkQuiet(r, paused, p.From.Add(quietGrace), p.To)
	}
}

// checkQuiet finds arrivals within a time in which there was no fault: who stands
// still, or is cut off, may not have heard of what closed the channel.
func (e *evidence) checkQuiet(r *report, k kind, from, to time.Time) {
	if e.troubled(anything, from.Add(-quietGrace), to, recordTime) {
		return
	}
	for i := range e.Arrivals {
		if a := &e.Arrivals[i]; a.Kind == k && a.At.After(from) && a.At.Before(to) {
			r.add("message %s arrived at %s at %s, while nothing should from %s to %s", a.Message, k, clock(a.At), clock(from), clock(to))
		}
	}
}

// checkDisabled: after the failures in a row that the channel allows, or an
// answer of 410, it is quiet until it is resumed.
func checkDisabled(e *evidence, r *report) {
	most := e.Plan.channel(fragile).Disable
	kinds := map[string]kind{}
	for i := range e.Deliveries {
		kinds[e.Deliveries[i].ID] = e.Deliveries[i].Kind
	}
	failures := 0
	var open time.Time // the last resumption
	for i := range e.Attempts {
		a := &e.Attempts[i]
		if kinds[a.Delivery] != fragile || a.Started.Before(open) {
			continue // what was under way when it was disabled tells nothing new
		}
		switch failures++; {
		case a.Succeeded:
			failures = 0
		case failures == most || a.Code == 410:
			failures, open = 0, e.resumedAfter(a.Ended)
			e.checkQuiet(r, fragile, a.Ended.Add(quietGrace), open)
		}
	}
}

// resumedAfter is when the caretaker next resumed the channel that was disabled;
// without one nothing is known.
func (e *evidence) resumedAfter(at time.Time) time.Time {
	for _, resumed := range e.Resumed {
		if resumed.After(at) {
			return resumed
		}
	}
	return at
}

// pauseAsked is what endpoints ask for with Retry-After.
const pauseAsked = time.Second

// checkHolds: a pause that the endpoint asked for holds the whole channel.
func checkHolds(e *evidence, r *report) {
	for i := range e.Arrivals {
		a := &e.Arrivals[i]
		if pauses := a.Status == 429 || a.Paused; pauses && slices.Contains([]kind{throttled, limited}, a.Kind) {
			e.checkQuiet(r, a.Kind, a.End.Add(pauseAsked/2), a.End.Add(pauseAsked-clockSlack))
		}
	}
}
