package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Export sends traces and metrics to a collector, by OTLP over HTTP.
type Export struct {
	traces  *sdktrace.TracerProvider // nil where they are not exported
	metrics *metric.MeterProvider
}

// ExportConfig says who exports what.
type ExportConfig struct {
	Settings Settings
	Metrics  *Metrics
	Version  string
	Node     string // tells this process from others
	Now      func() time.Time
	Log      *slog.Logger
}

// NewExport begins to export; nil where nothing is to be. The collector need not be
// there: what it does not take is dropped after a while, and the log says so.
func NewExport(ctx context.Context, c ExportConfig) (*Export, error) {
	if !c.Settings.Traces && !c.Settings.Metrics {
		return nil, nil
	}
	from, err := resource.New(ctx, resource.WithAttributes(
		attribute.String("service.name", "carillon"), attribute.String("service.version", c.Version),
		attribute.String("service.instance.id", c.Node),
	), resource.WithTelemetrySDK(), resource.WithFromEnv()) // the environment has the last word
	if err != nil {
		return nil, fmt.Errorf("read OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	e := &Export{}
	if c.Settings.Traces {
		to, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("export traces: %w", err)
		}
		e.traces = sdktrace.NewTracerProvider(sdktrace.WithResource(from), sdktrace.WithBatcher(&spanLog{SpanExporter: to, complaints: complaints{log: c.Log, now: c.Now}}))
	}
	if c.Settings.Metrics {
		to, err := otlpmetrichttp.New(ctx)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("export metrics: %w", err), e.Close(ctx))
		}
		reader := metric.NewPeriodicReader(&metricLog{Exporter: to, complaints: complaints{log: c.Log, now: c.Now}},
			metric.WithProducer(bridge.NewMetricProducer(bridge.WithGatherer(c.Metrics.registry))))
		e.metrics = metric.NewMeterProvider(metric.WithResource(from), metric.WithReader(reader))
	}
	return e, nil
}

// Close exports what is left, until ctx ends.
func (e *Export) Close(ctx context.Context) (err error) {
	if e == nil {
		return nil
	}
	if e.metrics != nil {
		err = e.metrics.Shutdown(ctx)
	}
	if e.traces != nil {
		err = errors.Join(err, e.traces.Shutdown(ctx))
	}
	return err
}

// complaints tell the log of a collector that takes nothing, now and then. The SDK
// would print each one past the log.
type complaints struct {
	log *slog.Logger
	now func() time.Time

	mu   sync.Mutex
	next time.Time
}

const complainEvery = time.Minute

func (c *complaints) note(what string, err error) {
	if err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); !now.Before(c.next) {
		c.next = now.Add(complainEvery)
		c.log.Warn(what+" could not be exported; they are dropped", "error", err)
	}
}

type spanLog struct {
	sdktrace.SpanExporter
	complaints
}

// ExportSpans is sdktrace.SpanExporter's.
func (l *spanLog) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	l.note("traces", l.SpanExporter.ExportSpans(ctx, spans))
	return nil
}

type metricLog struct {
	metric.Exporter
	complaints
}

// Export is metric.Exporter's.
func (l *metricLog) Export(ctx context.Context, m *metricdata.ResourceMetrics) error {
	l.note("metrics", l.Exporter.Export(ctx, m))
	return nil
}
