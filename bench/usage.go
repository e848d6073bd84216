package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// usage is who used the processors for how many seconds, in a time.
type usage struct {
	took                            time.Duration
	servers, database, load, others float64
}

// String gives shares of the machine.
func (u usage) String() string {
	whole := u.took.Seconds() * float64(runtime.NumCPU())
	if whole == 0 {
		return ""
	}
	share := func(used float64) float64 { return 100 * used / whole }
	text := fmt.Sprintf("servers %.0f%%, database %.0f%%, load %.0f%%", share(u.servers), share(u.database), share(u.load))
	if others := share(u.others); others >= 1 {
		text += fmt.Sprintf(", others %.0f%%", others)
	}
	return text
}

// used is what was used until now.
func (s *site) used() (u usage) {
	for _, one := range s.running() {
		u.servers += cpuSeconds(one.pid())
	}
	if s.kind == postgres {
		u.database = treeSeconds(s.cluster.Pid())
	}
	u.load = cpuSeconds(os.Getpid())
	u.others = machineSeconds() - u.servers - u.database - u.load
	return u
}

// machineSeconds is the time that all processors were busy or taken away by the host.
func machineSeconds() (sum float64) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	for i, field := range strings.Fields(line) {
		n, err := strconv.ParseFloat(field, 64)
		if err == nil && i != 4 && i != 5 && i < 9 { // user nice system, not idle nor iowait, irq softirq steal
			sum += n
		}
	}
	return sum / ticks
}

// watch opens a window: what it returns closes it, and notes who used the
// processors within. With -profile it also writes down where the time went.
func (s *site) watch(ctx context.Context, label string) (stop func() error, err error) {
	finish := func() error { return nil }
	if s.profile != "" {
		if finish, err = s.profiled(ctx, label); err != nil {
			return nil, fmt.Errorf("profile: %w", err)
		}
	}
	before, begin := s.used(), time.Now()
	return func() error {
		now := s.used()
		s.last = usage{
			took:    time.Since(begin),
			servers: now.servers - before.servers, database: now.database - before.database,
			load: now.load - before.load, others: now.others - before.others,
		}
		return finish()
	}, nil
}
