package models_test

import (
	"math"
	"testing"
	"time"

	"carillon/models"
)

func TestDefaultRetryPolicyIsThatOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	p := models.DefaultRetryPolicy()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	want := []string{"5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"}
	if len(p.Schedule) != len(want) {
		t.Fatalf("has %d waits", len(p.Schedule))
	}
	for i, wait := range p.Schedule {
		if models.FormatDuration(wait) != want[i] {
			t.Errorf("wait %d is %s, want %s", i, wait, want[i])
		}
	}
	p.Schedule[0] = time.Hour
	if models.DefaultRetryPolicy().Schedule[0] != 5*time.Second {
		t.Error("two policies share one schedule")
	}
}

func TestRetryPolicyWait(t *testing.T) {
	t.Parallel()
	p := models.RetryPolicy{Schedule: []time.Duration{10 * time.Second, time.Hour}, Jitter: 0.2}
	for _, row := range []struct {
		retry  int
		random float64
		want   time.Duration
		ok     bool
	}{
		{0, 0.5, 0, false}, {-1, 0.5, 0, false}, {3, 0.5, 0, false},
		{1, 0, 8 * time.Second, true}, {1, 0.5, 10 * time.Second, true}, {1, 1, 12 * time.Second, true},
		{2, 0, 48 * time.Minute, true}, {2, 1, 72 * time.Minute, true},
	} {
		got, ok := p.Wait(row.retry, row.random)
		if ok != row.ok || (got-row.want).Abs() > time.Microsecond {
			t.Errorf("retry %d at %v waits %s, %v; want %s, %v", row.retry, row.random, got, ok, row.want, row.ok)
		}
	}
	none := models.RetryPolicy{}
	if _, ok := none.Wait(1, 0.5); ok {
		t.Error("an empty schedule retries")
	}
}

func TestRetryPolicyValidate(t *testing.T) {
	t.Parallel()
	zero, one := 0, 1
	negative, second := -time.Second, time.Second
	many := make([]time.Duration, models.MaxRetries+1)
	for i := range many {
		many[i] = time.Second
	}
	for field, p := range map[string]models.RetryPolicy{
		"":                     {Schedule: many[:models.MaxRetries], Jitter: 1, DisableAfterFailures: &one, DisableAfter: &second},
		"schedule":             {Schedule: many},
		"schedule.1":           {Schedule: []time.Duration{time.Second, 0}},
		"schedule.0":           {Schedule: []time.Duration{models.MaxRetryWait + 1}},
		"jitter":               {Jitter: math.NaN()},
		"disableAfterFailures": {DisableAfterFailures: &zero},
		"disableAfter":         {DisableAfter: &negative},
	} {
		checkField(t, field, p.Validate())
	}
	for _, jitter := range []float64{-0.1, 1.1, math.Inf(1), math.Inf(-1)} {
		p := models.RetryPolicy{Jitter: jitter}
		checkField(t, "jitter", p.Validate())
	}
}
