package telemetry

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestSampleSparesTheDatabase: a value is kept by what it took, and one that could
// not be read is absent for as long.
func TestSampleSparesTheDatabase(t *testing.T) {
	t.Parallel()
	at := time.Unix(1_000_000, 0)
	now := func() time.Time { return at }
	reads, takes, fault := 0, time.Duration(0), error(nil)
	s := sample[int]{name: "s", limit: time.Second, read: func(ctx context.Context, _ time.Time) (int, error) {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("a reading has no end")
		}
		reads++
		at = at.Add(takes)
		return reads, fault
	}}
	check := func(wait time.Duration, want int, known bool) {
		t.Helper()
		at = at.Add(wait)
		if got, ok := s.get(t.Context(), now); ok != known || known && got != want {
			t.Errorf("the sample is %d, %t; want %d, %t", got, ok, want, known)
		}
	}
	check(0, 1, true)
	check(sampleRest-1, 1, true)
	takes = 2 * time.Second
	check(1, 2, true)
	check(20*takes-1, 2, true)
	fault = errors.New("it takes too long")
	check(1, 0, false)
	check(20*takes-1, 0, false)
	if reads != 3 {
		t.Errorf("it was read %d times, want 3", reads)
	}
	fault, takes = nil, 0
	check(1, 4, true)
	if state := s.state(); state.failed != 1 || !state.known {
		t.Errorf("the state is %+v, want one failure and a value", state)
	}
}
