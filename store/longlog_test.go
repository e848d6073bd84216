package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// longLog writes n events, each delivered by one attempt, past the store: evenly
// over a time up to now, and in turn over the lanes.
func (r *room) longLog(tb testing.TB, n int, over time.Duration, lanes ...models.Lane) {
	tb.Helper()
	db := rawDB(tb, r.url)
	numbers, id, uuid := "generate_series(1::bigint, $1) g(n)", "md5($2 || n)::uuid", func(id models.ID) string { return "'" + id.UUID.String() + "'::uuid" }
	if strings.HasPrefix(r.url, "sqlite:") {
		numbers = "(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < $1) SELECT n FROM g)"
		uuid = func(id models.ID) string { return fmt.Sprintf("x'%x'", id.UUID[:]) }
		id = "CAST(printf('%08d%08d', unicode($2), n) AS blob)"
	}
	pick := func(of func(models.Lane) models.ID) string {
		var b strings.Builder
		for i, lane := range lanes {
			fmt.Fprintf(&b, " WHEN %d THEN %s", i, uuid(of(lane)))
		}
		return fmt.Sprintf("CASE n %% %d%s END", len(lanes), b.String())
	}
	begin, step := r.now.Add(-over).UnixMicro(), over.Microseconds()/int64(n)
	for _, insert := range []struct{ salt, query string }{
		{"e", `INSERT INTO events (id, seq, tenant_id, type, version, data, happened_at, created_at, test)
			SELECT ID, n, TENANT, 'contact.created', '1', '{"text":"0123456789"}', AT, AT, false FROM NUMBERS`},
		{"d", `INSERT INTO deliveries (id, tenant_id, event_id, event_type, webhook_id, channel_id, status, attempt_count,
			retry_base, created_at, completed_at, test)
			SELECT ID, TENANT, EVENT, 'contact.created', WEBHOOK, CHANNEL, 'SUCCEEDED', 1, 0, AT, AT + 5000000, false FROM NUMBERS`},
		{"a", `INSERT INTO attempts (id, seq, tenant_id, delivery_id, event_id, event_type, webhook_id, channel_id, channel_kind,
			number, trigger_kind, status, request_id, target, request_headers, request_body, started_at, latency)
			SELECT ID, n, TENANT, DELIVERY, EVENT, 'contact.created', WEBHOOK, CHANNEL, 'HTTP',
			1, 'AUTOMATIC', CASE n % 10 WHEN 0 THEN 'FAILED' ELSE 'SUCCEEDED' END, ID, 'https://example.com/hook', '[]', '{"text":"0123456789"}',
			AT, (n * 7919) % 3000 * 1000 FROM NUMBERS`},
	} {
		idOf := func(salt string) string { return strings.Replace(id, "$2", "'"+salt+"'", 1) }
		query := strings.NewReplacer("NUMBERS", strings.Replace(numbers, "$1", fmt.Sprint(n), 1), "DELIVERY", idOf("d"), "EVENT", idOf("e"),
			"TENANT", uuid(r.tenant), "ID,", idOf(insert.salt)+",", "AT,", fmt.Sprintf("%d + n * %d,", begin, step), "AT +", fmt.Sprintf("%d + n * %d +", begin, step),
			"WEBHOOK", pick(func(l models.Lane) models.ID { return l.WebhookID }),
			"CHANNEL", pick(func(l models.Lane) models.ID { return l.ChannelID })).Replace(insert.query)
		if _, err := db.ExecContext(tb.Context(), query); err != nil {
			tb.Fatalf("%s: %v", query, err)
		}
	}
	_, err := db.ExecContext(tb.Context(), fmt.Sprintf("UPDATE log_heads SET position = %d WHERE name IN ('events', 'attempts')", n))
	must(tb, err)
	if !strings.HasPrefix(r.url, "sqlite:") {
		_, err = db.ExecContext(tb.Context(), "VACUUM ANALYZE")
		must(tb, err)
	}
}

