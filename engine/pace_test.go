package engine

import (
	"testing"
	"time"

	"carillon/channels"
	"carillon/models"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// leaves counts the messages that a pace lets through in a second, from now on.
func leaves(p *pace, now time.Time, outcome func(time.Time)) int {
	n := 0
	for end := now.Add(time.Second); now.Before(end); {
		if at := p.ready(); at.After(now) {
			now = at
			continue
		}
		p.begin(now)
		n++
		outcome(now)
		if p.limit() == 0 {
			return 1 << 30
		}
	}
	return n
}

func TestRateIsEven(t *testing.T) {
	t.Parallel()
	for _, rate := range []float64{0.5, 1, 10, 250, 5000} {
		p := pace{rate: rate}
		idle := noon.Add(time.Hour) // it may not make up for that
		first := leaves(&p, idle, p.succeeded)
		second := leaves(&p, idle.Add(time.Second), p.succeeded)
		if most := int(rate*1.05) + 1; first > most || second > most {
			t.Errorf("rate %v let %d and %d leave in a second", rate, first, second)
		}
		if least := int(rate * 0.99); first < least || second < least {
			t.Errorf("rate %v let only %d and %d leave in a second", rate, first, second)
		}
	}
}

// A receiver that comes back after an outage is not stampeded: what reaches it
// doubles each second.
func TestOutageRampsUp(t *testing.T) {
	t.Parallel()
	var p pace
	now := noon
	for range outageFailures {
		p.failed(now)
		now = now.Add(time.Second)
	}
	if got := leaves(&p, now, p.failed); got < 40 || got > 60 {
		t.Errorf("while it is down %d messages a second try it, want about %v", got, outageRamp)
	}
	now = now.Add(time.Second)
	before := 0
	for second := range 12 {
		got := leaves(&p, now, p.succeeded)
		now = now.Add(time.Second)
		if p.ramp == 0 {
			if second < 5 {
				t.Errorf("the ramp ended after %d seconds", second)
			}
			return
		}
		if before > 0 && got > 2*before+before/4 {
			t.Errorf("from one second to the next the messages grew from %d to %d", before, got)
		}
		before = got
	}
	t.Error("the ramp never ended")
}

func TestAFewFailuresAreNoOutage(t *testing.T) {
	t.Parallel()
	var p pace
	for i := range 1000 {
		p.failed(noon.Add(time.Duration(i) * time.Millisecond))
	}
	if p.limit() != 0 {
		t.Error("failures within one second slow the channel down")
	}
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	limited := &channels.Error{Class: channels.Throttled, Code: models.ErrRateLimited}
	unavailable := &channels.Error{Class: channels.Throttled, Code: models.ErrRejected}
	named := &channels.Error{Class: channels.Throttled, Code: models.ErrRejected, After: 7 * time.Second}

	t.Run("429 holds at once, for longer each time", func(t *testing.T) {
		t.Parallel()
		var p pace
		now := noon
		for _, seconds := range []int{1, 2, 4, 8} {
			hold := p.throttled(limited, now, now)
			if want := time.Duration(seconds) * time.Second; hold == nil || hold.Sub(now) != want {
				t.Fatalf("held until %v, want %s", hold, want)
			}
			now = hold.Add(time.Millisecond)
		}
	})
	t.Run("503 holds when it is repeated", func(t *testing.T) {
		t.Parallel()
		var p pace
		if hold := p.throttled(unavailable, noon, noon); hold != nil {
			t.Fatalf("the first one held until %s", hold)
		}
		now := noon.Add(time.Second)
		for _, seconds := range []int{1, 2, 4} {
			hold := p.throttled(unavailable, now, now)
			if want := time.Duration(seconds) * time.Second; hold == nil || hold.Sub(now) != want {
				t.Fatalf("held until %v, want %s", hold, want)
			}
			now = hold.Add(time.Millisecond)
		}
		p.succeeded(now)
		if hold := p.throttled(unavailable, now, now.Add(time.Millisecond)); hold != nil {
			t.Error("a success did not end the row")
		}
	})
	t.Run("Retry-After is kept to", func(t *testing.T) {
		t.Parallel()
		var p pace
		if hold := p.throttled(named, noon, noon); hold == nil || hold.Sub(noon) != 7*time.Second {
			t.Errorf("held until %v, want 7 s", hold)
		}
	})
	t.Run("what was under way joins the hold", func(t *testing.T) {
		t.Parallel()
		var p pace
		first := p.throttled(limited, noon, noon.Add(time.Second))
		for range 50 {
			if hold := p.throttled(limited, noon, noon.Add(time.Second+time.Millisecond)); hold == nil || !hold.Equal(*first) {
				t.Fatalf("held until %v, want %s as before", hold, first)
			}
		}
	})
	t.Run("pauses are bounded", func(t *testing.T) {
		t.Parallel()
		var p pace
		now, last := noon, time.Duration(0)
		for range 40 {
			hold := p.throttled(limited, now, now)
			last = hold.Sub(now)
			now = hold.Add(time.Millisecond)
		}
		if last != holdMost {
			t.Errorf("the last pause was %s, want %s", last, holdMost)
		}
	})
	t.Run("a hold that is lifted ramps up from then", func(t *testing.T) {
		t.Parallel()
		var p pace
		p.hold(noon.Add(time.Hour))
		p.lift(noon)
		if at := p.ready(); at.After(noon) {
			t.Fatalf("the next message leaves at %s", at)
		}
		first := leaves(&p, noon, p.succeeded)
		if second := leaves(&p, noon.Add(time.Second), p.succeeded); second < first+first/2 {
			t.Errorf("from one second to the next the messages grew from %d to %d only", first, second)
		}
	})
	t.Run("what follows a hold ramps up", func(t *testing.T) {
		t.Parallel()
		var p pace
		hold := p.throttled(named, noon, noon)
		if got := leaves(&p, *hold, p.succeeded); got > 12 {
			t.Errorf("%d messages left in the first second after a hold", got)
		}
	})
}
