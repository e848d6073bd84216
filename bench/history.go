package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// historyStep is how many events one transaction writes.
const historyStep = 50_000

// perEntity is how many events of one entity a history holds.
const perEntity = 100

// writeHistory writes n events with their deliveries and attempts straight into
// the tables, while no server runs. Every row is a copy of one that the server
// wrote itself, with ids, positions and times of its own, so that its shape is
// the server's whatever that may be. The events fill the last three days.
func (s *site) writeHistory(ctx context.Context, n int) (h history, err error) {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	h = history{size: n, entities: n / perEntity, from: time.Now().Add(-72 * time.Hour)}
	tables, err := h.tables(ctx, conn)
	if err != nil {
		return h, err
	}
	for from := 1; from <= n; from += historyStep {
		batch := &pgx.Batch{}
		for _, statement := range tables {
			batch.Queue(statement, from, min(from+historyStep-1, n))
		}
		if err := conn.SendBatch(ctx, batch).Close(); err != nil {
			return h, err
		}
	}
	_, err = conn.Exec(ctx, `UPDATE log_heads SET position = position + $1 WHERE name IN ('events', 'attempts')`, n)
	return h, err
}

// tables gives the statement of each table that writes its rows from $1 to $2.
func (h history) tables(ctx context.Context, conn *pgx.Conn) (list []string, err error) {
	const newest = "SELECT %s FROM log_heads WHERE name = '%s'"
	var events, attempts int64
	if err := conn.QueryRow(ctx, fmt.Sprintf(newest, "position", "events")).Scan(&events); err != nil {
		return nil, err
	}
	if err := conn.QueryRow(ctx, fmt.Sprintf(newest, "position", "attempts")).Scan(&attempts); err != nil {
		return nil, err
	}
	at := fmt.Sprintf("%d + (n * %d)::bigint", h.from.UnixMicro(), 72*time.Hour.Microseconds()/int64(h.size))
	id := func(kind string) string {
		return fmt.Sprintf("(lpad(to_hex((%s) / 1000), 12, '0') || '7' || substr(md5('%s' || n), 1, 3) || '8' || substr(md5(n || '%s'), 1, 15))::uuid", at, kind, kind)
	}
	for _, t := range []struct {
		name, sample string
		own          map[string]string
	}{
		{"events", "seq = (SELECT max(seq) FROM events)", map[string]string{
			"id": id("e"), "seq": fmt.Sprintf("%d + n", events), "created_at": at, "happened_at": "(" + at + ") / 1000 * 1000",
			"entity_id": fmt.Sprintf("'history-' || n %% %d", h.entities),
		}},
		{"deliveries", "event_id = (SELECT id FROM events ORDER BY seq LIMIT 1)", map[string]string{
			"id": id("d"), "event_id": id("e"), "created_at": at, "completed_at": at + " + 2000",
		}},
		{"attempts", "seq = (SELECT min(seq) FROM attempts)", map[string]string{
			"id": id("a"), "seq": fmt.Sprintf("%d + n", attempts), "delivery_id": id("d"), "event_id": id("e"),
			"request_id": id("a"), "started_at": at + " + 1000",
		}},
	} {
		statement, err := clone(ctx, conn, t.name, t.sample, t.own)
		if err != nil {
			return nil, err
		}
		list = append(list, statement)
	}
	return list, nil
}

// clone writes the statement that copies the sample row of a table once for each
// n from $1 to $2, with some columns of its own.
func clone(ctx context.Context, conn *pgx.Conn, table, sample string, own map[string]string) (string, error) {
	rows, err := conn.Query(ctx, `SELECT column_name FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position`, table)
	if err != nil {
		return "", err
	}
	columns, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", err
	}
	values := slices.Clone(columns)
	for i, column := range columns {
		values[i] = "s." + column
		if expression, ok := own[column]; ok {
			values[i] = expression
		}
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM (SELECT * FROM %s WHERE %s LIMIT 1) s, generate_series($1::bigint, $2::bigint) n ORDER BY n",
		table, strings.Join(columns, ", "), strings.Join(values, ", "), table, sample), nil
}

// number reads one number from the site's database.
func (s *site) number(ctx context.Context, query string) (n int64, err error) {
	conn, err := pgx.Connect(ctx, s.url)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	return n, conn.QueryRow(ctx, query).Scan(&n)
}
