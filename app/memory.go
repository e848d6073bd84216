package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The collector usually runs whenever the heap has doubled, which for a server
// whose heap is small is many times a second. Here it may grow to quietMemory
// first, for a tenth of all processor time in return; beyond that, the limit
// follows twice of what is alive. Stacks are a part of it: those of thousands of
// subscribers would else eat up the room that the heap has to grow.
const (
	quietPercent = 400
	quietMemory  = 88 << 20
	slack        = 16 << 20
	tunePeriod   = 100 * time.Millisecond
)

// tuneCollector keeps the limit in step with what is alive, until ctx ends.
// Who has set GOGC or GOMEMLIMIT knows better.
func tuneCollector(ctx context.Context) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(quietPercent))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(-1))
	tick := time.NewTicker(tunePeriod)
	defer tick.Stop()
	alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	for last := int64(0); ; {
		metrics.Read(alive)
		limit := max(quietMemory, 2*int64(alive[0].Value.Uint64()+alive[1].Value.Uint64())+slack)
		if limit != last {
			debug.SetMemoryLimit(limit)
			last = limit
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
