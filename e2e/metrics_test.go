package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"carillon/testkit"
)

// series is one line of what a scrape answers.
type series struct {
	name   string
	labels map[string]string
	value  float64
}

var (
	seriesLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)`)
	labelPair  = regexp.MustCompile(`([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"`)
)

// scrape reads the metrics at an address.
func scrape(t *testing.T, url string) (all []series) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := web.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d, %v: %s", url, answer.StatusCode, err, text)
	}
	for line := range strings.Lines(string(text)) {
		parts := seriesLine.FindStringSubmatch(line)
		if strings.HasPrefix(line, "#") || parts == nil {
			continue
		}
		s := series{name: parts[1], labels: map[string]string{}}
		for _, pair := range labelPair.FindAllStringSubmatch(parts[2], -1) {
			s.labels[pair[1]] = pair[2]
		}
		if s.value, err = strconv.ParseFloat(parts[3], 64); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, s)
	}
	return all
}

// valueOf adds up the series of a name whose labels are as given, name by value.
func valueOf(all []series, name string, labels ...string) (sum float64, there bool) {
	for _, s := range all {
		fits := s.name == name
		for i := 0; fits && i < len(labels); i += 2 {
			fits = s.labels[labels[i]] == labels[i+1]
		}
		if fits {
			sum, there = sum+s.value, true
		}
	}
	return sum, there
}

// metric is what a test waits for.
type metric struct {
	name   string
	labels []string
	least  float64
}

// awaitMetrics scrapes until each is as great as it should be.
func awaitMetrics(t *testing.T, n *node, wanted ...metric) []series {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		all := scrape(t, n.url+"/metrics")
		var missing []string
		for _, w := range wanted {
			if got, _ := valueOf(all, w.name, w.labels...); got < w.least {
				missing = append(missing, fmt.Sprintf("%s%v is %v, want %v", w.name, w.labels, got, w.least))
			}
		}
		if len(missing) == 0 {
			return all
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the metrics do not become what they should:\n%s", strings.Join(missing, "\n"))
		}
	}
}

// TestMetrics lives through most of what is counted, on both databases, and reads
// it from a scrape. What it reads then holds the dashboard and the alerts to what
// there is.
func TestMetrics(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database)
		w := newWorld(t, n)
		good := w.channel(testkit.NewReceiver(t).URL, nil)
		again := w.channel(testkit.NewReceiver(t, testkit.Statuses(500, 200)).URL, retries("1ms"))
		bad := w.channel(testkit.NewReceiver(t, testkit.Statuses(404)).URL, retries())
		busy := w.channel(testkit.NewReceiver(t, testkit.Answers(func(testkit.Received) testkit.Answer {
			return testkit.Answer{Status: 429, Header: http.Header{"Retry-After": {"3600"}}}
		})).URL, nil)
		paused := w.channel(testkit.NewReceiver(t).URL, nil)
		w.call("pauseChannel", paused)
		w.webhook("a.good", good, again, bad, busy, paused)
		stream := w.watch(nil)
		defer stream.s.Close()
		w.publish("a.good", `{}`)
		w.refused(errOnly(publishWith(w.ctx, w.api, "not a type", `{}`)), "BAD_USER_INPUT", "type")

		all := awaitMetrics(t, n,
			metric{"carillon_events_published_total", nil, 1}, metric{"carillon_deliveries_created_total", nil, 5},
			metric{"carillon_publish_duration_seconds_count", []string{"outcome", "stored"}, 1},
			metric{"carillon_publish_duration_seconds_count", []string{"outcome", "refused"}, 1},
			metric{"carillon_attempts_total", []string{"kind", "http", "outcome", "succeeded", "error", "none"}, 2},
			metric{"carillon_attempts_total", []string{"kind", "http", "outcome", "failed", "error", "rejected"}, 2},
			metric{"carillon_attempts_total", []string{"kind", "http", "outcome", "held", "error", "rate_limited"}, 1},
			metric{"carillon_attempt_duration_seconds_count", []string{"kind", "http"}, 5},
			metric{"carillon_retries_scheduled_total", []string{"kind", "http"}, 2},
			metric{"carillon_deliveries_completed_total", []string{"state", "succeeded"}, 2},
			metric{"carillon_deliveries_completed_total", []string{"state", "failed"}, 1},
			metric{"carillon_delivery_duration_seconds_count", []string{"kind", "http", "outcome", "succeeded"}, 2},
			metric{"carillon_first_attempt_delay_seconds_count", []string{"kind", "http"}, 4},
			metric{"carillon_database_commit_duration_seconds_count", nil, 2},
			metric{"carillon_database_commit_callers_count", nil, 2},
			metric{"carillon_database_pool_connections", nil, 1},
			metric{"carillon_database_size_bytes", nil, 100_000},
			metric{"carillon_graphql_requests_total", []string{"operation", "mutation", "code", "OK"}, 10},
			metric{"carillon_graphql_requests_total", []string{"operation", "mutation", "code", "BAD_USER_INPUT"}, 1},
			metric{"carillon_connections", []string{"transport", "websocket"}, 1},
			metric{"carillon_subscribers", []string{"stream", "attempts"}, 1},
			metric{"carillon_queue_deliveries", []string{"state", "paused"}, 1},
			metric{"carillon_queue_oldest_due_seconds", []string{"state", "paused"}, 0.001},
			metric{"carillon_channels", []string{"kind", "http", "status", "paused"}, 1},
			metric{"carillon_nodes_live", nil, 1}, metric{"carillon_workers", nil, 256},
			metric{"carillon_background_runs_total", []string{"task", "retention", "outcome", "succeeded"}, 1},
		)
		for _, state := range []string{"due", "held", "paused", "disabled", "ordered", "scheduled", "leased", "sent"} {
			if _, there := valueOf(all, "carillon_queue_deliveries", "state", state); !there {
				t.Errorf("the state %s of the queue is missing", state)
			}
		}
		for _, s := range all {
			for name, value := range s.labels {
				if strings.Contains(value, w.tenant) || strings.Contains(value, good) || strings.Contains(value, "a.good") {
					t.Errorf("%s has the label %s=%q", s.name, name, value)
				}
			}
		}
		holdQueries(t, all, strings.HasPrefix(database, "sqlite:"))
	})
}

