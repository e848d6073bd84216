package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// profiled begins profiles of the servers and counts of the database's
// statements; finish writes them to files named after the scenario and the window.
func (s *site) profiled(ctx context.Context, label string) (finish func() error, err error) {
	base := filepath.Join(s.profile, strings.ReplaceAll(s.name+"-"+s.kind+"-"+label, " ", "-"))
	if err := s.resetStatements(ctx); err != nil {
		return nil, err
	}
	servers := s.running()
	for _, one := range servers {
		if err := one.take("begin", ""); err != nil {
			return nil, err
		}
	}
	return func() (err error) {
		for i, one := range servers {
			file := fmt.Sprintf("%s-%d", base, i+1)
			err = errors.Join(err, one.take("end", file+".cpu.pprof"), one.take("heap", file+".heap.pprof"))
		}
		return errors.Join(err, s.writeStatements(ctx, base+".statements.md"))
	}, nil
}

// running is those servers that were not stopped.
func (s *site) running() (list []*server) {
	for _, one := range s.servers {
		if one.cmd.ProcessState == nil {
			list = append(list, one)
		}
	}
	return list
}

// take asks the seam for something, and keeps it in a file.
func (s *server) take(what, file string) error {
	body, err := s.ask(what)
	if err != nil || file == "" {
		return err
	}
	return os.WriteFile(file, body, 0o644)
}

// ask asks the seam for something.
func (s *server) ask(what string) ([]byte, error) {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.seam)
	}}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: seamTime}).Post("http://seam/"+what, "", nil)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", what, body)
	}
	return body, err
}

// seamTime is more than a busy server takes to answer.
const seamTime = time.Minute

func (s *site) resetStatements(ctx context.Context) error {
	if s.kind != postgres || !s.counts {
		return nil
	}
	return s.sql(ctx, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "SELECT pg_stat_statements_reset()")
}

const statements = `SELECT calls, total_exec_time, rows, shared_blks_hit, shared_blks_read, wal_bytes::bigint,
		regexp_replace(query, '\s+', ' ', 'g')
	FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
	ORDER BY total_exec_time DESC LIMIT 20`

// writeStatements writes what the database spent its time on since the reset.
func (s *site) writeStatements(ctx context.Context, file string) (err error) {
	if s.kind != postgres || !s.counts {
		return nil
	}
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	rows, err := conn.Query(ctx, statements)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString("| calls | ms in all | ms each | rows | blocks hit | read | WAL bytes | statement |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	var calls, many, hit, read, wal int64
	var total float64
	var query string
	_, err = pgx.ForEachRow(rows, []any{&calls, &total, &many, &hit, &read, &wal, &query}, func() error {
		fmt.Fprintf(&out, "| %d | %.0f | %.3f | %d | %d | %d | %d | %.200s |\n",
			calls, total, total/float64(calls), many, hit, read, wal, strings.ReplaceAll(query, "|", "\\|"))
		return nil
	})
	return errors.Join(err, os.WriteFile(file, out.Bytes(), 0o644))
}
