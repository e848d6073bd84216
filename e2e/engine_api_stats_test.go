package e2e

import (
	"fmt"
	"strings"
	"time"

	"carillon/testkit"
)

type health struct {
	Attempts, Succeeded, Failed, Backlog int
	SuccessRate                          *float64
	LatencyP50, LatencyP95               *string
	OldestPending                        *time.Time
}

const healthFields = ` attempts succeeded failed successRate latencyP50 latencyP95 backlog oldestPending `

// healths are those of all channels of the tenant, by id.
func (w *world) healths() map[string]health {
	w.t.Helper()
	var out struct {
		Channels struct {
			Nodes []struct {
				ID           string
				Health, Hour health
			}
		}
	}
	w.do(`{ channels { nodes { id health {`+healthFields+`} hour: health(window: "1h") {`+healthFields+`} } } }`, nil, &out)
	all := map[string]health{}
	for _, c := range out.Channels.Nodes {
		if c.Health.Attempts != c.Hour.Attempts || c.Health.Backlog != c.Hour.Backlog {
			w.t.Errorf("in a day %+v, in an hour %+v", c.Health, c.Hour)
		}
		all[c.ID] = c.Health
	}
	return all
}

// healthOfChannels: attempts of each count at once, tests never, and what waits
// is told.
func healthOfChannels(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(200, 500, 200, 200))
	busy, unused := w.channel(receiver.URL, retries()), w.channel(receiver.URL, nil)
	w.webhook("*", busy)
	v := w.watch(nil)
	for range 4 {
		w.publish("a.counted", `{}`)
		v.next()
	}
	if _, err := w.sendTest(map[string]any{"channelId": unused, "eventType": "a.test", "data": map[string]any{}}); err != nil {
		w.t.Fatal(err)
	}
	all := w.healths()
	if h := all[unused]; h.Attempts != 0 || h.SuccessRate != nil || h.LatencyP50 != nil || h.LatencyP95 != nil || h.Backlog != 0 || h.OldestPending != nil {
		w.t.Errorf("a channel that only had a test is %+v", h)
	}
	if h := all[busy]; h.Attempts != 4 || h.Succeeded != 3 || h.Failed != 1 || h.SuccessRate == nil || *h.SuccessRate != 0.75 || h.Backlog != 0 || h.OldestPending != nil {
		w.t.Errorf("the channel is %+v", h)
	} else if p50, p95 := latency(w, h.LatencyP50), latency(w, h.LatencyP95); p50 > p95 || p95 > patience {
		w.t.Errorf("latencies are %s and %s", p50, p95)
	}
	w.call("pauseChannel", busy)
	begin := time.Now().Add(-time.Second)
	w.publish("a.waits", `{}`)
	w.publish("a.waits", `{}`)
	if h := w.healths()[busy]; h.Attempts != 4 || h.Backlog != 2 || h.OldestPending == nil || h.OldestPending.Before(begin) {
		w.t.Errorf("with a backlog the channel is %+v", h)
	}
	w.refused(w.api.Do(w.ctx, `query($id: ID!) { channel(id: $id) { health(window: "0s") { attempts } } }`, testkit.Vars{"id": busy}, nil), invalid, "window")
}

func latency(w *world, text *string) time.Duration {
	w.t.Helper()
	if text == nil {
		w.t.Fatal("there is no latency")
	}
	d, err := time.ParseDuration(*text)
	if err != nil || d <= 0 {
		w.t.Errorf("the latency is %q", *text)
	}
	return d
}

type statsBucket struct {
	Start                  time.Time
	Succeeded, Failed      int
	LatencyP50, LatencyP95 *string
}

const statsQuery = `query($from: Time!, $to: Time!, $interval: Duration!, $filter: DeliveryAttemptFilter) {
	deliveryStats(from: $from, to: $to, interval: $interval, filter: $filter) { start succeeded failed latencyP50 latencyP95 } }`

func statsVars(from, to time.Time, interval string, filter map[string]any) testkit.Vars {
	return testkit.Vars{"from": from.UTC().Format(time.RFC3339Nano), "to": to.UTC().Format(time.RFC3339Nano), "interval": interval, "filter": filter}
}

