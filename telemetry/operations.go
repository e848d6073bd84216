package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"carillon/models"
)

// OperationMetrics counts operations of the API.
type OperationMetrics struct {
	now      func() time.Time
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	codes    map[string]bool
}

// What is asked for, where that is not one of GraphQL's own words.
const (
	kindUnknown      = "unknown"
	kindSubscription = "subscription"
	codeOther        = "OTHER"
	codeOK           = "OK"
)

func newOperationMetrics(r registrar, now func() time.Time) *OperationMetrics {
	m := &OperationMetrics{
		now: now, codes: map[string]bool{codeOK: true},
		requests: r.counters("carillon_graphql_requests_total",
			"Operations by their kind and the code of their first error; a subscription counts when it ends. unknown: refused before it was read.", "operation", "code"),
		duration: r.histograms("carillon_graphql_request_duration_seconds", "Time from a request's head to its answer; subscriptions are left out.",
			[]float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}, "operation"),
	}
	for _, code := range []models.Code{models.CodeBadUserInput, models.CodeNotFound, models.CodeConflict, models.CodeUnauthenticated, models.CodeForbidden,
		models.CodeRateLimited, models.CodePayloadTooLarge, models.CodeTooComplex, models.CodeInternal, "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"} {
		m.codes[string(code)] = true
	}
	for _, kind := range []string{"query", "mutation", kindSubscription} {
		m.requests.WithLabelValues(kind, codeOK)
		m.requests.WithLabelValues(kind, string(models.CodeInternal))
		m.requests.WithLabelValues(kind, string(models.CodeRateLimited))
	}
	return m
}

// Operation follows one operation. It is a wire.Watch.
type Operation struct {
	m     *OperationMetrics
	spans *Tracing // nil for none
	begun time.Time
	kind  string
	end   func(code string) // of its span
}

// Begin follows an operation that begins.
func (m *OperationMetrics) Begin(spans *Tracing) *Operation {
	return &Operation{m: m, spans: spans, begun: m.now(), kind: kindUnknown}
}

// Operation is wire.Watch's. Subscriptions have no span: one that lasts for days
// would be shown by no tool.
func (o *Operation) Operation(ctx context.Context, kind, name string) context.Context {
	o.kind = kind
	if o.spans != nil && kind != kindSubscription {
		ctx, o.end = o.spans.operation(ctx, kind, name)
	}
	return ctx
}

// End is wire.Watch's.
func (o *Operation) End(code string) {
	if o.end != nil {
		o.end(code)
	}
	if !o.m.codes[code] {
		code = codeOther
	}
	o.m.requests.WithLabelValues(o.kind, code).Inc()
	if o.kind != kindSubscription {
		o.m.duration.WithLabelValues(o.kind).Observe(o.m.now().Sub(o.begun).Seconds())
	}
}
