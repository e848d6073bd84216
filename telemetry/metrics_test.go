package telemetry_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"carillon/models"
	"carillon/telemetry"
)

// bundle is metrics of a server whose database and engine the test stands for.
func bundle(t *testing.T, database telemetry.Database) *telemetry.Metrics {
	t.Helper()
	at := time.Unix(1_000_000, 0)
	m := telemetry.New(telemetry.Config{Version: "1.2.3", Revision: "abc", Now: func() time.Time { return at }})
	t.Cleanup(m.Close)
	m.Watch(telemetry.Sources{
		Now: func() time.Time { return at }, InHand: func() models.InHand { return models.InHand{Workers: 7} },
		Following:   func() map[string]models.Following { return nil },
		Connections: func() (int, int) { return 2, 1 }, Taken: func() (int, int) { return 5, 20 },
		Refused: func() map[string]uint64 { return map[string]uint64{"address_rate": 3} }, Pools: func() []models.Pool { return nil },
		Database: database, Free: func() (int64, error) { return 5, nil },
	})
	return m
}

func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("the scrape answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// failing is a database whose every answer is an error.
type failing struct{}

var errAway = errors.New("the database is away")

func (failing) OldestDue(context.Context, time.Time) (map[models.WaitState]time.Time, error) {
	return nil, errAway
}
func (failing) QueueDepth(context.Context, time.Time) (models.QueueDepth, error) {
	return models.QueueDepth{}, errAway
}
func (failing) Inventory(context.Context) (models.Inventory, error) {
	return models.Inventory{}, errAway
}
func (failing) Size(context.Context) (int64, error) { return 0, errAway }

// TestAFailedSampleIsAbsent: nobody takes a database that is away for an empty queue.
func TestAFailedSampleIsAbsent(t *testing.T) {
	t.Parallel()
	text := scrape(t, bundle(t, failing{}))
	for _, absent := range []string{"carillon_queue_deliveries{", "carillon_queue_oldest_due_seconds{", "carillon_tenants ", "carillon_database_size_bytes "} {
		if strings.Contains(text, absent) {
			t.Errorf("%s is there although it could not be read", absent)
		}
	}
	for _, there := range []string{`carillon_sample_failures_total{sample="queue_depth"} 1`, "carillon_workers 7", `carillon_connections{transport="websocket"} 2`} {
		if !strings.Contains(text, there) {
			t.Errorf("%s is missing", there)
		}
	}
}

// TestLabelsAreBounded: whatever clients send and receivers do, there is no label
// that they choose.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := bundle(t, failing{})
	op := m.Operations.Begin(nil)
	op.Operation(t.Context(), "query", "ANameOfTheClients")
	op.End("A_CODE_OF_SOMEBODYS")
	m.Engine.Attempted([]models.Attempt{{ChannelKind: models.KindHTTP, Status: models.AttemptFailed, EventType: "some.type", Target: "https://example.com",
		Error: &models.AttemptError{Code: models.ErrTimeout, Message: "no answer"}}}, false)
	m.Engine.Attempted([]models.Attempt{{ChannelKind: models.KindSlack, Status: models.AttemptFailed,
		Error: &models.AttemptError{Code: models.ErrRateLimited}}, {}}, true)
	text := scrape(t, m)
	for _, there := range []string{
		`carillon_graphql_requests_total{code="OTHER",operation="query"} 1`,
		`carillon_attempts_total{error="timeout",kind="http",outcome="failed"} 1`,
		`carillon_attempts_total{error="rate_limited",kind="slack",outcome="held"} 2`,
		`carillon_attempt_duration_seconds_count{kind="slack",outcome="held"} 1`,
	} {
		if !strings.Contains(text, there) {
			t.Errorf("%s is missing", there)
		}
	}
	for _, free := range []string{"ANameOfTheClients", "SOMEBODYS", "some.type", "example.com"} {
		if strings.Contains(text, free) {
			t.Errorf("%q is a label", free)
		}
	}
}

var (
	described = regexp.MustCompile(`^Desc\{fqName: "([^"]+)", help: ".*", constLabels: \{.*\}, variableLabels: \{(.*)\}\}$`)
	row       = regexp.MustCompile("(?m)^\\| `(carillon_[a-z_]+)` \\| ([a-z]+) \\| ([a-z_, `]*) \\| (.+) \\|$")
)

// TestEveryMetricIsDocumented holds the tables of docs/monitoring.md to what is
// registered: names and labels, none missing and none too many.
func TestEveryMetricIsDocumented(t *testing.T) {
	t.Parallel()
	registered := map[string]string{}
	descs := make(chan *prometheus.Desc, 1000)
	bundle(t, failing{}).Registry().Describe(descs)
	close(descs)
	for d := range descs {
		parts := described.FindStringSubmatch(d.String())
		if parts == nil {
			t.Fatalf("the description %s cannot be read", d)
		}
		if strings.HasPrefix(parts[1], "carillon_") {
			registered[parts[1]] = sorted(parts[2])
		}
	}
	page, err := os.ReadFile("../docs/monitoring.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, r := range row.FindAllStringSubmatch(string(page), -1) {
		documented[r[1]] = sorted(strings.ReplaceAll(r[3], "`", ""))
	}
	for name, labels := range registered {
		if got, there := documented[name]; !there {
			t.Errorf("docs/monitoring.md does not have %s", name)
		} else if got != labels {
			t.Errorf("docs/monitoring.md gives %s the labels %q; it has %q", name, got, labels)
		}
	}
	for name := range documented {
		if _, there := registered[name]; !there {
			t.Errorf("docs/monitoring.md has %s, which there is not", name)
		}
	}
	if len(registered) < 50 {
		t.Errorf("%d metrics were found, which are too few", len(registered))
	}
}

func sorted(labels string) string {
	list := strings.FieldsFunc(labels, func(r rune) bool { return r == ',' || r == ' ' })
	slices.Sort(list)
	return strings.Join(list, " ")
}
