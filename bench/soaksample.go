package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// sampleEvery is the time between two samples.
const sampleEvery = 2 * time.Second

// settled is how long a soak takes until what it stores levels off: the database
// is full when retention has made two rounds over what is a minute old.
const settled = 6 * time.Minute

// watchedSeries are the measures of a soak, and what flat means for each. The
// tolerances are well above what a healthy server does, and below what it loses
// where one of a hundred requests leaves something behind.
func watchedSeries() []series {
	return []series{
		{name: "resident memory", unit: " MiB", scale: 1 << 20, rise: 0.1, slack: 4 << 20},
		{name: "heap in use", unit: " MiB", scale: 1 << 20, rise: 0.08, slack: 1 << 20},
		{name: "goroutines", scale: 1, rise: 0.15, slack: 40},
		{name: "file descriptors", scale: 1, rise: 0.2, slack: 30},
		{name: "database", unit: " MiB", scale: 1 << 20, rise: 0.1, slack: 16 << 20, settles: true},
		{name: "waiting", scale: 1, rise: 0.5, slack: 1000},
	}
}

// sample adds a value to each series, of the node that lives all through the soak.
func (k *soaking) sample(ctx context.Context) error {
	one := k.nodes[0].server()
	if one == nil {
		return nil // it is being started anew, while the soak warms up
	}
	state, err := one.ask("state")
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	var goroutines, heap float64
	if _, err := fmt.Sscan(string(state), &goroutines, &heap); err != nil {
		return fmt.Errorf("sample %q: %w", state, err)
	}
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", one.pid()))
	if err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	size, err := k.databaseSize(ctx)
	if err != nil {
		return fmt.Errorf("sample the database's size: %w", err)
	}
	for i, value := range []float64{float64(memory(one.pid())), heap, goroutines, float64(len(open)), size, float64(k.ledger.waiting())} {
		k.series[i].values = append(k.series[i].values, value)
	}
	return nil
}

// databaseSize is what the database takes on disk, without PostgreSQL's log of
// writes, which it bounds by itself.
func (k *soaking) databaseSize(ctx context.Context) (size float64, err error) {
	if k.kind == postgres {
		conn, err := pgx.Connect(ctx, k.url)
		if err != nil {
			return 0, err
		}
		defer func() { _ = conn.Close(ctx) }()
		err = conn.QueryRow(ctx, "SELECT pg_database_size(current_database())").Scan(&size)
		return size, err
	}
	files, err := filepath.Glob(strings.TrimPrefix(k.url, "sqlite:") + "*")
	for _, file := range files {
		if about, err := os.Stat(file); err == nil { // one may go meanwhile
			size += float64(about.Size())
		}
	}
	return size, err
}

// watchGrowth samples until ctx ends.
func (k *soaking) watchGrowth(ctx context.Context) {
	for wait(ctx, sampleEvery); ctx.Err() == nil; wait(ctx, sampleEvery) {
		if err := k.sample(ctx); err != nil && ctx.Err() == nil {
			k.note(err)
		}
	}
}
