package engine

import (
	"time"

	"carillon/channels"
	"carillon/models"
)

const (
	// slack is how far a paced line may catch up after it stood still: timers are
	// not exact, and a rate of thousands a second has no even steps.
	slack = 50 * time.Millisecond

	// An outage is that many failures in a row over that long. While it lasts, and
	// when it heals, messages leave no faster than the ramp, which doubles each
	// second in which something succeeds, until it is steep enough to be none.
	outageFailures = 20
	outageTime     = 5 * time.Second
	outageRamp     = 50.0
	heldRamp       = 10.0 // after the receiver has asked for a pause
	rampTop        = 4096.0
	rampStep       = time.Second

	// The pauses that a throttling receiver gets which names none itself.
	holdFirst = time.Second
	holdMost  = 5 * time.Minute
)

// pace says when the next message of a channel may leave. It is pure: whoever
// calls it has the lock and the time.
type pace struct {
	rate float64   // messages a second that the channel's limits allow; 0 for any
	next time.Time // when the next may leave
	held time.Time // the receiver asked for a pause until then

	failures int       // in a row
	failing  time.Time // since
	ramp     float64   // messages a second while an outage heals; 0 for any
	ramped   time.Time // when the ramp last changed
	streak   int       // throttling answers in a row, of which each began after the last hold
}

// limit is how fast messages may leave now; 0 is as fast as they can.
func (p *pace) limit() float64 {
	switch {
	case p.rate == 0:
		return p.ramp
	case p.ramp == 0:
		return p.rate
	}
	return min(p.rate, p.ramp)
}

// ready is when the next message may leave; the zero time is at once.
func (p *pace) ready() time.Time {
	if p.limit() == 0 {
		return p.held
	}
	if p.held.After(p.next) {
		return p.held
	}
	return p.next
}

// begin takes a message that leaves now into account.
func (p *pace) begin(now time.Time) {
	limit := p.limit()
	if limit == 0 {
		return
	}
	if from := now.Add(-slack); p.next.Before(from) {
		p.next = from
	}
	p.next = p.next.Add(time.Duration(float64(time.Second) / limit))
}

// succeeded makes the ramp steeper.
func (p *pace) succeeded(now time.Time) {
	p.failures, p.streak = 0, 0
	if p.ramp > 0 && now.Sub(p.ramped) >= rampStep {
		p.ramp, p.ramped = 2*p.ramp, now
		if p.ramp > rampTop {
			p.ramp = 0
		}
	}
}

// failed counts towards an outage.
func (p *pace) failed(now time.Time) {
	if p.failures == 0 {
		p.failing = now
	}
	p.failures++
	if p.failures < outageFailures || now.Sub(p.failing) < outageTime {
		return
	}
	if p.ramp == 0 || p.ramp > outageRamp && now.Sub(p.ramped) >= rampStep {
		p.ramp, p.ramped = outageRamp, now
	}
}

// hold keeps the channel quiet until a time, and lets it begin slowly then.
func (p *pace) hold(until time.Time) {
	if until.After(p.held) {
		p.held = until
		p.ramp, p.ramped = heldRamp, until
	}
}

// lift ends a hold before its time.
func (p *pace) lift(now time.Time) {
	if p.held.After(now) {
		p.held, p.ramped = now, now
	}
}

// throttled decides on an answer that asks for less, to a message that left at
// began. A hold is nil for the first 502, 503 or 504 that names no time: one such
// answer is a failure like others. Messages that left before the last hold was
// known make it longer, but no pause grows by them.
func (p *pace) throttled(failure *channels.Error, began, now time.Time) *time.Time {
	explicit := failure.After > 0 || failure.Code == models.ErrRateLimited
	fresh := !began.Before(p.held)
	if fresh {
		p.streak++
	}
	if !explicit && p.streak < 2 && !p.held.After(now) {
		return nil
	}
	pause := failure.After
	if pause == 0 {
		if !fresh && p.held.After(now) {
			until := p.held
			return &until
		}
		grown := max(p.streak-1, 0)
		if failure.Code != models.ErrRateLimited {
			grown = max(p.streak-2, 0)
		}
		pause = min(holdFirst<<min(grown, 16), holdMost)
	}
	until := later(p.held, now.Add(pause)).Truncate(time.Microsecond)
	p.hold(until)
	return &until
}

// memorable says that the pace is not that of a channel never seen.
func (p *pace) memorable(now time.Time) bool {
	return p.failures > 0 || p.streak > 0 || p.ramp > 0 || p.held.After(now) || p.rate > 0 && p.next.After(now)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