// TestMetricsAtAnotherAddress: with the setting they are there alone.
func TestMetricsAtAnotherAddress(t *testing.T) {
	t.Parallel()
	n := start(t, testkit.SQLite(t), "METRICS_LISTEN=127.0.0.1:0")
	at := regexp.MustCompile(`metrics_url=(\S+)`).FindStringSubmatch(n.program.Tail())
	if at == nil {
		t.Fatalf("the log does not say where the metrics are:\n%s", n.program.Tail())
	}
	if _, there := valueOf(scrape(t, at[1]), "carillon_build_info"); !there {
		t.Error("there are no metrics at the address of their own")
	}
	if status := n.get(t.Context(), "/metrics"); status != http.StatusNotFound {
		t.Errorf("the server's own address answers %d, want 404", status)
	}
	n.terminate()
	n.await()
}

// holdQueries holds the queries of the dashboard and of the alerts to the series of
// a server: every metric is there, with every label that is asked of it, and every
// value of the labels whose values are few.
func holdQueries(t *testing.T, all []series, sqlite bool) {
	t.Helper()
	queries := slices.Concat(dashboardQueries(t), alertQueries(t))
	if len(queries) < 60 {
		t.Errorf("%d queries were found, which are too few", len(queries))
	}
	for _, query := range queries {
		for _, s := range selectorsOf(t, query) {
			if s.name == "up" || !sqlite && s.name == "carillon_database_disk_free_bytes" {
				continue // Prometheus' own; and what a database elsewhere does not have
			}
			if _, there := valueOf(all, s.name); !there {
				t.Errorf("%s: there is no metric %s", query, s.name)
			}
			for label, value := range s.labels {
				if !hasLabel(all, s.name, label) {
					t.Errorf("%s: %s has no label %s", query, s.name, label)
				}
				if _, there := valueOf(all, s.name, label, value); value != "" && !there && slices.Contains([]string{"state", "sample", "status"}, label) {
					t.Errorf("%s: %s has no %s=%q", query, s.name, label, value)
				}
			}
		}
	}
}

func hasLabel(all []series, name, label string) bool {
	return slices.ContainsFunc(all, func(s series) bool { _, has := s.labels[label]; return s.name == name && has })
}

func dashboardQueries(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile("../examples/monitoring/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			queries = append(queries, target.Expr)
		}
	}
	return queries
}

// alertQueries reads the rules, each of which the documentation must have.
func alertQueries(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile("../examples/monitoring/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	docs, err := os.ReadFile("../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr, For    string
				Labels, Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &rules); err != nil {
		t.Fatal(err)
	}
	for _, group := range rules.Groups {
		for _, r := range group.Rules {
			if r.Alert == "" || r.Expr == "" || r.Annotations["summary"] == "" || r.Labels["severity"] == "" {
				t.Errorf("the rule %+v lacks something", r)
			}
			if !strings.Contains(string(docs), "| `"+r.Alert+"` |") {
				t.Errorf("docs/monitoring.md does not have the alert %s", r.Alert)
			}
			queries = append(queries, r.Expr)
		}
	}
	return queries
}

var (
	queryToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[a-zA-Z_:][a-zA-Z0-9_:]*|[0-9.]+[a-z]*|=~|!~|!=|==|>=|<=|\S`)
	words      = regexp.MustCompile(`^(and|or|unless|by|without|on|ignoring|group_left|group_right|offset|bool|le)$`)
)

// selectorsOf finds the metrics of a query with the labels that are matched or
// grouped by, by value where one is matched by equality. Labels that the scrape
// adds, and le of histograms, are left out.
func selectorsOf(t *testing.T, query string) (found []series) {
	t.Helper()
	tokens := queryToken.FindAllString(query, -1)
	var grouped []string
	for i := 0; i < len(tokens); i++ {
		switch token := tokens[i]; {
		case token == "by" || token == "on":
			for i++; tokens[i] != ")"; i++ {
				if tokens[i] != "(" && tokens[i] != "," {
					grouped = append(grouped, tokens[i])
				}
			}
		case words.MatchString(token), !regexp.MustCompile(`^[a-z]`).MatchString(token):
		case i+1 < len(tokens) && (tokens[i+1] == "(" || tokens[i+1] == "by"): // a function
		default:
			s := series{name: token, labels: map[string]string{}}
			if i+1 < len(tokens) && tokens[i+1] == "{" {
				for i += 2; tokens[i] != "}"; i++ {
					if tokens[i] == "," {
						continue
					}
					value := ""
					if tokens[i+1] == "=" {
						value = strings.Trim(tokens[i+2], `"`)
					}
					s.labels[tokens[i]] = value
					i += 2
				}
			}
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		t.Errorf("%s: no metric was found", query)
	}
	for _, s := range found {
		for _, label := range grouped {
			if _, matched := s.labels[label]; !matched {
				s.labels[label] = ""
			}
		}
		for _, own := range []string{"job", "instance", "le"} {
			delete(s.labels, own)
		}
	}
	return found
}