// TestStatsFindTheirPartOfALongLog counts seconds out of a log that is longer
// than what is read at once.
func TestStatsFindTheirPartOfALongLog(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		const each = 4 * time.Second
		r.longLog(t, 5000, 5000*each, r.lane)
		from := r.now.Add(-2 * time.Hour)
		for _, length := range []time.Duration{20 * time.Second, 10 * time.Minute, 90 * time.Minute} {
			got, err := r.DeliveryStats(t.Context(), models.StatsRequest{From: from.Add(time.Microsecond), To: from.Add(length).Add(time.Microsecond), Interval: 50 * time.Second})
			must(t, err)
			sum := 0
			for _, b := range got {
				sum += b.Succeeded + b.Failed
			}
			if want := int(length / each); sum != want {
				t.Errorf("%v hold %d attempts, want %d", length, sum, want)
			}
		}
		r.purgeOld(t, from, 1000)
		got, err := r.DeliveryStats(t.Context(), models.StatsRequest{From: r.now.Add(-10 * time.Hour), To: r.now.Add(time.Hour), Interval: 24 * time.Hour})
		if must(t, err); got[0].Succeeded+got[0].Failed < 1800 || got[0].Succeeded+got[0].Failed > 1805 {
			t.Errorf("after the purge %+v are left, want those of two hours", got[0])
		}
	})
}

// BenchmarkCounts reads the counts of a log of 300,000 attempts in 20 lanes, most of
// which are rolled, and of a backlog of 100,000.
func BenchmarkCounts(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"sqlite": testkit.SQLite, "postgres": testkit.Postgres} {
		b.Run(name, func(b *testing.B) {
			r := newRoom(b, url(b))
			lanes := []models.Lane{r.lane}
			ids := []models.ID{r.lane.ChannelID}
			for i := range 19 {
				lanes = append(lanes, r.newLane(b, fmt.Sprint("lane", i)))
				ids = append(ids, lanes[i+1].ChannelID)
			}
			r.longLog(b, 300_000, 30*time.Hour, lanes...)
			b.Run("roll", func(b *testing.B) {
				// 5,000 attempts a step, as the server does.
				for b.Loop() {
					_, err := rawDB(b, r.url).ExecContext(b.Context(), "UPDATE log_heads SET position = 200000 WHERE name = 'stats'")
					must(b, err)
					_, err = r.RollStats(b.Context(), 5000)
					must(b, err)
				}
			})
			_, err := rawDB(b, r.url).ExecContext(b.Context(), "DELETE FROM attempt_stats")
			must(b, err)
			_, err = rawDB(b, r.url).ExecContext(b.Context(), "UPDATE log_heads SET position = 0 WHERE name = 'stats'")
			must(b, err)
			for range 59 {
				_, err := r.RollStats(b.Context(), 5000)
				must(b, err)
			}
			stats := func(name string, q models.StatsRequest) {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						_, err := r.DeliveryStats(b.Context(), q)
						must(b, err)
					}
				})
			}
			day := r.now.Truncate(time.Hour).Add(-23 * time.Hour)
			stats("day-by-hours", models.StatsRequest{From: day, To: day.Add(24 * time.Hour), Interval: time.Hour, Filter: models.AttemptFilter{TenantID: &r.tenant}})
			stats("day-by-hours-unaligned", models.StatsRequest{From: r.now.Add(-24 * time.Hour), To: r.now, Interval: time.Hour, Filter: models.AttemptFilter{TenantID: &r.tenant}})
			stats("day-by-hours-unaligned-one-channel", models.StatsRequest{From: r.now.Add(-24 * time.Hour), To: r.now, Interval: time.Hour,
				Filter: models.AttemptFilter{TenantID: &r.tenant, ChannelID: &ids[3]}})
			stats("hour-by-seconds", models.StatsRequest{From: r.now.Add(-time.Hour), To: r.now, Interval: 30 * time.Second, Filter: models.AttemptFilter{TenantID: &r.tenant}})
			stats("minute-by-seconds", models.StatsRequest{From: r.now.Add(-10 * time.Hour), To: r.now.Add(-10*time.Hour + time.Minute), Interval: time.Second,
				Filter: models.AttemptFilter{ChannelID: &ids[3]}})
			b.Run("health-of-20", func(b *testing.B) {
				for b.Loop() {
					_, err := r.ChannelHealths(b.Context(), ids, r.now.Add(-24*time.Hour))
					must(b, err)
				}
			})
			items := make([]models.PublicationItem, 1000)
			for range 100 {
				for i := range items {
					items[i] = r.item()
				}
				r.refresh(b)
				_, err := r.Publish(b.Context(), r.publication(items...))
				must(b, err)
			}
			b.Run("health-of-one-with-100000-waiting", func(b *testing.B) {
				for b.Loop() { // the clock stands still: nothing is remembered
					_, err := r.ChannelHealths(b.Context(), ids[:1], r.now.Add(-24*time.Hour))
					must(b, err)
				}
			})
		})
	}
}
