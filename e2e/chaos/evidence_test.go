package chaos

import (
	"fmt"
	"time"
)

// evidence is all that a run left behind, for the checks to judge.
type evidence struct {
	Plan      *plan
	Faults    []fault // as they really were
	Pauses    []during
	Resumed   []time.Time // when the caretaker resumed the channel that was disabled
	Published []published
	Failed    []failedTry
	Arrivals  []arrival // of each endpoint in order
	Samples   []sample
	Streamed  []string

	Events     []storedEvent
	Deliveries []delivery
	Attempts   []attempt // in the order of the log
}

// delivery is one as it ended.
type delivery struct {
	ID, Event string
	Kind      kind
	Status    string
	Reason    string
	Count     int
	Completed time.Time // zero when it is not
	Next      time.Time
}

// attempt is one as it was recorded.
type attempt struct {
	ID, Delivery, Event, Request string
	Number                       int
	Succeeded                    bool
	Code                         int    // 0 for no answer
	Error                        string // AttemptErrorCode, empty for none
	Permanent                    bool
	NamesPause                   bool // the answer had Retry-After
	Started, Ended               time.Time
}

// finding is a promise that was not kept.
type finding struct{ Check, Text string }

// shownFindings of a check are told in full, the others counted.
const shownFindings = 8

// report collects the findings of one check.
type report struct {
	check string
	all   []finding
	more  int
}

func (r *report) add(format string, args ...any) {
	if len(r.all) == shownFindings {
		r.more++
		return
	}
	r.all = append(r.all, finding{r.check, fmt.Sprintf(format, args...)})
}

// checks are the promises, by name.
func checks() map[string]func(*evidence, *report) {
	return map[string]func(*evidence, *report){
		"what was answered is delivered, or failed for a reason":  checkDelivered,
		"one event for each idempotency key":                      checkKeys,
		"attempts within the budget":                              checkBudget,
		"nothing follows a success":                               checkAfterSuccess,
		"what is due is not late":                                 checkLate,
		"the rate holds":                                          checkRate,
		"the concurrency holds":                                   checkConcurrency,
		"the order of each entity holds":                          checkOrder,
		"messages stay as they are":                               checkMessages,
		"repeats are no more than what was under way at a fault":  checkRepeats,
		"the stream has every attempt once":                       checkStream,
		"publishers are refused by nobody but the nodes at fault": checkPublishers,
		"what is paused stays quiet":                              checkPauses,
		"what is disabled stays quiet":                            checkDisabled,
		"a pause that an endpoint asks for is kept":               checkHolds,
	}
}

func (e *evidence) verify() (all []finding) {
	for name, check := range checks() {
		r := &report{check: name}
		check(e, r)
		all = append(all, r.all...)
		if r.more > 0 {
			all = append(all, finding{name, fmt.Sprintf("and %d more", r.more)})
		}
	}
	return all
}

// deliveryKey names a delivery as an endpoint sees it: no two deliveries of an
// event go to one channel.
type deliveryKey struct {
	Event string
	Kind  kind
}

// visits are the arrivals of each delivery, in order.
func (e *evidence) visits() map[deliveryKey][]*arrival {
	all := map[deliveryKey][]*arrival{}
	for i := range e.Arrivals {
		a := &e.Arrivals[i]
		for _, event := range a.Events {
			key := deliveryKey{event, a.Kind}
			all[key] = append(all[key], a)
		}
	}
	return all
}

// attemptsOf are the attempts of each delivery, in the order of the log.
func (e *evidence) attemptsOf() map[string][]*attempt {
	all := map[string][]*attempt{}
	for i := range e.Attempts {
		a := &e.Attempts[i]
		all[a.Delivery] = append(all[a.Delivery], a)
	}
	return all
}

func (e *evidence) byKey() map[deliveryKey]*delivery {
	all := map[deliveryKey]*delivery{}
	for i := range e.Deliveries {
		d := &e.Deliveries[i]
		all[deliveryKey{d.Event, d.Kind}] = d
	}
	return all
}

// troubled says that a node (-1 for the database, -2 for anything) was at fault
// between two times, give or take a while.
func (e *evidence) troubled(node int, from, to time.Time, give time.Duration) bool {
	for i := range e.Faults {
		f := &e.Faults[i]
		if (node == anything || f.Node == node) && f.From.Before(to.Add(give)) && f.To.After(from.Add(-give)) {
			return true
		}
	}
	return false
}

const anything = -2
