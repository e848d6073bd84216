package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"

	"carillon/testkit"
)

// published is one event that was answered.
type published struct {
	ID, Key string
	Type    string
	Entity  string
	Poison  bool
	At      time.Time // of the answer
	Seq     int       // the publisher's own count: of one entity, the order of publishing
}

// failedTry is one publication that a node did not answer in good order.
type failedTry struct {
	Node     int
	From, To time.Time
	Error    string
}

// load publishes the scripts of a plan. Each publication is tried again with
// its idempotency keys, node after node, until it is answered.
type load struct {
	plan  *plan
	nodes []*node

	mu       sync.Mutex
	answered []published
	failed   []failedTry
}

const publishMutation = `mutation($input: PublishEventsInput!) { publishEvents(input: $input) { id } }`

// run returns once every publication of the scripts was answered, or ctx ended.
func (l *load) run(ctx context.Context, began time.Time) {
	var group sync.WaitGroup
	for n, script := range l.plan.Scripts {
		group.Go(func() {
			seq := 0
			for _, i := range script {
				if !until(ctx, began.Add(i.At)) {
					return
				}
				l.publish(ctx, n, seq, i)
				seq += i.Count
			}
		})
	}
	group.Wait()
}

func (l *load) publish(ctx context.Context, publisher, seq int, i item) {
	batch := make([]published, i.Count)
	inputs := make([]any, i.Count)
	for j := range batch {
		e := published{Key: fmt.Sprintf("%d-%d", publisher, seq+j), Type: i.Type, Entity: i.Entity, Poison: i.Poison, Seq: seq + j}
		input := map[string]any{"type": e.Type, "idempotencyKey": e.Key, "data": map[string]any{"n": e.Seq, "poison": e.Poison}}
		if e.Entity != "" {
			input["entityId"] = e.Entity
		}
		batch[j], inputs[j] = e, input
	}
	vars := testkit.Vars{"input": map[string]any{"events": inputs}}
	for turn := publisher; ctx.Err() == nil; turn++ {
		ids, err := l.try(ctx, turn%len(l.nodes), vars)
		if err == nil && len(ids) == len(batch) {
			l.note(batch, ids)
			return
		}
		until(ctx, time.Now().Add(50*time.Millisecond))
	}
}

// try publishes at one node. That it is down is not worth a note: who uses it is told.
func (l *load) try(ctx context.Context, number int, vars testkit.Vars) ([]string, error) {
	api := l.nodes[number].client()
	if api == nil {
		return nil, errDown
	}
	from := time.Now()
	trying, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	var out struct{ PublishEvents []struct{ ID string } }
	err := api.Do(trying, publishMutation, vars, &out)
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.failed = append(l.failed, failedTry{number, from, time.Now(), err.Error()})
		return nil, err
	}
	ids := make([]string, len(out.PublishEvents))
	for i := range ids {
		ids[i] = out.PublishEvents[i].ID
	}
	return ids, nil
}

func (l *load) note(batch []published, ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range batch {
		batch[i].ID, batch[i].At = ids[i], time.Now()
	}
	l.answered = append(l.answered, batch...)
}
