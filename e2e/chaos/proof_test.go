package chaos

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// start is when the made-up runs begin.
func start() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }

func at(d time.Duration) time.Time { return start().Add(d) }

const ms = time.Millisecond

// madeUp is evidence to build and to break.
type madeUp struct{ evidence }

func newMadeUp() *madeUp {
	return &madeUp{evidence{Plan: &plan{Nodes: 3, Channels: channelPlans()}}}
}

// publish answers an event, and adds its deliveries, which wait.
func (m *madeUp) publish(id string, k kind, entity string, when time.Time) {
	m.Published = append(m.Published, published{ID: id, Key: "key " + id, Type: string(k), Entity: entity, At: when, Seq: len(m.Published)})
	m.Events = append(m.Events, storedEvent{ID: id, Type: string(k), IdempotencyKey: "key " + id})
	m.Deliveries = append(m.Deliveries, delivery{ID: "dlv " + id, Event: id, Kind: k, Status: "PENDING", Next: when})
}

func (m *madeUp) delivery(event string) *delivery {
	i := slices.IndexFunc(m.Deliveries, func(d delivery) bool { return d.Event == event })
	return &m.Deliveries[i]
}

// arrive is a request without a record.
func (m *madeUp) arrive(message string, when time.Time, took time.Duration, status int, events ...string) {
	m.Arrivals = append(m.Arrivals, arrival{Kind: m.delivery(events[0]).Kind, Message: message, Events: events, At: when, End: when.Add(took), Status: status})
}

// record is the attempt of one delivery, and what becomes of it.
func (m *madeUp) record(event string, when time.Time, took time.Duration, code int, final string) {
	d := m.delivery(event)
	d.Count++
	a := attempt{ID: fmt.Sprintf("att %s %d", event, d.Count), Delivery: d.ID, Event: event, Number: d.Count,
		Succeeded: code == 200, Code: code, Started: when, Ended: when.Add(took)}
	m.Attempts = append(m.Attempts, a)
	m.Streamed = append(m.Streamed, a.ID)
	d.Status = "RETRYING"
	if final != "" {
		d.Status, d.Completed = final, a.Ended
	}
	if final == "FAILED" {
		d.Reason = "out of retries"
	}
}

// send is a whole try of one event.
func (m *madeUp) send(event string, when time.Time, code int, final string) {
	m.arrive(event, when, 10*ms, code, event)
	m.record(event, when, 11*ms, code, final)
}

// sound is evidence of a run in which everything was as promised.
func sound() *madeUp {
	m := newMadeUp()
	for i, k := range []kind{plain, throttled, fragile, paused} {
		id := fmt.Sprintf("evt %s", k)
		m.publish(id, k, "", at(time.Duration(i)*100*ms))
		m.send(id, at(time.Duration(i)*100*ms+20*ms), 500, "")
		m.send(id, at(time.Duration(i)*100*ms+300*ms), 200, "SUCCEEDED")
	}
	m.publish("evt failed", plain, "", at(time.Second))
	for i := range 5 {
		final := ""
		if i == 4 {
			final = "FAILED"
		}
		m.send("evt failed", at(time.Second+time.Duration(i)*500*ms), 500, final)
	}
	for i := range 3 {
		id := fmt.Sprintf("evt ordered %d", i)
		m.publish(id, ordered, "entity", at(time.Duration(i)*10*ms))
		m.send(id, at(time.Duration(i)*100*ms), 200, "SUCCEEDED")
	}
	for i := range 2 {
		id := fmt.Sprintf("evt batched %d", i)
		m.publish(id, batched, "", at(0))
	}
	for _, try := range []time.Duration{0, 500 * ms} {
		status, final := 500, ""
		if try > 0 {
			status, final = 200, "SUCCEEDED"
		}
		m.arrive("msg 1", at(try), 10*ms, status, "evt batched 0", "evt batched 1")
		m.record("evt batched 0", at(try), 11*ms, status, final)
		m.record("evt batched 1", at(try), 11*ms, status, final)
	}
	for i := range 100 { // as many at once as the rate allows, then evenly
		id := fmt.Sprintf("evt limited %d", i)
		m.publish(id, limited, "", at(0))
		m.send(id, at(time.Duration(max(0, i-40))*20*ms), 200, "SUCCEEDED")
	}
	for i := range 6 {
		id := fmt.Sprintf("evt narrow %d", i)
		m.publish(id, narrow, "", at(0))
		m.send(id, at(time.Duration(i/3)*10*ms), 200, "SUCCEEDED")
	}
	return m
}

