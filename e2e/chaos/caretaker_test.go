package chaos

import (
	"context"
	"errors"
	"sync"
	"time"

	"carillon/testkit"
)

var errDown = errors.New("the node is down")

// during is a span of a run as it really was.
type during struct{ From, To time.Time }

// caretaker pauses and resumes by the plan, and resumes what the server disabled.
type caretaker struct {
	nodes    []*node
	channels map[kind]string

	mu      sync.Mutex
	pauses  []during    // from the answer to the pause, to just before the resumption
	resumed []time.Time // when it set out to resume the channel that was disabled
}

// run returns once the last pause of the plan is over, or ctx ended.
func (c *caretaker) run(ctx context.Context, began time.Time, pauses []span) {
	for _, p := range pauses {
		if !until(ctx, began.Add(p.From)) {
			return
		}
		c.ask(ctx, `mutation($id: ID!) { pauseChannel(id: $id) { id } }`, paused, nil)
		var d during
		d.From = time.Now()
		until(ctx, began.Add(p.To))
		d.To = time.Now()
		c.ask(ctx, resumeMutation, paused, nil)
		c.mu.Lock()
		c.pauses = append(c.pauses, d)
		c.mu.Unlock()
	}
}

const resumeMutation = `mutation($id: ID!) { resumeChannel(id: $id) { id } }`

// watch resumes the fragile channel each time that it was disabled, until ctx ends.
func (c *caretaker) watch(ctx context.Context) {
	for until(ctx, time.Now().Add(2500*time.Millisecond)) {
		var out struct{ Channel struct{ Status string } }
		c.ask(ctx, `query($id: ID!) { channel(id: $id) { status } }`, fragile, &out)
		if out.Channel.Status != "DISABLED" {
			continue
		}
		c.mu.Lock()
		c.resumed = append(c.resumed, time.Now())
		c.mu.Unlock()
		c.ask(ctx, resumeMutation, fragile, nil)
	}
}

// ask asks node after node until one answers.
func (c *caretaker) ask(ctx context.Context, query string, channel kind, out any) {
	askAny(ctx, c.nodes, query, testkit.Vars{"id": c.channels[channel]}, out)
}

// askAny asks node after node until one answers; an error is the end of ctx.
func askAny(ctx context.Context, nodes []*node, query string, vars testkit.Vars, out any) error {
	err := errDown
	for turn := 0; ; turn++ {
		if api := nodes[turn%len(nodes)].client(); api != nil {
			trying, cancel := context.WithTimeout(ctx, tryTime)
			err = api.Do(trying, query, vars, out)
			cancel()
			if err == nil {
				return nil
			}
		}
		if !until(ctx, time.Now().Add(100*time.Millisecond)) {
			return err
		}
	}
}