// deliveryStatistics: every attempt is in the bucket of its time, once.
func deliveryStatistics(w *world) {
	receiver := testkit.NewReceiver(w.t, testkit.Statuses(200, 500, 200))
	channel := w.channel(receiver.URL, retries())
	w.webhook("*", channel)
	v := w.watch(nil)
	for _, eventType := range []string{"a.one", "a.one", "a.two"} {
		w.publish(eventType, `{}`)
		v.next()
	}
	if _, err := w.sendTest(map[string]any{"channelId": channel, "eventType": "a.one", "data": map[string]any{}}); err != nil {
		w.t.Fatal(err)
	}
	hour := time.Now().UTC().Truncate(time.Hour)
	for _, row := range []struct {
		filter            map[string]any
		succeeded, failed int
	}{
		{nil, 2, 1},
		{map[string]any{"channelId": channel, "channelKind": "HTTP"}, 2, 1},
		{map[string]any{"eventTypes": []string{"a.one"}}, 1, 1},
		{map[string]any{"eventTypes": []string{"a.two", "a.three"}}, 1, 0},
		{map[string]any{"status": "FAILED"}, 0, 1},
		{map[string]any{"channelId": unknown(channel)}, 0, 0},
	} {
		for interval, length := range map[string]time.Duration{"1h": time.Hour, "5m": 5 * time.Minute} {
			var out struct{ DeliveryStats []statsBucket }
			w.do(statsQuery, statsVars(hour.Add(-time.Hour), hour.Add(2*time.Hour), interval, row.filter), &out)
			succeeded, failed, last := 0, 0, time.Time{}
			for _, b := range out.DeliveryStats {
				if b.Start.Sub(hour)%length != 0 || !b.Start.After(last) {
					w.t.Errorf("by %s a bucket starts at %s, after %s", interval, b.Start, last)
				}
				if some := b.Succeeded+b.Failed > 0; some != (b.LatencyP50 != nil) || some != (b.LatencyP95 != nil) {
					w.t.Errorf("by %s a bucket is %+v", interval, b)
				}
				succeeded, failed, last = succeeded+b.Succeeded, failed+b.Failed, b.Start
			}
			if succeeded != row.succeeded || failed != row.failed {
				w.t.Errorf("by %s with %v: %d succeeded and %d failed, want %d and %d", interval, row.filter, succeeded, failed, row.succeeded, row.failed)
			}
		}
	}
}

func statisticsRefused(w *world) {
	now := time.Now()
	for _, row := range []struct {
		vars    testkit.Vars
		field   string
		message string
	}{
		{statsVars(now, now, "1m", nil), "to", "after"},
		{statsVars(now, now.Add(-time.Hour), "1m", nil), "to", "after"},
		{statsVars(now, now.Add(time.Hour), "500ms", nil), "interval", "1s"},
		{statsVars(now, now.Add(24*time.Hour), "1s", nil), "interval", "44s"},
		{testkit.Vars{"from": "today", "to": now.UTC().Format(time.RFC3339Nano), "interval": "1m"}, "from", ""},
		{statsVars(now, now.Add(time.Hour), "1m", map[string]any{"channelId": w.tenant}), "filter.channelId", ""},
	} {
		err := w.api.Do(w.ctx, statsQuery, row.vars, nil)
		w.refused(err, invalid, row.field)
		if refusal, _ := testkit.Refusal(err); !strings.Contains(refusal.Message, row.message) {
			w.t.Errorf("the message is %q, want %q in it", refusal.Message, row.message)
		}
	}
	fields := ""
	for i := range 7 {
		fields += fmt.Sprintf(`a%d: deliveryStats(from: "2026-11-20T00:00:00Z", to: "2026-11-20T00:33:20Z", interval: "1s") { succeeded failed } `, i)
	}
	w.refused(w.api.Do(w.ctx, `{ `+fields+` }`, nil, nil), "QUERY_TOO_COMPLEX", "")
}
