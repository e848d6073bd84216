package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// StoreMetrics counts what the store does. It is a store.Observer.
type StoreMetrics struct {
	commitTime, callers *prometheus.HistogramVec
	commitErrors        *prometheus.CounterVec
	errors, purged      *prometheus.CounterVec
}

func newStoreMetrics(r registrar) *StoreMetrics {
	m := &StoreMetrics{
		commitTime: r.histograms("carillon_database_commit_duration_seconds", "Time of a transaction that callers share: of publications, of results (complete), or of both.",
			[]float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}, "kind"),
		callers: r.histograms("carillon_database_commit_callers", "Callers that shared one transaction.",
			[]float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}, "kind"),
		commitErrors: r.counters("carillon_database_commit_errors_total", "Callers of such transactions that got an error which was not of their own making.", "kind"),
		errors:       r.counters("carillon_database_errors_total", "Errors that PostgreSQL answered; deadlocks and conflicts are tried again.", "class"),
		purged:       r.counters("carillon_purged_rows_total", "Rows that were erased: events that were older than the retention, and anything of deleted tenants.", "what"),
	}
	for _, kind := range []string{"publish", "complete"} {
		m.commitErrors.WithLabelValues(kind)
	}
	for _, what := range []string{"events", "tenants"} {
		m.purged.WithLabelValues(what)
	}
	m.errors.WithLabelValues("connection")
	return m
}

// Committed is store.Observer's.
func (m *StoreMetrics) Committed(what string, callers, failed int, took time.Duration) {
	m.commitTime.WithLabelValues(what).Observe(took.Seconds())
	m.callers.WithLabelValues(what).Observe(float64(callers))
	if failed > 0 {
		m.commitErrors.WithLabelValues(what).Add(float64(failed))
	}
}

// Purged is store.Observer's.
func (m *StoreMetrics) Purged(what string, rows int) {
	m.purged.WithLabelValues(what).Add(float64(rows))
}

// StatementFailed is store.Observer's.
func (m *StoreMetrics) StatementFailed(class string) { m.errors.WithLabelValues(class).Inc() }

// TaskMetrics counts what goes on in the background, by task.
type TaskMetrics struct {
	now  func() time.Time
	runs *prometheus.CounterVec
	last *prometheus.GaugeVec
}

func newTaskMetrics(r registrar, now func() time.Time) *TaskMetrics {
	return &TaskMetrics{
		now:  now,
		runs: r.counters("carillon_background_runs_total", "Steps of what goes on in the background: erasing, counting.", "task", "outcome"),
		last: r.gauges("carillon_background_last_success_timestamp_seconds", "When the last step of such a task succeeded, in seconds since 1970.", "task"),
	}
}

// Done notes that a step of a task has ended.
func (m *TaskMetrics) Done(task string, err error) {
	if err != nil {
		m.runs.WithLabelValues(task, outcomeFailed).Inc()
		return
	}
	m.runs.WithLabelValues(task, outcomeSucceeded).Inc()
	m.last.WithLabelValues(task).Set(float64(m.now().UnixMilli()) / 1000)
}
