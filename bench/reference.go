package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// references measures what the figures stand beside, and says it.
func (s *site) references(ctx context.Context, url string) (string, error) {
	sent, err := bareHTTP(url, 5_000*s.seconds)
	if err != nil {
		return "", fmt.Errorf("bare HTTP: %w", err)
	}
	if s.kind != postgres {
		return "bare HTTP " + perSecond(sent), nil
	}
	kept, err := barePostgres(ctx, s.url, 5_000*s.seconds)
	if err != nil {
		return "", fmt.Errorf("bare pgx: %w", err)
	}
	return list("bare HTTP "+perSecond(sent), "bare pgx "+perSecond(kept)), nil
}

// bareHTTP is the limit of sending: net/http's client posting to the same
// receiver, with nothing around it. It returns messages a second.
func bareHTTP(url string, n int) (float64, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
	defer transport.CloseIdleConnections()
	web := &http.Client{Transport: transport}
	body := payload(0)
	var next atomic.Int64
	var failed atomic.Value
	var all sync.WaitGroup
	start := time.Now()
	for range 64 {
		all.Go(func() {
			for next.Add(1) <= int64(n) {
				res, err := web.Post(url, "application/json", bytes.NewReader(body))
				if err != nil {
					failed.Store(err)
					return
				}
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
		})
	}
	all.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

// The tables of the bare database reference: what an event, its delivery and
// its attempt are at the least, with the indexes that finding them needs.
const bareSchema = `
CREATE TABLE bare_events (id uuid PRIMARY KEY, tenant uuid NOT NULL, type text NOT NULL, data text NOT NULL, created_at bigint NOT NULL);
CREATE TABLE bare_deliveries (id uuid PRIMARY KEY, event uuid NOT NULL, channel uuid NOT NULL, status text NOT NULL,
	attempts integer NOT NULL, lease uuid, due_at bigint NOT NULL);
CREATE INDEX ON bare_deliveries (due_at) WHERE status = 'PENDING';
CREATE TABLE bare_attempts (id uuid PRIMARY KEY, delivery uuid NOT NULL, status text NOT NULL, request text NOT NULL, code integer, started_at bigint NOT NULL);
CREATE INDEX ON bare_attempts (delivery);
`

// bareBatch is how many rows share a statement and a commit.
const bareBatch = 200

// barePostgres is the limit of storing: the same rows inserted with their
// lease, then completed with an attempt, in batches over two connections, with
// no GraphQL and no HTTP. It returns deliveries a second.
func barePostgres(ctx context.Context, url string, n int) (float64, error) {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, bareSchema); err != nil {
		return 0, err
	}
	defer func() {
		_, _ = pool.Exec(context.WithoutCancel(ctx), `DROP TABLE bare_events, bare_deliveries, bare_attempts`)
	}()
	batches := make(chan []uuid.UUID, 4)
	failed := make(chan error, 2)
	start := time.Now()
	go func() {
		defer close(batches)
		for done := 0; done < n; done += bareBatch {
			ids, err := bareInsert(ctx, pool)
			if err != nil {
				failed <- err
				return
			}
			batches <- ids
		}
		failed <- nil
	}()
	go func() {
		for ids := range batches {
			if err := bareComplete(ctx, pool, ids); err != nil {
				failed <- err
				return
			}
		}
		failed <- nil
	}()
	for range 2 {
		if err := <-failed; err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

func bareInsert(ctx context.Context, pool *pgxpool.Pool) ([]uuid.UUID, error) {
	events, deliveries, data := make([]uuid.UUID, bareBatch), make([]uuid.UUID, bareBatch), make([]string, bareBatch)
	for i := range bareBatch {
		events[i], deliveries[i] = uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
		data[i] = string(payload(i))
	}
	owner, now := uuid.New(), time.Now().UnixMicro()
	var batch pgx.Batch
	batch.Queue("BEGIN")
	batch.Queue(`INSERT INTO bare_events SELECT u.id, $2, 'bench.event', u.data, $3 FROM unnest($1::uuid[], $4::text[]) u (id, data)`,
		events, owner, now, data)
	batch.Queue(`INSERT INTO bare_deliveries SELECT u.id, u.event, $3, 'PENDING', 0, $3, $4 FROM unnest($1::uuid[], $2::uuid[]) u (id, event)`,
		deliveries, events, owner, now)
	batch.Queue("COMMIT")
	return deliveries, pool.SendBatch(ctx, &batch).Close()
}

func bareComplete(ctx context.Context, pool *pgxpool.Pool, deliveries []uuid.UUID) error {
	attempts, bodies := make([]uuid.UUID, len(deliveries)), make([]string, len(deliveries))
	for i := range deliveries {
		attempts[i] = uuid.Must(uuid.NewV7())
		bodies[i] = string(payload(i))
	}
	var batch pgx.Batch
	batch.Queue("BEGIN")
	batch.Queue(`UPDATE bare_deliveries SET status = 'SUCCEEDED', attempts = attempts + 1, lease = NULL WHERE id = ANY($1)`, deliveries)
	batch.Queue(`INSERT INTO bare_attempts SELECT u.id, u.delivery, 'SUCCEEDED', u.body, 204, $4 FROM unnest($1::uuid[], $2::uuid[], $3::text[]) u (id, delivery, body)`,
		attempts, deliveries, bodies, time.Now().UnixMicro())
	batch.Queue("COMMIT")
	return pool.SendBatch(ctx, &batch).Close()
}
