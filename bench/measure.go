package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func measurePostgres(ctx context.Context, binary, dir string, seconds int) error {
	db, err := startCluster(ctx, dir)
	if err != nil {
		return err
	}
	defer db.Remove() //nolint:errcheck // the folder around it goes too
	r, err := newReceiver()
	if err != nil {
		return err
	}
	defer r.listener.Close()
	fmt.Println("PostgreSQL")
	if err := references(ctx, db.URL("postgres"), r.url(), seconds); err != nil {
		return err
	}
	s, err := start(binary, dir, db.URL("postgres"))
	if err != nil {
		return err
	}
	defer s.stop()
	cpu := func() (server, database float64) {
		return cpuSeconds(s.cmd.Process.Pid), treeSeconds(db.Pid())
	}
	if err := measureThroughput(s, r, seconds, cpu, "7,000/s and more", "11,000/s and more"); err != nil {
		return err
	}
	p50, p99, err := latency(s, 100, seconds)
	if err != nil {
		return err
	}
	figure("publish to received at 100 events/s, p50", p50.Round(time.Microsecond).String(), "under 2 ms")
	figure("publish to received at 100 events/s, p99", p99.Round(time.Microsecond).String(), "under 5 ms")
	s.stop()
	return measureMemory(binary, dir, db.URL("postgres"), r)
}

func references(ctx context.Context, database, url string, seconds int) error {
	http, err := bareHTTP(url, 10_000*seconds)
	if err != nil {
		return err
	}
	figure("reference: bare HTTP client, same receiver", perSecond(http), "")
	rows, err := barePostgres(ctx, database, 5_000*seconds)
	if err != nil {
		return err
	}
	figure("reference: bare pgx, same rows in batches", perSecond(rows), "")
	return nil
}

func measureThroughput(s *server, r *receiver, seconds int, cpu func() (server, database float64), reachOne, reachMany string) error {
	tenant, err := s.route(r.url())
	if err != nil {
		return err
	}
	received := r.received.Load()
	server, database := cpu()
	rate, _, err := throughput(s, r, tenant, 1, seconds)
	if err != nil {
		return err
	}
	serverNow, databaseNow := cpu()
	per1000 := 1000 / float64(r.received.Load()-received)
	figure("publishEvent, 64 connections, delivered", perSecond(rate), reachOne)
	used, usedThere := (serverNow-server)*per1000, (databaseNow-database)*per1000
	figure("CPU of server and database for 1,000 deliveries", fmt.Sprintf("%.3f s", used+usedThere), "under 0.25 s")
	if usedThere > 0 {
		figure("  of these the server, the database", fmt.Sprintf("%.3f, %.3f s", used, usedThere), "")
	}
	rate, _, err = throughput(s, r, tenant, 100, seconds)
	if err != nil {
		return err
	}
	figure("publishEvents of 100, 64 connections, delivered", perSecond(rate), reachMany)
	return nil
}

// measureMemory sends a burst to a fresh server and reads the most it has had in memory.
func measureMemory(binary, dir, database string, r *receiver) error {
	s, err := start(binary, dir, database)
	if err != nil {
		return err
	}
	defer s.stop()
	tenant, err := s.route(r.url())
	if err != nil {
		return err
	}
	if err := round(s, r, publishMany(tenant, 100), 100, 200); err != nil {
		return err
	}
	peak := float64(peakMemory(s.cmd.Process.Pid)) / (1 << 20)
	figure("the server's peak memory, burst of 20,000 events", fmt.Sprintf("%.0f MiB", peak), "under 150 MiB")
	fmt.Println()
	return nil
}

func measureSQLite(binary, dir string, seconds int) error {
	r, err := newReceiver()
	if err != nil {
		return err
	}
	defer r.listener.Close()
	fmt.Println("SQLite, synchronous=FULL")
	home := filepath.Join(dir, "sqlite")
	if err := os.Mkdir(home, 0o755); err != nil {
		return err
	}
	url := "sqlite:" + filepath.Join(home, "carillon.db")
	s, err := start(binary, home, url)
	if err != nil {
		return err
	}
	defer s.stop()
	cpu := func() (server, database float64) { return cpuSeconds(s.cmd.Process.Pid), 0 }
	if err := measureThroughput(s, r, seconds, cpu, "5,000/s and more", "7,000/s and more"); err != nil {
		return err
	}
	s.stop()
	return measureMemory(binary, home, url, r)
}

func perSecond(rate float64) string { return fmt.Sprintf("%.0f/s", rate) }
