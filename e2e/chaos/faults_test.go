package chaos

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"carillon/pgserver"
)

// hand brings the faults of a plan about, each node's in turn, and writes down
// when they really were.
type hand struct {
	nodes  []*node
	server *pgserver.Server // nil with SQLite
	key    string           // that clients of restarted nodes use

	mu   sync.Mutex
	done []fault
	errs []error
}

// run returns once every fault is over, and every node serves again.
func (h *hand) run(ctx context.Context, began time.Time, faults []fault) {
	var group sync.WaitGroup
	for victim := -1; victim < len(h.nodes); victim++ {
		group.Go(func() {
			for _, f := range faults {
				if f.Node != victim {
					continue
				}
				if !until(ctx, began.Add(f.At)) {
					return
				}
				f.From = time.Now()
				err := h.strike(ctx, f)
				f.To = time.Now()
				h.note(f, err)
			}
		})
	}
	group.Wait()
}

func (h *hand) note(f fault, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.done = append(h.done, f)
	if err != nil {
		h.errs = append(h.errs, fmt.Errorf("%s at %s: %w", f.Kind, f.At, err))
	}
}

func (h *hand) strike(ctx context.Context, f fault) error {
	if f.Kind == restart {
		h.server.Crash()
		until(ctx, time.Now().Add(f.For))
		return h.server.Start(ctx)
	}
	n := h.nodes[f.Node]
	var drained error
	switch f.Kind {
	case stop:
		return n.pause(ctx, f.For)
	case kill:
		n.kill()
	case drain:
		drained = n.drain()
	}
	until(ctx, time.Now().Add(f.For))
	return errors.Join(drained, n.start(ctx, h.key))
}