// TestSoundEvidence: the checks find nothing where there is nothing, and every
// part of the evidence is looked at.
func TestSoundEvidence(t *testing.T) {
	t.Parallel()
	m := sound()
	for _, f := range m.verify() {
		t.Errorf("%s: %s", f.Check, f.Text)
	}
	for name, check := range checks() {
		if want := 0; len(findingsOf(name, check, &m.evidence)) != want {
			t.Errorf("%s finds something", name)
		}
	}
}

func findingsOf(name string, check func(*evidence, *report), e *evidence) []finding {
	r := &report{check: name}
	check(e, r)
	return r.all
}

// TestBrokenEvidence: each promise that is broken is found, by the check that is
// there for it.
func TestBrokenEvidence(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		check func(*evidence, *report)
		spoil func(m *madeUp)
	}{
		{"a delivery is missing", checkDelivered, func(m *madeUp) { m.Deliveries = m.Deliveries[1:] }},
		{"a delivery too many", checkDelivered, func(m *madeUp) { m.Deliveries = append(m.Deliveries, m.Deliveries[0]) }},
		{"a delivery waits for ever", checkDelivered, func(m *madeUp) { m.delivery("evt plain").Status = "RETRYING" }},
		{"a success that nobody saw", checkDelivered, func(m *madeUp) { m.Arrivals[1].Status = 500 }},
		{"a failure without a reason", checkDelivered, func(m *madeUp) { m.delivery("evt failed").Reason = "" }},
		{"two events of a key", checkKeys, func(m *madeUp) { m.Events[1].IdempotencyKey = m.Events[0].IdempotencyKey }},
		{"an event that was answered is gone", checkKeys, func(m *madeUp) { m.Events = m.Events[1:] }},
		{"another event than was answered", checkKeys, func(m *madeUp) { m.Published[0].ID = "evt other" }},
		{"one attempt too many", checkBudget, func(m *madeUp) { m.send("evt failed", at(5*time.Second), 500, "FAILED") }},
		{"given up too early", checkBudget, func(m *madeUp) {
			m.publish("evt early", plain, "", at(0))
			m.send("evt early", at(0), 500, "FAILED")
		}},
		{"a pause used up a retry", checkBudget, func(m *madeUp) {
			m.publish("evt held", plain, "", at(0))
			for i := range 5 {
				m.send("evt held", at(time.Duration(i)*time.Second), 429, "FAILED")
			}
		}},
		{"an attempt after the success", checkAfterSuccess, func(m *madeUp) { m.send("evt plain", at(time.Second), 200, "SUCCEEDED") }},
		{"a gap in the numbers", checkAfterSuccess, func(m *madeUp) { m.Attempts[1].Number = 3 }},
		{"a count that is wrong", checkAfterSuccess, func(m *madeUp) { m.delivery("evt plain").Count = 1 }},
		{"a state that is wrong", checkAfterSuccess, func(m *madeUp) { m.Attempts[1].Succeeded = false }},
		{"what is due waits", checkLate, func(m *madeUp) { m.Samples = []sample{{at(time.Minute), plain, "dlv 1", "RETRYING", at(0)}} }},
		{"more than the rate and a second's worth", checkRate, func(m *madeUp) {
			for i := range 60 {
				m.arrive("evt limited 0", at(10*time.Second+time.Duration(i)*ms), ms, 500, "evt limited 0")
				m.arrive("evt limited 0", at(10*time.Second+time.Duration(i)*ms), ms, 500, "evt limited 0")
			}
		}},
		{"twice the rate for long", checkRate, func(m *madeUp) {
			for i := range 1000 {
				m.arrive("evt limited 0", at(10*time.Second+time.Duration(i)*10*ms), ms, 500, "evt limited 0")
			}
		}},
		{"four at once where three are allowed", checkConcurrency, func(m *madeUp) { m.arrive("evt narrow 0", at(15*ms), 10*ms, 500, "evt narrow 0") }},
		{"many hang at once", checkConcurrency, func(m *madeUp) {
			for i := range 4 {
				m.arrive("evt narrow 0", at(time.Minute+time.Duration(i)*100*ms), time.Second, 0, "evt narrow 0")
			}
		}},
		{"a swap in an entity", checkOrder, func(m *madeUp) {
			m.Published[6].Seq, m.Published[7].Seq = m.Published[7].Seq, m.Published[6].Seq
		}},
		{"the next one before the end of a retry", checkOrder, func(m *madeUp) { m.delivery("evt ordered 1").Completed = at(400 * ms) }},
		{"the next one before one that never ended", checkOrder, func(m *madeUp) { m.delivery("evt ordered 1").Completed = time.Time{} }},
		{"a message that was split", checkMessages, func(m *madeUp) { m.batch(1).Events = []string{"evt batched 0"} }},
		{"a message in another order", checkMessages, func(m *madeUp) { slices.Reverse(m.batch(1).Events) }},
		{"an event in two messages", checkMessages, func(m *madeUp) { m.batch(1).Message = "msg 2" }},
		{"a message too large", checkMessages, func(m *madeUp) { m.batch(0).Events = make([]string, 21) }},
		{"an empty message", checkMessages, func(m *madeUp) { m.batch(0).Events = nil }},
		{"an id of another event", checkMessages, func(m *madeUp) { m.Arrivals[0].Message = "evt other" }},
		{"taken twice without a fault", checkRepeats, func(m *madeUp) { m.arrive("evt plain", at(400*ms), ms, 200, "evt plain") }},
		{"taken twice, both recorded", checkRepeats, func(m *madeUp) { m.send("evt plain", at(400*ms), 200, "SUCCEEDED") }},
		{"taken twice, after another try without an answer", checkRepeats, func(m *madeUp) {
			m.publish("evt hung", plain, "", at(0))
			m.arrive("evt hung", at(0), time.Second, 0, "evt hung")
			m.record("evt hung", at(0), time.Second, 0, "")
			m.send("evt hung", at(2*time.Second), 200, "SUCCEEDED")
			m.send("evt hung", at(3*time.Second), 200, "SUCCEEDED")
		}},
		{"an arrival without an attempt", checkRepeats, func(m *madeUp) { m.arrive("evt plain", at(400*ms), ms, 500, "evt plain") }},
		{"taken twice long after a kill", checkRepeats, func(m *madeUp) {
			m.Faults = []fault{{Kind: kill, From: at(-time.Minute), To: at(-50 * time.Second)}}
			m.arrive("evt plain", at(400*ms), ms, 200, "evt plain")
		}},
		{"taken twice after a kill, long after another was held up", checkRepeats, func(m *madeUp) {
			m.Faults = []fault{{Kind: stop, Node: 1, From: at(320 * ms), To: at(time.Minute)}, {Kind: kill, From: at(20 * time.Second), To: at(21 * time.Second)}}
			m.publish("evt late", plain, "", at(14*time.Second))
			m.send("evt late", at(14*time.Second), 200, "SUCCEEDED")
			m.arrive("evt late", at(40*time.Second), ms, 200, "evt late")
		}},
		{"taken twice at a drain", checkRepeats, func(m *madeUp) {
			m.Faults = []fault{{Kind: drain, From: at(400 * ms), To: at(time.Second)}}
			m.arrive("evt plain", at(400*ms), ms, 200, "evt plain")
		}},
		{"taken twice at a stop within the lease", checkRepeats, func(m *madeUp) {
			m.Faults = []fault{{Kind: stop, From: at(400 * ms), To: at(2 * time.Second)}}
			m.arrive("evt plain", at(400*ms), ms, 200, "evt plain")
		}},
		{"a gap in the stream", checkStream, func(m *madeUp) { m.Streamed = slices.Delete(m.Streamed, 3, 4) }},
		{"a repeat in the stream", checkStream, func(m *madeUp) { m.Streamed = append(m.Streamed, m.Streamed[0]) }},
		{"another order in the stream", checkStream, func(m *madeUp) { m.Streamed[0], m.Streamed[1] = m.Streamed[1], m.Streamed[0] }},
		{"an attempt that was streamed alone", checkStream, func(m *madeUp) { m.Streamed = append(m.Streamed, "att 0") }},
		{"a node that is well does not publish", checkPublishers, func(m *madeUp) {
			m.Faults = []fault{{Kind: stop, Node: 1, From: at(0), To: at(time.Minute)}, {Kind: kill, Node: 2, From: at(14 * time.Second), To: at(20 * time.Second)}}
			m.Failed = []failedTry{{Node: 0, From: at(13 * time.Second), To: at(18 * time.Second), Error: "deadline"}}
		}},
		{"an arrival in a pause", checkPauses, func(m *madeUp) {
			m.Pauses = []during{{at(10 * time.Second), at(15 * time.Second)}}
			m.arrive("evt paused", at(12*time.Second), ms, 200, "evt paused")
		}},
		{"an arrival at a channel that was disabled", checkDisabled, func(m *madeUp) {
			for i := range 5 {
				id := fmt.Sprintf("evt bad %d", i)
				m.publish(id, fragile, "", at(time.Minute))
				m.send(id, at(time.Minute+time.Duration(i)*ms), 500, "")
			}
			m.Resumed = []time.Time{at(65 * time.Second)}
			m.arrive("evt fragile", at(62*time.Second), ms, 200, "evt fragile")
		}},
		{"an arrival after 410", checkDisabled, func(m *madeUp) {
			m.publish("evt gone", fragile, "", at(time.Minute))
			m.send("evt gone", at(time.Minute), 410, "FAILED")
			m.Resumed = []time.Time{at(65 * time.Second)}
			m.arrive("evt fragile", at(62*time.Second), ms, 200, "evt fragile")
		}},
		{"an arrival within a pause that was asked for", checkHolds, func(m *madeUp) {
			m.arrive("evt throttled", at(time.Minute), ms, 429, "evt throttled")
			m.arrive("evt throttled", at(time.Minute+700*ms), ms, 200, "evt throttled")
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			m := sound()
			row.spoil(m)
			if len(findingsOf("", row.check, &m.evidence)) == 0 {
				t.Error("nothing was found")
			}
		})
	}
}

