package chaos

import (
	"slices"
	"time"
)

// checkRepeats: whatever arrived and was not recorded, or was taken twice, was
// under way at a fault that loses work. Without faults there is none.
func checkRepeats(e *evidence, r *report) {
	attempts, visits := e.attemptsOf(), e.visits()
	for i := range e.Deliveries {
		d := &e.Deliveries[i]
		recorded := attempts[d.ID]
		var arrived, taken, explained, takenExplained int
		for _, a := range visits[deliveryKey{d.Event, d.Kind}] {
			known := a.taken() && !a.missedBy(recorded)
			arrived++
			if known {
				taken++
			}
			if e.underWay(a) {
				explained++
				if known {
					takenExplained++
				}
			}
		}
		if arrived-len(recorded) > explained {
			r.add("delivery %s of event %s arrived at %s %d times, %d attempts are recorded, and %d were under way at faults: %s",
				d.ID, d.Event, d.Kind, arrived, len(recorded), explained, e.story(d))
		}
		if taken-1 > takenExplained {
			r.add("delivery %s of event %s was taken by %s %d times, and %d of them were under way at faults: %s",
				d.ID, d.Event, d.Kind, taken, takenExplained, e.story(d))
		}
	}
}

// missedBy says that the sender had hung up before it read the answer, on a
// machine that is busy or after it stood still: its attempt tells of none.
func (a *arrival) missedBy(attempts []*attempt) bool {
	return slices.ContainsFunc(attempts, func(t *attempt) bool {
		return !t.Succeeded && t.Code == 0 && a.At.After(t.Started.Add(-clockSlack)) && a.At.Before(t.Ended.Add(clockSlack))
	})
}

// loses says that a fault makes work be done again: a dead node leaves nothing
// behind, and one that stood still past its leases may not record: a lease has
// never less than a third of its life left while its node is well. A database
// that was away loses nothing, as nodes go on when it is back.
func (f *fault) loses() bool {
	return f.Kind == kill || f.Kind == stop && f.To.Sub(f.From) > leaseTime/3
}

// underWay says that a fault explains why a request was made again: it was
// under way, or answered but not yet recorded.
func (e *evidence) underWay(a *arrival) bool {
	for i := range e.Faults {
		f := &e.Faults[i]
		if f.loses() && a.At.Before(f.From.Add(recordTime)) && a.End.After(e.unrecordedSince(f.From)) {
			return true
		}
	}
	return false
}

// unrecordedSince is from when on answers may not have been recorded at a time:
// faults that kept everybody from it may follow each other.
func (e *evidence) unrecordedSince(at time.Time) time.Time {
	since := at.Add(-recordTime)
	for again := true; again; {
		again = false
		for i := range e.Faults {
			from, to := e.Faults[i].silence()
			if out := from.Add(-recordTime); from.Before(at) && to.After(since) && out.Before(since) {
				since, again = out, true
			}
		}
	}
	return since
}

// silence is while nobody may be able to record anything: the database is away,
// or a node that stands still holds a lock, which the database takes from it
// after silenceTime.
func (f *fault) silence() (from, to time.Time) {
	switch f.Kind {
	case restart:
		return f.From, f.To.Add(2 * recordTime)
	case stop:
		to = f.From.Add(silenceTime)
		if f.To.Before(to) {
			to = f.To
		}
		return f.From, to
	default:
		return f.From, f.From
	}
}

// silenced says that somebody may have kept everybody from recording for long.
func (e *evidence) silenced(from, to time.Time) bool {
	for i := range e.Faults {
		begin, end := e.Faults[i].silence()
		if end.Sub(begin) > recordTime && begin.Before(to) && end.Add(recordTime).After(from) {
			return true
		}
	}
	return false
}

// repeats counts what was taken more than once, and tells how long before the
// next fault that loses work such a thing had been answered, at the most.
func (e *evidence) repeats() (n int, oldest time.Duration) {
	attempts, stored := e.attemptsOf(), e.byKey()
	for key, came := range e.visits() {
		var before *arrival
		for _, a := range came {
			if d := stored[key]; d == nil || !a.taken() || a.missedBy(attempts[d.ID]) {
				continue
			}
			if before != nil {
				n++
				oldest = max(oldest, e.untilLoss(before.End))
			}
			before = a
		}
	}
	return n, oldest
}

// untilLoss is the time to the next fault that loses work; 0 where none follows.
func (e *evidence) untilLoss(at time.Time) (least time.Duration) {
	for i := range e.Faults {
		if f := &e.Faults[i]; f.loses() && f.From.After(at) && (least == 0 || f.From.Sub(at) < least) {
			least = f.From.Sub(at)
		}
	}
	return least
}
