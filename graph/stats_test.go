package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"carillon/graph"
	"carillon/models"
)

func TestHealthOfAPageOfChannels(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := setup(t, func(cfg *graph.Config) { cfg.Now = func() time.Time { return now } })
	b.reader.healths = map[models.ID]models.ChannelHealth{}
	var used models.ID
	for range 20 {
		used = models.NewID(models.PrefixChannel)
		b.reader.channels[used] = models.Channel{ID: used}
	}
	p50, p95 := 20*time.Millisecond, 2*time.Second
	b.reader.healths[used] = models.ChannelHealth{Attempts: 4, Succeeded: 3, Failed: 1, LatencyP50: &p50, LatencyP95: &p95, Backlog: 2, OldestPending: &now}
	got := b.do(t, admin(), `{ channels { nodes { id health { ...F } hour: health(window: "1h") { ...F } } } }
		fragment F on ChannelHealth { attempts succeeded failed successRate latencyP50 latencyP95 backlog oldestPending }`, ``).data(t)
	const well = `{"attempts":0,"succeeded":0,"failed":0,"successRate":null,"latencyP50":null,"latencyP95":null,"backlog":0,"oldestPending":null}`
	const busy = `{"attempts":4,"succeeded":3,"failed":1,"successRate":0.75,"latencyP50":"20ms","latencyP95":"2s","backlog":2,"oldestPending":"2026-11-21T12:00:00.000Z"}`
	if strings.Count(got, well) != 38 || !strings.Contains(got, fmt.Sprintf(`{"id":%q,"health":%s,"hour":%s}`, used, busy, busy)) {
		t.Error(got)
	}
	if b.reader.calls["ChannelHealths"] != 2 {
		t.Errorf("%d reads for two windows of a page", b.reader.calls["ChannelHealths"])
	}
	asked := map[time.Time]bool{}
	for _, since := range b.reader.since {
		asked[since] = true
	}
	if !asked[now.Add(-24*time.Hour)] || !asked[now.Add(-time.Hour)] {
		t.Errorf("asked for %v", b.reader.since)
	}
}

func TestWindowsOfHealth(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := models.NewID(models.PrefixChannel)
	b.reader.channels[id] = models.Channel{ID: id}
	const query = `query($id: ID!, $w: Duration!) { channel(id: $id) { health(window: $w) { attempts } } }`
	vars := func(window string) string { return fmt.Sprintf(`{"id": %q, "w": %s}`, id, window) }
	for _, window := range []string{`"1s"`, `"8760h"`, `"90m"`} {
		b.do(t, admin(), query, vars(window)).data(t)
	}
	for _, window := range []string{`"0s"`, `"999ms"`, `"8760h0m1s"`, `"-1h"`, `"soon"`, `null`, `17`} {
		b.do(t, admin(), query, vars(window)).refused(t, models.CodeBadUserInput, "window")
	}
}

const deliveryStats = `query($from: Time!, $to: Time!, $i: Duration!, $f: DeliveryAttemptFilter) {
	deliveryStats(from: $from, to: $to, interval: $i, filter: $f) { start succeeded failed latencyP50 latencyP95 } }`

func TestDeliveryStats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, theirs := models.NewID(models.PrefixTenant), models.NewID(models.PrefixTenant)
	const span = `"from": "2026-11-20T12:00:00Z", "to": "2026-11-20T13:00:00Z", "i": "5m"`
	got := b.do(t, keyOf(mine, models.ScopeRead), deliveryStats, `{`+span+`, "f": {"eventTypes": ["a"]}}`).data(t)
	want := `{"deliveryStats":[{"start":"2026-11-20T12:00:00.000Z","succeeded":2,"failed":1,"latencyP50":"1.5ms","latencyP95":null},` +
		`{"start":"2026-11-20T12:05:00.000Z","succeeded":0,"failed":0,"latencyP50":null,"latencyP95":null}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if r := b.reader.stats; *r.Filter.TenantID != mine || r.Filter.EventTypes[0] != "a" || r.Interval != 5*time.Minute || r.To.Sub(r.From) != time.Hour {
		t.Errorf("the store was asked for %+v", r)
	}
	b.do(t, keyOf(mine, models.ScopeRead), deliveryStats, `{`+span+`, "f": {"tenantId": "`+theirs.String()+`"}}`).refused(t, models.CodeNotFound, "")
	b.do(t, admin(), deliveryStats, `{`+span+`}`).data(t)
	if b.reader.stats.Filter.TenantID != nil {
		t.Error("an administrator's statistics are walled")
	}
}

func TestDeliveryStatsThatAreRefused(t *testing.T) {
	t.Parallel()
	const noon = "2026-11-20T12:00:00Z"
	for _, row := range []struct{ name, from, to, interval, field, message string }{
		{"no time", noon, noon, "1m", "to", "after"},
		{"backwards", noon, "2026-11-20T11:59:59Z", "1m", "to", "after"},
		{"all of history", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "2000000h", "to", "200 years"},
		{"a short interval", noon, "2026-11-20T12:00:01Z", "999ms", "interval", "1s or more"},
		{"no interval", noon, "2026-11-20T12:00:01Z", "0s", "interval", "1s or more"},
		{"one too many", noon, "2026-11-20T12:33:20.001Z", "1s", "interval", "give 2s or more"},
		{"a day by seconds", noon, "2026-11-21T12:00:00Z", "1s", "interval", "give 44s or more"},
		{"a hundred years by hours", "1926-11-20T12:00:00Z", noon, "1h", "interval", "give 438h18m"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			vars := func(interval string) string {
				return fmt.Sprintf(`{"from": %q, "to": %q, "i": %q}`, row.from, row.to, interval)
			}
			err := b.do(t, admin(), deliveryStats, vars(row.interval)).refused(t, models.CodeBadUserInput, row.field)
			if !strings.Contains(err.Message, row.message) {
				t.Errorf("the message is %q", err.Message)
			}
			if _, would, ok := strings.Cut(err.Message, "; give "); ok && row.field == "interval" {
				would, _, _ = strings.Cut(would, " or more")
				b.do(t, admin(), deliveryStats, vars(would)).data(t)
			}
		})
	}
}
