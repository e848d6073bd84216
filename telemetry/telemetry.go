// Package telemetry tells those who run the server how it is: it owns the metrics,
// their names and labels, and the traces that follow an event from its publication
// to each attempt. The other rooms know nothing of either: they tell their observers
// what they do, in their own words, and app brings the two together. It refuses
// labels without bound: no metric names a tenant, channel, event type, address or
// operation.
package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Config says what is measured.
type Config struct {
	Version, Revision string
	Now               func() time.Time
	Log               *slog.Logger // nil discards
}

// Metrics is the metrics of one server, in a registry of their own. Its parts are
// the observers of the rooms.
type Metrics struct {
	Engine     *EngineMetrics
	Store      *StoreMetrics
	Operations *OperationMetrics
	Tasks      *TaskMetrics

	registry *prometheus.Registry
	now      func() time.Time
	log      *slog.Logger
	ctx      context.Context // of what is asked of the database
	cancel   context.CancelFunc
}

// New makes the metrics. What is sampled joins them by Watch.
func New(c Config) *Metrics {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	m := &Metrics{registry: prometheus.NewRegistry(), now: c.Now, log: c.Log}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	r := registrar{m.registry}
	m.Engine, m.Store, m.Tasks = newEngineMetrics(r), newStoreMetrics(r), newTaskMetrics(r, c.Now)
	m.Operations = newOperationMetrics(r, c.Now)
	build := r.gauges("carillon_build_info", "Always 1; what is running.", "version", "revision", "goversion")
	build.WithLabelValues(c.Version, c.Revision, runtime.Version()).Set(1)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Registry is where the metrics are gathered.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Bounds of a scrape.
const (
	scrapesAtOnce = 4
	scrapeTime    = 20 * time.Second
)

// Handler answers scrapes, in Prometheus' text format or in OpenMetrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError,
		MaxRequestsInFlight: scrapesAtOnce, Timeout: scrapeTime, EnableOpenMetrics: true,
	})
}

// Close ends what is asked of the database. What is scraped later lacks it.
func (m *Metrics) Close() { m.cancel() }

// registrar makes metrics in a registry.
type registrar struct{ to *prometheus.Registry }

func (r registrar) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	r.to.MustRegister(c)
	return c
}

func (r registrar) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	r.to.MustRegister(c)
	return c
}

func (r registrar) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	r.to.MustRegister(g)
	return g
}

func (r registrar) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	r.to.MustRegister(h)
	return h
}
