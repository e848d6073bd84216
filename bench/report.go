package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// figure is one row of the report.
type figure struct {
	measure   string
	got       string
	reach     string // empty where nothing is to be reached
	reached   bool
	reference string // measured in the same run
	with      string // sizes
	cpu       string // who used the processors
}

// report is a table in Markdown, printed as it grows.
type report struct{ begun bool }

func (r *report) add(f figure) {
	if !r.begun {
		fmt.Println("| measure | got | reach | reached | reference of the same run | with | processors |")
		fmt.Println("| --- | --- | --- | --- | --- | --- | --- |")
		r.begun = true
	}
	reached := ""
	if f.reach != "" {
		reached = "no"
		if f.reached {
			reached = "yes"
		}
	}
	fmt.Printf("| %s | %s | %s | %s | %s | %s | %s |\n", f.measure, f.got, f.reach, reached, f.reference, f.with, f.cpu)
}

// progress tells whoever waits what is going on, apart from the table.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, time.Now().UTC().Format("15:04:05")+" "+format+"\n", args...)
}

// heading says what the run is measured with.
func (b *bench) heading(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, b.cluster.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var version string
	if err := conn.QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil {
		return err
	}
	version, _, _ = strings.Cut(version, " ")
	sizes := "small sizes"
	if b.full {
		sizes = "full sizes"
	}
	fmt.Printf("%s, %d cores of %s (%s), PostgreSQL %s with fsync, Linux %s; %s, windows of %d s; "+
		"servers, database, load and receivers share the machine; payloads of 1 KB\n\n",
		runtime.Version(), runtime.NumCPU(), processor(), runtime.GOARCH, version, kernel(), sizes, b.seconds)
	return nil
}

// processor is the machine's name for its cores.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "an unknown kind"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "an unknown kind"
}

func kernel() string {
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease") // empty where it cannot be read
	return strings.TrimSpace(string(release))
}

func perSecond(rate float64) string { return fmt.Sprintf("%.0f/s", rate) }

// times is a ratio to a reference.
func times(ratio float64) string { return fmt.Sprintf("%.2f times", ratio) }

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

// mean1 has one digit behind the point.
func mean1(v float64) string { return fmt.Sprintf("%.1f", v) }
