// Command bench measures Carillon end to end: a real server process, a real
// database, load and receiver beside them on the same machine. Each figure
// stands beside a reference that the same run measures, so that the ratio to
// the limit can be read on any machine.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	seconds := flag.Int("seconds", 10, "how long each measure of throughput aims to take")
	only := flag.String("only", "postgres,subscribers,sqlite", "which databases to measure, and subscribers")
	flag.Parse()
	// The processes below end with the thread that started them, should this one be killed.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *seconds, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, seconds int, only string) error {
	dir, err := os.MkdirTemp("", "carillon-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	binary, err := build(dir)
	if err != nil {
		return fmt.Errorf("build: %w", err)
	}
	fmt.Printf("%s, %d cores, %s; server, database, load and receiver share them; payloads of 1 KB\n\n",
		runtime.Version(), runtime.NumCPU(), runtime.GOARCH)
	if strings.Contains(only, "postgres") {
		if err := measurePostgres(ctx, binary, dir, seconds); err != nil {
			return fmt.Errorf("PostgreSQL: %w", err)
		}
	}
	if strings.Contains(only, "subscribers") {
		if err := measureSubscribers(ctx, binary, dir, seconds); err != nil {
			return err
		}
	}
	if strings.Contains(only, "sqlite") {
		if err := measureSQLite(binary, dir, seconds); err != nil {
			return fmt.Errorf("SQLite: %w", err)
		}
	}
	return nil
}

// figure is one row of the report.
func figure(what, got, reach string) { fmt.Printf("%-58s %14s   %s\n", what, got, reach) }

const filler = "abcdefghijklmnopqrstuvwxyz0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ-"

// payload is about 1 KB of data, unlike the others by its number; t is when it was made.
func payload(n int) []byte {
	b := make([]byte, 0, 1100)
	b = append(b, `{"n":`...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, `,"t":`...)
	b = strconv.AppendInt(b, time.Now().UnixMicro(), 10)
	for i := range 12 {
		b = append(b, `,"field`...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, `":"`...)
		b = append(b, filler...)
		b = append(b, '"')
	}
	return append(b, '}')
}

func publishOne(tenant string) func(n int) []byte {
	head := `{"query":"mutation($i:PublishEventInput!){publishEvent(input:$i){id}}","variables":{"i":{"tenantId":"` + tenant +
		`","type":"bench.event","entityId":"entity-1","data":`
	return func(n int) []byte { return slices.Concat([]byte(head), payload(n), []byte(`}}}`)) }
}

func publishMany(tenant string, size int) func(n int) []byte {
	head := `{"query":"mutation($i:PublishEventsInput!){publishEvents(input:$i){id}}","variables":{"i":{"events":[`
	one := `{"tenantId":"` + tenant + `","type":"bench.event","entityId":"entity-1","data":`
	return func(n int) []byte {
		b := []byte(head)
		for i := range size {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, one...)
			b = append(b, payload(n*size+i)...)
			b = append(b, '}')
		}
		return append(b, `]}}}`...)
	}
}

// throughput publishes for about the time and waits until all is received.
// It returns events a second, first published to last received.
func throughput(s *server, r *receiver, tenant string, batch, seconds int) (rate float64, count int, err error) {
	body, per := publishOne(tenant), 1
	if batch > 1 {
		body, per = publishMany(tenant, batch), batch
	}
	// A first, short run warms up and tells how many requests fill the time.
	warm := max(2000/per, 64)
	begin := time.Now()
	if err := round(s, r, body, per, warm); err != nil {
		return 0, 0, err
	}
	requests := max(int(float64(warm)/time.Since(begin).Seconds()*float64(seconds)), warm)
	begin = time.Now()
	if err := round(s, r, body, per, requests); err != nil {
		return 0, 0, err
	}
	return float64(requests*per) / time.Since(begin).Seconds(), requests * per, nil
}

func round(s *server, r *receiver, body func(int) []byte, per, requests int) error {
	r.expect(requests * per)
	if err := flood(s.address, adminKey, 64, requests, body); err != nil {
		return err
	}
	return r.wait(2 * time.Minute)
}

// latency publishes at a steady pace and gives percentiles of publish to received.
func latency(s *server, perSecond, seconds int) (p50, p99 time.Duration, err error) {
	r, err := newReceiver()
	if err != nil {
		return 0, 0, err
	}
	defer r.listener.Close()
	lags := make(chan time.Duration, perSecond*seconds)
	r.seen = func(body []byte) {
		var envelope struct{ Data struct{ T int64 } }
		if json.Unmarshal(body, &envelope) == nil {
			lags <- time.Since(time.UnixMicro(envelope.Data.T))
		}
	}
	tenant, err := s.route(r.url())
	if err != nil {
		return 0, 0, err
	}
	body := publishOne(tenant)
	n := perSecond * seconds
	r.expect(n)
	pace := time.NewTicker(time.Second / time.Duration(perSecond))
	defer pace.Stop()
	conns := make(chan *client, 8)
	for range cap(conns) {
		c, err := dial(s.address, adminKey)
		if err != nil {
			return 0, 0, err
		}
		defer c.conn.Close()
		conns <- c
	}
	for i := range n {
		<-pace.C
		c := <-conns
		go func() {
			if _, err := c.post(body(i)); err != nil {
				fmt.Fprintln(os.Stderr, "publish:", err)
			}
			conns <- c
		}()
	}
	if err := r.wait(time.Minute); err != nil {
		return 0, 0, err
	}
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = <-lags
	}
	slices.Sort(all)
	return all[n/2], all[n*99/100], nil
}
