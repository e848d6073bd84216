package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"carillon/models"
	"carillon/testkit"
)

// TestPlansOutliveAnEmptyQueue completes deliveries by statements that were first
// planned while the tables were known to be empty. A plan that is kept from then
// would read the whole queue for each of them.
func TestPlansOutliveAnEmptyQueue(t *testing.T) {
	t.Parallel()
	url := testkit.Postgres(t)
	r := newRoom(t, url)
	conn, err := pgx.Connect(t.Context(), url)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	analyze := func() {
		t.Helper()
		for _, table := range []string{"queue", "deliveries"} {
			_, err := conn.Exec(t.Context(), "VACUUM (ANALYZE) "+table)
			must(t, err)
		}
	}
	analyze()
	for range 12 { // a prepared statement keeps a plan after a few executions
		item := r.leased()
		r.publish(t, item)
		r.complete(t, r.outcome(item, models.DeliverySucceeded))
	}
	const waiting, batch = 20_000, 100
	_, err = conn.Exec(t.Context(), `INSERT INTO queue (delivery_id, channel_id, webhook_id, due_at, manual)
		SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 0, false FROM generate_series(1, $1)`, waiting)
	must(t, err)
	items := make([]models.PublicationItem, batch)
	parts := make([]models.CompletionPart, batch)
	for i := range items {
		items[i] = r.leased()
		parts[i] = r.outcome(items[i], models.DeliverySucceeded).Parts[0]
	}
	r.publish(t, items...)
	held, err := r.Complete(t.Context(), models.Completion{Owner: r.node, Parts: parts, Policy: models.DefaultRetryPolicy()})
	must(t, err)
	for i := range held {
		if !held[i] {
			t.Fatalf("the lease of delivery %d was not held", i)
		}
	}
	if n := queueReads(t, conn, batch); n > waiting {
		t.Errorf("completing %d deliveries read %d rows of the queue", batch, n)
	}
}

// queueReads counts the entries that have been read of the queue's indexes, once
// they are so many: sessions tell what they have done a little later.
func queueReads(t *testing.T, conn *pgx.Conn, least int64) (n int64) {
	t.Helper()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		must(t, conn.QueryRow(t.Context(), `SELECT COALESCE(sum(idx_tup_read), 0)::bigint FROM pg_stat_user_indexes WHERE relname = 'queue'`).Scan(&n))
		if n >= least {
			return n
		}
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("%d reads of the queue were counted, want %d", n, least)
		}
	}
}

// TestReportsSearchTheQueue asks the databases how they find the rows of a message
// that a report is about.
func TestReportsSearchTheQueue(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		const rows = "SELECT delivery_id FROM queue WHERE (delivery_id = $1 OR message_id = $2) AND due_at = $3"
		explain := "EXPLAIN QUERY PLAN "
		if r.url[0] == 'p' {
			explain = "EXPLAIN "
		}
		db := rawDB(t, r.url)
		db.SetMaxOpenConns(1)
		if r.url[0] == 'p' {
			_, err := db.ExecContext(t.Context(), "SET enable_seqscan = off")
			must(t, err)
		}
		id := models.NewID(models.PrefixDelivery).UUID
		found, err := db.QueryContext(t.Context(), explain+rows, id[:], id[:], 1)
		must(t, err)
		defer found.Close()
		columns, err := found.Columns()
		must(t, err)
		for found.Next() {
			plan := make([]any, len(columns))
			for i := range plan {
				plan[i] = new(string)
			}
			must(t, found.Scan(plan...))
			if step := *plan[len(plan)-1].(*string); strings.HasPrefix(step, "SCAN") || strings.Contains(step, "Seq Scan") {
				t.Errorf("the queue is read from end to end: %s", step)
			}
		}
		must(t, found.Err())
	})
}
