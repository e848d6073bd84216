package chaos

import (
	"strings"
	"time"
)

// kind names a channel of the plan, its endpoint, and the type of its events.
type kind string

const (
	plain     kind = "plain"
	throttled kind = "throttled" // its endpoint asks for pauses
	limited   kind = "limited"   // by a rate
	narrow    kind = "narrow"    // a few messages at once
	ordered   kind = "ordered"   // PER_ENTITY
	batched   kind = "batched"
	fragile   kind = "fragile" // disabled after failures, and resumed by the caretaker
	paused    kind = "paused"  // by hand now and then

	everywhere kind = "everywhere" // a type of events that goes to several channels
)

// channelPlan is a channel and how its endpoint behaves.
type channelPlan struct {
	Kind        kind
	Schedule    []time.Duration
	Rate        float64 // messages a second; 0 is unlimited
	Concurrency int     // 0 is the server's default
	MaxEvents   int     // of a message; 0 does not batch
	MaxWait     time.Duration
	Ordered     bool
	Disable     int // after failures; 0 is never
	Everywhere  bool
	Ills        []ill
	Moods       []mood
}

// channelPlans are the channels of every run. Schedules are short, so that
// events end in success and in failure within a run.
func channelPlans() []channelPlan {
	short := []time.Duration{200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second}
	usual := []ill{fails, hangs, slow, resets, refuses}
	throttling := []ill{throttles, unavailable, unavailableFor, fails}
	return []channelPlan{
		{Kind: plain, Schedule: short, Everywhere: true, Ills: usual},
		{Kind: throttled, Schedule: short, Ills: throttling},
		{Kind: limited, Schedule: short, Rate: 50, Ills: []ill{fails, throttles, slow, refuses}},
		{Kind: narrow, Schedule: short, Concurrency: 3, Everywhere: true, Ills: usual},
		{Kind: ordered, Schedule: short, Ordered: true, Ills: usual},
		{Kind: batched, Schedule: short, MaxEvents: 20, MaxWait: 200 * time.Millisecond, Everywhere: true, Ills: append(usual, unavailableFor)},
		{Kind: fragile, Schedule: append(short, short...), Disable: 5, Ills: []ill{fails, gone, refuses}},
		{Kind: paused, Schedule: short, Ills: usual},
	}
}

// targets are the channels that an event of a type goes to.
func (p *plan) targets(eventType string) (all []kind) {
	for _, c := range p.Channels {
		if string(c.Kind) == eventType || eventType == string(everywhere) && c.Everywhere {
			all = append(all, c.Kind)
		}
	}
	return all
}

// input is what createChannel takes.
func (c *channelPlan) input(url string) map[string]any {
	schedule := make([]string, len(c.Schedule))
	for i, wait := range c.Schedule {
		schedule[i] = wait.String()
	}
	policy := map[string]any{"schedule": schedule, "jitter": 0.2}
	if c.Disable > 0 {
		policy["disableAfterFailures"] = c.Disable
	}
	in := map[string]any{
		"name": string(c.Kind), "retryPolicy": policy,
		"config": map[string]any{"http": map[string]any{"url": url, "timeout": sendTimeout.String()}},
	}
	limits := map[string]any{}
	if c.Rate > 0 {
		limits["rate"] = c.Rate
	}
	if c.Concurrency > 0 {
		limits["concurrency"] = c.Concurrency
	}
	if len(limits) > 0 {
		in["limits"] = limits
	}
	if c.MaxEvents > 0 {
		in["batching"] = map[string]any{"maxEvents": c.MaxEvents, "maxWait": c.MaxWait.String()}
	}
	if c.Ordered {
		in["ordering"] = "PER_ENTITY"
	}
	return in
}

// ill is a way for an endpoint to be unwell.
type ill string

const (
	well           ill = "well"
	fails          ill = "500"
	unavailable    ill = "503"
	unavailableFor ill = "503 with Retry-After"
	throttles      ill = "429 with Retry-After"
	gone           ill = "410"
	hangs          ill = "hangs"
	slow           ill = "slow"
	resets         ill = "resets"
	refuses        ill = "refuses" // connections: nothing arrives
)

// mood is how an endpoint answers from a time on: its answers in turn.
type mood struct {
	At      time.Duration
	Answers []ill
}

func (m mood) is(i ill) bool { return len(m.Answers) == 1 && m.Answers[0] == i }

func (m mood) String() string {
	texts := make([]string, len(m.Answers))
	for i, a := range m.Answers {
		texts[i] = string(a)
	}
	return strings.Join(texts, ",")
}

// moods alternates between well and unwell until a time, from which on the
// endpoint is well.
func (r *dice) moods(until time.Duration, ills []ill) []mood {
	all := []mood{{Answers: []ill{well}}}
	for at := r.between(0, 4*time.Second); at < until; at += r.between(time.Second, 5*time.Second) {
		all = append(all, mood{at, r.illness(ills)})
		at += r.between(700*time.Millisecond, 3*time.Second)
		all = append(all, mood{min(at, until), []ill{well}})
	}
	return all
}

// illness is one ill all the time, or now and then one of several.
func (r *dice) illness(ills []ill) []ill {
	if r.IntN(3) > 0 {
		return []ill{ills[r.IntN(len(ills))]}
	}
	mixed := make([]ill, 7)
	for i := range mixed {
		mixed[i] = well
		if some := ills[r.IntN(len(ills))]; r.IntN(2) == 0 && some != refuses {
			mixed[i] = some
		}
	}
	return mixed
}