// batch is the nth arrival of a batch.
func (m *madeUp) batch(n int) *arrival {
	for i := range m.Arrivals {
		if a := &m.Arrivals[i]; a.Kind == batched {
			if n == 0 {
				return a
			}
			n--
		}
	}
	return nil
}

// TestExcusedEvidence: what a fault explains is no finding.
func TestExcusedEvidence(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(m *madeUp){
		"taken again after a kill": func(m *madeUp) {
			m.Faults = []fault{{Kind: kill, From: at(320 * ms), To: at(time.Second)}}
			m.arrive("evt plain", at(21*time.Second), ms, 200, "evt plain")
		},
		"taken again after a kill while the database was away": func(m *madeUp) {
			m.Faults = []fault{{Kind: restart, Node: -1, From: at(320 * ms), To: at(5 * time.Second)}, {Kind: kill, From: at(5 * time.Second), To: at(6 * time.Second)}}
			m.arrive("evt plain", at(26*time.Second), ms, 200, "evt plain")
		},
		"taken again after a kill while others stood still": func(m *madeUp) {
			m.Faults = []fault{
				{Kind: stop, Node: 1, From: at(320 * ms), To: at(2 * time.Second)},
				{Kind: stop, Node: 2, From: at(1900 * ms), To: at(20 * time.Second)},
				{Kind: kill, From: at(8 * time.Second), To: at(9 * time.Second)},
			}
			m.arrive("evt plain", at(29*time.Second), ms, 200, "evt plain")
		},
		"taken again after a stop beyond the lease": func(m *madeUp) {
			m.Faults = []fault{{Kind: stop, From: at(305 * ms), To: at(26 * time.Second)}}
			m.arrive("evt plain", at(21*time.Second), ms, 200, "evt plain")
		},
		"a pause uses up no retry": func(m *madeUp) {
			m.publish("evt held", throttled, "", at(0))
			for i := range 9 {
				m.send("evt held", at(time.Duration(i)*time.Second), 429, "")
			}
			m.send("evt held", at(10*time.Second), 200, "SUCCEEDED")
		},
		"late while nobody is well": func(m *madeUp) {
			for n := range m.Plan.Nodes {
				m.Faults = append(m.Faults, fault{Kind: stop, Node: n, From: at(50 * time.Second), To: at(59 * time.Second)})
			}
			m.Samples = []sample{{at(time.Minute), plain, "dlv 1", "RETRYING", at(0)}}
		},
		"what was under way when a channel was disabled": func(m *madeUp) {
			for i := range 8 {
				id := fmt.Sprintf("evt bad %d", i)
				m.publish(id, fragile, "", at(time.Minute))
				m.send(id, at(time.Minute+time.Duration(i)*ms), 500, "")
			}
			m.Resumed = []time.Time{at(65 * time.Second)}
			for i := range 8 {
				m.send(fmt.Sprintf("evt bad %d", i), at(66*time.Second+time.Duration(i)*ms), 200, "SUCCEEDED")
			}
		},
		"a node that is killed does not publish": func(m *madeUp) {
			m.Faults = []fault{{Kind: kill, Node: 1, From: at(0), To: at(10 * time.Second)}}
			m.Failed = []failedTry{{Node: 1, From: at(0), To: at(ms), Error: "reset"}}
		},
		"the sender hung up just before the answer": func(m *madeUp) {
			m.publish("evt tardy", plain, "", at(0))
			m.arrive("evt tardy", at(0), 1000*ms, 200, "evt tardy")
			m.record("evt tardy", at(0), 1000*ms, 0, "")
			m.send("evt tardy", at(2*time.Second), 200, "SUCCEEDED")
		},
		"a second's worth from the next owner": func(m *madeUp) {
			m.Faults = []fault{{Kind: drain, Node: 0, From: at(20 * time.Second), To: at(21 * time.Second)}}
			for i := range 140 {
				id := fmt.Sprintf("evt burst %d", i)
				m.publish(id, limited, "", at(19*time.Second))
				m.send(id, at(20*time.Second+time.Duration(i)*ms), 200, "SUCCEEDED")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := sound()
			spoil(m)
			for _, f := range m.verify() {
				t.Errorf("%s: %s", f.Check, f.Text)
			}
		})
	}
}

// TestSeedIsPlan: the same seed makes the same plan, another one another.
func TestSeedIsPlan(t *testing.T) {
	t.Parallel()
	if !reflect.DeepEqual(draw(1, shortSpan, 3), draw(1, shortSpan, 3)) {
		t.Error("a seed made two plans")
	}
	if reflect.DeepEqual(draw(1, shortSpan, 3).Faults, draw(2, shortSpan, 3).Faults) {
		t.Error("two seeds made one plan")
	}
}

// TestPlansHaveFaults: whatever the seed, a run on several nodes kills, stops and
// drains nodes and restarts the database, and what a kill leaves can end in time.
func TestPlansHaveFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		kinds := map[faultKind]int{}
		for _, f := range draw(seed, shortSpan, 3).Faults {
			kinds[f.Kind]++
			if f.Kind == kill && f.At > shortSpan/2 {
				t.Errorf("seed %d kills at %s", seed, f.At)
			}
		}
		if kinds[kill] == 0 || kinds[stop] == 0 || kinds[drain] == 0 || kinds[restart] == 0 {
			t.Errorf("seed %d has the faults %v", seed, kinds)
		}
	}
}
