// Command bench measures Carillon end to end: real server processes, a real
// database, load and receivers beside them on the same machine. Each figure
// stands beside a reference that the same run measures, so that the ratio to
// the limit can be read on any machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options is how a run was asked for.
type options struct {
	only    string
	on      string
	full    bool
	seconds int
	profile string
	soak    time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.only, "only", "", "the measures to take, by name: "+strings.Join(names(), ","))
	flag.StringVar(&o.on, "on", "", "the databases to measure on, in place of each measure's own: postgres,sqlite")
	flag.BoolVar(&o.full, "full", false, "take the sizes that the aims name, for about 35 minutes, 20 of them the soak; without it small ones, for about 3")
	flag.IntVar(&o.seconds, "seconds", 0, "the length of each window of measurement (2, with -full 10)")
	flag.StringVar(&o.profile, "profile", "", "a folder to write profiles of the server and the database's statements to")
	flag.DurationVar(&o.soak, "soak", 0, "run the soak alone, for that time on each database (20s, with -full 10m)")
	flag.Parse()
	if o.soak > 0 && o.only == "" && !o.full {
		o.only = "soak"
	}
	if o.soak == 0 {
		o.soak = time.Duration(o.size(20, 600)) * time.Second
	}
	if o.seconds == 0 {
		o.seconds = o.size(2, 10)
	}
	// The processes below end with the thread that started them, should this one be killed.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// size is a measure's size in a small run or a full one.
func (o *options) size(small, full int) int {
	if o.full {
		return full
	}
	return small
}

// scenario is one measure, or some that belong together.
type scenario struct {
	name string
	on   []string // the databases that it measures by default, the first one always possible
	run  func(ctx context.Context, s *site) error
	fits []string // the databases that it can measure
}

func scenarios() []scenario {
	one, both := []string{postgres}, []string{postgres, sqlite}
	return []scenario{
		{name: "basics", on: both, fits: both, run: basics},
		{name: "hanging", on: one, fits: both, run: hanging},
		{name: "backlog", on: one, fits: both, run: backlog},
		{name: "drain", on: one, fits: both, run: drain},
		{name: "fanout", on: one, fits: both, run: fanout},
		{name: "stored", on: one, fits: one, run: stored},
		{name: "nodes", on: one, fits: one, run: nodes},
		{name: "ordered", on: one, fits: both, run: ordered},
		{name: "batching", on: one, fits: both, run: batching},
		{name: "subscribers", on: one, fits: both, run: subscribers},
		{name: "render", on: []string{sqlite}, fits: []string{sqlite}, run: render},
		{name: "sms", on: []string{sqlite}, fits: []string{sqlite}, run: sms},
		{name: "slack", on: one, fits: both, run: slack},
		{name: "email", on: one, fits: one, run: email},
		{name: "soak", on: both, fits: both, run: soak},
	}
}

func names() (list []string) {
	for _, s := range scenarios() {
		list = append(list, s.name)
	}
	return list
}

// plan lists the chosen scenarios, each with its databases.
func plan(o options) (chosen []scenario, err error) {
	list := scenarios()
	if o.only != "" {
		for name := range strings.SplitSeq(o.only, ",") {
			i := slices.IndexFunc(list, func(s scenario) bool { return s.name == name })
			if i < 0 {
				return nil, fmt.Errorf("there is no measure %q; there are %s", name, strings.Join(names(), ", "))
			}
			chosen = append(chosen, list[i])
		}
		list = chosen
	}
	if o.on == "" {
		return list, nil
	}
	for i := range list {
		list[i].on = slices.DeleteFunc(strings.Split(o.on, ","), func(kind string) bool { return !slices.Contains(list[i].fits, kind) })
	}
	return list, nil
}

func run(ctx context.Context, o options) (err error) {
	chosen, err := plan(o)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.close()
	if err := b.heading(ctx); err != nil {
		return err
	}
	for _, s := range chosen {
		for _, kind := range s.on {
			if failed := b.at(ctx, s, kind); failed != nil {
				err = errors.Join(err, fmt.Errorf("%s on %s: %w", s.name, kind, failed))
			}
			if ctx.Err() != nil {
				return err
			}
		}
	}
	return err
}
