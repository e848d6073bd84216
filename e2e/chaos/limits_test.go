package chaos

import (
	"slices"
	"time"
)

// checkRate: in every window the arrivals are at most the rate's, and one
// second's worth beyond it. Where a channel passes to another node, or a node
// begins anew, the new one may send a second's worth of its own.
func checkRate(e *evidence, r *report) {
	for i := range e.Plan.Channels {
		c := &e.Plan.Channels[i]
		if c.Rate == 0 {
			continue
		}
		var at []time.Time
		for i := range e.Arrivals {
			if e.Arrivals[i].Kind == c.Kind {
				at = append(at, e.Arrivals[i].At)
			}
		}
		slices.SortFunc(at, time.Time.Compare)
		for _, window := range []time.Duration{time.Second, 3 * time.Second, 10 * time.Second} {
			e.checkWindow(r, c, at, window)
		}
	}
}

// arrivalSlack is how much later than it was sent a message may be seen by its
// endpoint, on a machine that is busy.
const arrivalSlack = 100 * time.Millisecond

func (e *evidence) checkWindow(r *report, c *channelPlan, at []time.Time, window time.Duration) {
	first := 0
	for last := range at {
		for at[last].Sub(at[first]) >= window {
			first++
		}
		allowed := c.Rate * ((window + arrivalSlack).Seconds() + 1 + float64(e.handovers(at[first], at[last])))
		if n := last - first + 1; float64(n) > allowed+1 {
			r.add("%s had %d messages in the %s from %s, at most %.0f are allowed", c.Kind, n, window, clock(at[first]), allowed)
			return
		}
	}
}

// handovers counts how often the owner of a channel may have changed between two times.
func (e *evidence) handovers(from, to time.Time) (n int) {
	from = from.Add(-time.Second)
	for i := range e.Faults {
		f := &e.Faults[i]
		if f.Node >= 0 && (f.From.After(from) && f.From.Before(to) || f.To.After(from) && f.To.Before(to)) {
			n++
		}
	}
	return n
}

// checkConcurrency: no more requests are under way at once than the limit says.
func checkConcurrency(e *evidence, r *report) {
	for i := range e.Plan.Channels {
		c := &e.Plan.Channels[i]
		if c.Concurrency == 0 {
			continue
		}
		type edge struct {
			at   time.Time
			more int
		}
		var edges []edge
		for i := range e.Arrivals {
			if a := &e.Arrivals[i]; a.Kind == c.Kind {
				edges = append(edges, edge{a.At, 1}, edge{a.over(), -1})
			}
		}
		slices.SortFunc(edges, func(a, b edge) int {
			if by := a.at.Compare(b.at); by != 0 {
				return by
			}
			return a.more - b.more
		})
		under := 0
		for _, g := range edges {
			if under += g.more; under > c.Concurrency {
				r.add("%s had %d requests under way at %s, at most %d are allowed", c.Kind, under, clock(g.at), c.Concurrency)
				return
			}
		}
	}
}

// over is when a request surely is over for its sender. One that was not
// answered is given up at the channel's timeout, which began to run before it
// arrived: a sender that died, stands still, or has just hung up is so not
// counted any more.
func (a *arrival) over() time.Time {
	if limit := a.At.Add(sendTimeout - 3*arrivalSlack); a.Status == 0 && a.End.After(limit) {
		return limit
	}
	return a.End
}

// clockSlack is how far the clocks of a node and of this test may be apart.
const clockSlack = 30 * time.Millisecond

// checkOrder: nothing of an entity is sent while an earlier event of it has not
// ended. What arrives at all has so arrived in order.
func checkOrder(e *evidence, r *report) {
	entities := map[string][]*published{}
	for i := range e.Published {
		if p := &e.Published[i]; p.Entity != "" {
			entities[p.Entity] = append(entities[p.Entity], p)
		}
	}
	stored, visits := e.byKey(), e.visits()
	for entity, events := range entities {
		slices.SortFunc(events, func(a, b *published) int { return a.Seq - b.Seq })
		var before *delivery // of those so far, the one that ended last
		for _, p := range events {
			key := deliveryKey{p.ID, ordered}
			if came := visits[key]; len(came) > 0 && before != nil {
				if before.Completed.IsZero() || came[0].At.Before(before.Completed.Add(-clockSlack)) {
					r.add("%s: event %s arrived at %s, before the earlier delivery %s had ended, at %s",
						entity, p.ID, clock(came[0].At), before.ID, clock(before.Completed))
				}
			}
			if d := stored[key]; d != nil && (before == nil || d.Completed.IsZero() || d.Completed.After(before.Completed)) {
				before = d
			}
		}
	}
}

// checkMessages: a message has the same events on every try, within the
// channel's limit, and no event is in two messages. One that is alone bears its id.
func checkMessages(e *evidence, r *report) {
	contents := map[string]*arrival{}
	messages := map[deliveryKey]string{}
	for i := range e.Arrivals {
		a := &e.Arrivals[i]
		c := e.Plan.channel(a.Kind)
		switch {
		case len(a.Events) == 0 || len(a.Events) > max(1, c.MaxEvents):
			r.add("message %s to %s has %d events", a.Message, a.Kind, len(a.Events))
		case c.MaxEvents == 0 && a.Events[0] != a.Message:
			r.add("message %s to %s is of event %s", a.Message, a.Kind, a.Events[0])
		}
		if c.MaxEvents == 0 {
			continue
		}
		if first := contents[a.Message]; first != nil && !slices.Equal(first.Events, a.Events) {
			r.add("message %s to %s had %d events at %s, and others or another order, %d, at %s",
				a.Message, a.Kind, len(first.Events), clock(first.At), len(a.Events), clock(a.At))
		}
		contents[a.Message] = a
		for _, event := range a.Events {
			key := deliveryKey{event, a.Kind}
			if other := messages[key]; other != "" && other != a.Message {
				r.add("event %s is in the messages %s and %s", event, other, a.Message)
			}
			messages[key] = a.Message
		}
	}
}
