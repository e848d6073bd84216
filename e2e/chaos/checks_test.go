package chaos

import (
	"slices"
	"time"
)

// checkDelivered: each delivery of each answered event exists and has ended, in
// success that the endpoint knows of, or in failure with a reason.
func checkDelivered(e *evidence, r *report) {
	stored, visits := e.byKey(), e.visits()
	for i := range e.Published {
		p := &e.Published[i]
		for _, k := range e.Plan.targets(p.Type) {
			key := deliveryKey{p.ID, k}
			d := stored[key]
			switch {
			case d == nil:
				r.add("event %s, answered at %s, has no delivery to %s", p.ID, clock(p.At), k)
			case d.Status == "SUCCEEDED":
				if !slices.ContainsFunc(visits[key], (*arrival).taken) {
					r.add("delivery %s to %s has succeeded, and its endpoint never took it", d.ID, k)
				}
			case d.Status != "FAILED" && d.Status != "CANCELED":
				r.add("delivery %s to %s is still %s, due %s", d.ID, k, d.Status, clock(d.Next))
			case d.Reason == "":
				r.add("delivery %s to %s is %s without a reason", d.ID, k, d.Status)
			}
		}
	}
	if want, got := countDeliveries(e), len(e.Deliveries); got != want && len(r.all) == 0 {
		r.add("there are %d deliveries, want %d", got, want)
	}
}

func countDeliveries(e *evidence) (n int) {
	for i := range e.Published {
		n += len(e.Plan.targets(e.Published[i].Type))
	}
	return n
}

// checkKeys: a publication that was tried several times made one event.
func checkKeys(e *evidence, r *report) {
	ids := map[string]string{}
	for i := range e.Published {
		ids[e.Published[i].Key] = e.Published[i].ID
	}
	seen := map[string]bool{}
	for _, event := range e.Events {
		if seen[event.IdempotencyKey] {
			r.add("the key %s has more than one event", event.IdempotencyKey)
		}
		seen[event.IdempotencyKey] = true
		if id, ok := ids[event.IdempotencyKey]; ok && id != event.ID {
			r.add("the key %s was answered with %s, and is of %s", event.IdempotencyKey, id, event.ID)
		}
	}
	for key, id := range ids {
		if !seen[key] {
			r.add("event %s with the key %s was answered and is gone", id, key)
		}
	}
}

// checkBudget: no delivery is tried more often than its schedule has retries,
// nor given up before. A pause that the endpoint asked for uses up none, and an
// answer of 502, 503 or 504 may be taken for one.
func checkBudget(e *evidence, r *report) {
	all := e.attemptsOf()
	for i := range e.Deliveries {
		d := &e.Deliveries[i]
		budget := 1 + len(e.Plan.channel(d.Kind).Schedule)
		attempts := all[d.ID]
		surely, perhaps := 0, 0
		for _, a := range attempts {
			switch {
			case a.asksForPause():
			case a.Code == 502 || a.Code == 503 || a.Code == 504:
				perhaps++
			default:
				surely++
			}
		}
		if surely > budget {
			r.add("delivery %s to %s had %d attempts of %d", d.ID, d.Kind, surely, budget)
		}
		forGood := len(attempts) > 0 && attempts[len(attempts)-1].Permanent
		if d.Status == "FAILED" && !forGood && surely+perhaps < budget {
			r.add("delivery %s to %s was given up after %d attempts of %d", d.ID, d.Kind, surely+perhaps, budget)
		}
	}
}

// asksForPause says that the endpoint named a pause for the whole channel.
func (a *attempt) asksForPause() bool {
	return a.Code == 429 || a.NamesPause && (a.Code == 502 || a.Code == 503 || a.Code == 504)
}

// checkAfterSuccess: attempts are numbered without gap or repeat, and end with
// the first success.
func checkAfterSuccess(e *evidence, r *report) {
	all := e.attemptsOf()
	for i := range e.Deliveries {
		d := &e.Deliveries[i]
		attempts := all[d.ID]
		for n, a := range attempts {
			if a.Number != n+1 {
				r.add("attempt %d of delivery %s to %s is numbered %d", n+1, d.ID, d.Kind, a.Number)
			}
			if a.Succeeded && n < len(attempts)-1 {
				r.add("delivery %s to %s has attempt %d after its success", d.ID, d.Kind, a.Number+1)
			}
		}
		if d.Count != len(attempts) {
			r.add("delivery %s to %s counts %d attempts and has %d", d.ID, d.Kind, d.Count, len(attempts))
		}
		if succeeded := len(attempts) > 0 && attempts[len(attempts)-1].Succeeded; succeeded != (d.Status == "SUCCEEDED") {
			r.add("delivery %s to %s is %s, and its last attempt says otherwise", d.ID, d.Kind, d.Status)
		}
	}
}

// checkLate: while a node and the database are well, what is due is taken in
// hand. Channels that wait for a limit, an order, an owner or a pause may be late.
func checkLate(e *evidence, r *report) {
	for _, s := range e.Samples {
		switch s.Kind {
		case plain:
		case paused:
			if e.pausedBetween(s.At.Add(-lateAfter), s.At) {
				continue
			}
		default:
			continue
		}
		if e.wellBetween(s.At.Add(-lateAfter), s.At) {
			r.add("delivery %s to %s, due %s, was still %s at %s", s.Delivery, s.Kind, clock(s.Due), s.Status, clock(s.At))
		}
	}
}

func (e *evidence) pausedBetween(from, to time.Time) bool {
	return slices.ContainsFunc(e.Pauses, func(p during) bool { return p.From.Before(to) && p.To.After(from) })
}

// wellBetween: the database and at least one node had no fault, and no other
// node held them up.
func (e *evidence) wellBetween(from, to time.Time) bool {
	if e.troubled(-1, from, to, recordTime) || e.silenced(from, to) {
		return false
	}
	for n := range e.Plan.Nodes {
		if !e.troubled(n, from, to, 0) {
			return true
		}
	}
	return false
}

// checkStream: the subscriber saw the log as it is, over all its resumptions.
func checkStream(e *evidence, r *report) {
	log := make([]string, len(e.Attempts))
	for i := range log {
		log[i] = e.Attempts[i].ID
	}
	if slices.Equal(log, e.Streamed) {
		return
	}
	times := map[string]int{}
	for _, id := range e.Streamed {
		times[id]++
	}
	for _, id := range log {
		if n := times[id]; n != 1 {
			r.add("attempt %s was streamed %d times", id, n)
		}
		delete(times, id)
	}
	for id := range times {
		r.add("attempt %s was streamed and is not recorded", id)
	}
	if len(r.all) == 0 {
		r.add("the stream had another order than the log")
	}
}

// checkPublishers: where a publication failed, its node or the database was at
// fault, or a node that stood still held a lock.
func checkPublishers(e *evidence, r *report) {
	for _, f := range e.Failed {
		if !e.troubled(f.Node, f.From, f.To, recordTime) && !e.troubled(-1, f.From, f.To, 2*recordTime) && !e.silenced(f.From, f.To) {
			r.add("node %d, which had no fault, did not publish from %s to %s: %s", f.Node, clock(f.From), clock(f.To), f.Error)
		}
	}
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("15:04:05.000")
}
