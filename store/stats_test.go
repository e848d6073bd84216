package store_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"carillon/models"
)

// attempted is an attempt as the tests of counts know it.
type attempted struct {
	lane    models.Lane
	kind    string
	failed  bool
	at      time.Time
	latency time.Duration
	event   models.ID
}

// attempt lets a new delivery be tried once.
func (r *room) attempt(tb testing.TB, a attempted) attempted {
	tb.Helper()
	item := r.leased()
	d := &item.Placements[0].Delivery
	d.ChannelID, d.WebhookID, d.EventType, item.Event.Type = a.lane.ChannelID, a.lane.WebhookID, a.kind, a.kind
	item.Event.CreatedAt, d.CreatedAt = a.at, a.at
	r.publish(tb, item)
	status := models.DeliverySucceeded
	if a.failed {
		status = models.DeliveryFailed
	}
	c := r.outcome(item, status)
	end := a.at.Add(a.latency)
	c.Parts[0].Delivery.CompletedAt = &end
	c.Parts[0].Attempt.StartedAt, c.Parts[0].Attempt.Latency = a.at, a.latency
	r.complete(tb, c)
	a.event = item.Event.ID
	return a
}

// scatter makes attempts at random times up to now, in the order of their ends.
func (r *room) scatter(tb testing.TB, n int, since time.Time, lanes ...models.Lane) []attempted {
	tb.Helper()
	random := rand.New(rand.NewPCG(7, uint64(n)))
	list := make([]attempted, n)
	for i := range list {
		list[i] = attempted{lane: lanes[random.IntN(len(lanes))], kind: []string{"a.b", "c.d"}[random.IntN(2)],
			failed: random.IntN(4) == 0, latency: time.Duration(random.IntN(30_000)) * time.Millisecond,
			at: since.Add(time.Duration(random.Int64N(int64(r.now.Sub(since) - time.Minute)))).Truncate(time.Microsecond)}
	}
	slices.SortFunc(list, func(a, b attempted) int { return a.at.Add(a.latency).Compare(b.at.Add(b.latency)) })
	for i := range list {
		list[i] = r.attempt(tb, list[i])
	}
	return list
}

func (r *room) roll(tb testing.TB, limit int) {
	tb.Helper()
	for {
		more, err := r.RollStats(tb.Context(), limit)
		if must(tb, err); !more {
			return
		}
	}
}

// checkStats compares the answer with a count of the list; begins tells the time
// that an attempt counts at.
func (r *room) checkStats(t *testing.T, what string, q models.StatsRequest, list []attempted, takes func(*attempted) bool, begins func(time.Time) time.Time) {
	t.Helper()
	got, err := r.DeliveryStats(t.Context(), q)
	must(t, err)
	n := int((q.To.Sub(q.From) + q.Interval - 1) / q.Interval)
	if len(got) != n {
		t.Fatalf("%s: %d buckets, want %d", what, len(got), n)
	}
	want := make([]models.StatsBucket, n)
	for i := range list {
		a := &list[i]
		at := begins(a.at)
		if at.Before(q.From) || !at.Before(q.To) || takes != nil && !takes(a) {
			continue
		}
		b := &want[at.Sub(q.From)/q.Interval]
		if a.failed {
			b.Failed++
		} else {
			b.Succeeded++
		}
	}
	for i := range want {
		g := got[i]
		if g.Succeeded != want[i].Succeeded || g.Failed != want[i].Failed || !g.Start.Equal(q.From.Add(time.Duration(i)*q.Interval)) {
			t.Errorf("%s: bucket %d is %+v, want %d and %d", what, i, g, want[i].Succeeded, want[i].Failed)
		}
		if none := g.Succeeded+g.Failed == 0; none != (g.LatencyP50 == nil) || none != (g.LatencyP95 == nil) {
			t.Errorf("%s: bucket %d has the latencies %v and %v", what, i, g.LatencyP50, g.LatencyP95)
		}
	}
}

func exactly(t time.Time) time.Time { return t }

func TestStatsCountEveryAttemptOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		other := r.newLane(t, "second")
		r.refresh(t)
		r.now = r.now.Add(17 * time.Second)
		since := r.now.Add(-5 * time.Hour)
		list := r.scatter(t, 200, since, r.lane, other)
		failed := models.AttemptFailed
		minute := func(at time.Time) time.Time { return at.Truncate(time.Minute) }
		check := func(t *testing.T, when string) {
			t.Helper()
			hour := since.Truncate(time.Hour)
			r.checkStats(t, when+": whole hours", models.StatsRequest{From: hour, To: hour.Add(7 * time.Hour), Interval: time.Hour}, list, nil, exactly)
			r.checkStats(t, when+": one hour to the second", models.StatsRequest{From: since.Add(time.Hour), To: since.Add(2 * time.Hour),
				Interval: 5 * time.Minute, Filter: models.AttemptFilter{TenantID: &r.tenant}}, list, nil, exactly)
			r.checkStats(t, when+": seconds", models.StatsRequest{From: since, To: r.now, Interval: 20 * time.Second,
				Filter: models.AttemptFilter{ChannelID: &other.ChannelID}}, list, func(a *attempted) bool { return a.lane == other }, exactly)
			r.checkStats(t, when+": one bucket", models.StatsRequest{From: since.Add(1000 * time.Second), To: r.now, Interval: 100 * time.Hour}, list, nil, exactly)
			r.checkStats(t, when+": cut at both ends", models.StatsRequest{From: since, To: r.now.Add(-time.Hour - 3*time.Second), Interval: 10 * time.Hour}, list, nil, exactly)
			from := since.Truncate(time.Minute).Add(time.Minute)
			r.checkStats(t, when+": whole minutes", models.StatsRequest{From: from, To: from.Add(4 * time.Hour), Interval: 7 * time.Minute,
				Filter: models.AttemptFilter{WebhookID: &r.lane.WebhookID, EventTypes: []string{"a.b"}, Status: &failed}}, list,
				func(a *attempted) bool { return a.lane == r.lane && a.kind == "a.b" && a.failed }, minute)
			r.checkStats(t, when+": one event", models.StatsRequest{From: since, To: r.now, Interval: time.Hour,
				Filter: models.AttemptFilter{EventID: &list[100].event}}, list[100:101], nil, exactly)
			none := models.NewID(models.PrefixTenant)
			r.checkStats(t, when+": nobody", models.StatsRequest{From: since, To: r.now, Interval: time.Hour,
				Filter: models.AttemptFilter{TenantID: &none}}, nil, nil, exactly)
		}
		check(t, "before")
		more, err := r.RollStats(t.Context(), 83)
		if must(t, err); !more {
			t.Error("83 of 200 attempts were all")
		}
		check(t, "half way")
		r.roll(t, 50)
		check(t, "after")
		list = append(list, r.attempt(t, attempted{lane: other, kind: "a.b", at: r.now.Add(-time.Hour), latency: time.Second}))
		check(t, "with a late one")
		r.roll(t, 50)
		check(t, "after the late one")
	})
}

// TestStatsOfTwoNodesCountOnce lets two roll at once, while attempts are made.
func TestStatsOfTwoNodesCountOnce(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		second, _ := r.open(t, nil)
		since := r.now.Add(-time.Hour)
		stop, done := make(chan struct{}), make(chan error, 2)
		roll := func(count func(limit int) (bool, error)) {
			for {
				if _, err := count(7); err != nil {
					done <- err
					return
				}
				select {
				case <-stop:
					done <- nil
					return
				default:
				}
			}
		}
		go roll(func(n int) (bool, error) { return r.RollStats(t.Context(), n) })
		go roll(func(n int) (bool, error) { return second.RollStats(t.Context(), n) })
		list := r.scatter(t, 60, since, r.lane)
		close(stop)
		must(t, <-done)
		must(t, <-done)
		r.roll(t, 100)
		from := since.Truncate(time.Hour)
		r.checkStats(t, "two nodes", models.StatsRequest{From: from, To: from.Add(3 * time.Hour), Interval: time.Hour}, list, nil, exactly)
	})
}

func TestOldStatsAreCountedByTheHour(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		now := r.now
		r.now = now.Add(-5 * 24 * time.Hour)
		old := r.scatter(t, 60, r.now.Add(-6*time.Hour), r.lane)
		r.roll(t, 100)
		if rows := r.statRows(t, "m"); rows == 0 {
			t.Fatal("nothing was counted by the minute")
		}
		r.now = now
		r.roll(t, 100)
		if rows := r.statRows(t, "m"); rows != 0 {
			t.Errorf("%d rows of old minutes are kept", rows)
		}
		from := old[0].at.Add(-8 * time.Hour).Truncate(time.Hour).Add(13 * time.Minute)
		hour := func(at time.Time) time.Time { return at.Truncate(time.Hour) }
		r.checkStats(t, "by the hour", models.StatsRequest{From: from, To: now, Interval: 3 * time.Hour}, old, nil, hour)
		got, err := r.ChannelHealths(t.Context(), []models.ID{r.lane.ChannelID}, from)
		if must(t, err); got[r.lane.ChannelID].Attempts != len(old) {
			t.Errorf("the health counts %+v, want %d attempts", got[r.lane.ChannelID], len(old))
		}
	})
}

func (r *room) statRows(t *testing.T, unit string) (n int) {
	t.Helper()
	err := rawDB(t, r.url).QueryRowContext(t.Context(), "SELECT count(*) FROM attempt_stats WHERE unit = '"+unit+"'").Scan(&n)
	must(t, err)
	return n
}

func TestStatsRefuseTooManyBuckets(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		for field, q := range map[string]models.StatsRequest{
			"interval": {From: r.now, To: r.now.Add(time.Hour), Interval: time.Second},
			"to":       {From: r.now, To: r.now, Interval: time.Second},
		} {
			_, err := r.DeliveryStats(t.Context(), q)
			if e := new(models.Error); !errors.As(err, &e) || e.Code != models.CodeBadUserInput || e.Field != field {
				t.Errorf("%+v: %v, want it to blame %s", q, err, field)
			}
		}
	})
}

func TestTestsDoNotCount(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		_, err := r.RecordTest(t.Context(), r.testRun(2))
		must(t, err)
		r.roll(t, 10)
		from := r.now.Add(-time.Hour).Truncate(time.Hour)
		r.checkStats(t, "tests", models.StatsRequest{From: from, To: from.Add(3 * time.Hour), Interval: time.Hour,
			Filter: models.AttemptFilter{IncludeTests: true}}, nil, nil, exactly)
		if rows := countRows(t, r.url, "attempt_stats"); rows != 0 {
			t.Errorf("tests made %d rows of counts", rows)
		}
	})
}
