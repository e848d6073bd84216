package telemetry

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"carillon/models"
)

// Tracing follows events from the request that publishes them to each attempt. It is
// an engine.Tracer. Without an exporter it makes no spans, and what a client has sent
// as traceparent is kept with its events and passed on as it is.
type Tracing struct {
	tracer trace.Tracer // nil without an exporter
	now    func() time.Time
}

// NewTracing follows events by spans of the exporter; nil is none.
func NewTracing(e *Export, now func() time.Time) *Tracing {
	t := &Tracing{now: now}
	if e != nil && e.traces != nil {
		t.tracer = e.traces.Tracer("carillon")
	}
	return t
}

type incoming struct{}

// Incoming notes the trace that a request belongs to, by the headers of W3C Trace
// Context.
func (t *Tracing) Incoming(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if parent := r.Header.Get("Traceparent"); parent != "" {
			if of := models.NewTrace(parent, r.Header.Get("Tracestate")); of != "" {
				r = r.WithContext(context.WithValue(r.Context(), incoming{}, of))
			}
		}
		next.ServeHTTP(w, r)
	})
}

func incomingOf(ctx context.Context) models.Trace {
	of, _ := ctx.Value(incoming{}).(models.Trace)
	return of
}

// within is ctx in the span that it has, else in the trace that came with the request.
func within(ctx context.Context) context.Context {
	if trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	return trace.ContextWithRemoteSpanContext(ctx, spanOf(incomingOf(ctx)))
}

// spanOf is the span that a trace names; an invalid one for none.
func spanOf(t models.Trace) trace.SpanContext {
	if t == "" {
		return trace.SpanContext{}
	}
	carrier := propagation.MapCarrier{"traceparent": t.Parent(), "tracestate": t.State()}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
}

// traceOf is how a span is named to others.
func traceOf(ctx context.Context) models.Trace {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return models.NewTrace(carrier["traceparent"], carrier["tracestate"])
}

// maxOperationName bounds what a client may call an operation, in a span.
const maxOperationName = 100

// operation begins the span of a query or mutation. What it asks for is not in it:
// documents hold values.
func (t *Tracing) operation(ctx context.Context, kind, name string) (context.Context, func(code string)) {
	if t.tracer == nil {
		return ctx, nil
	}
	ctx, span := t.tracer.Start(within(ctx), "GraphQL "+kind, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("graphql.operation.type", kind), attribute.String("graphql.operation.name", name[:min(len(name), maxOperationName)])))
	return ctx, func(code string) {
		if code != codeOK {
			span.SetAttributes(attribute.String("error.type", code))
			if code == string(models.CodeInternal) {
				span.SetStatus(codes.Error, "")
			}
		}
		span.End()
	}
}

// Publish is engine.Tracer's.
func (t *Tracing) Publish(ctx context.Context) (models.Trace, func([]models.Event, error)) {
	if t.tracer == nil {
		return incomingOf(ctx), ignoreEvents
	}
	ctx, span := t.tracer.Start(within(ctx), "publish", trace.WithSpanKind(trace.SpanKindProducer), trace.WithAttributes(
		attribute.String("messaging.system", "carillon"), attribute.String("messaging.operation.name", "publish"),
		attribute.String("messaging.operation.type", "send")))
	return traceOf(ctx), func(events []models.Event, err error) {
		defer span.End()
		if err != nil {
			span.SetAttributes(attribute.String("error.type", string(models.CodeOf(err))))
			span.SetStatus(codes.Error, "")
			return
		}
		if len(events) == 1 {
			e := &events[0]
			span.SetAttributes(attribute.String("carillon.event_id", e.ID.String()), attribute.String("carillon.event_type", e.Type))
		}
		if len(events) > 0 {
			span.SetAttributes(attribute.Int("messaging.batch.message_count", len(events)), attribute.String("carillon.tenant_id", events[0].TenantID.String()))
		}
	}
}

func ignoreEvents([]models.Event, error) {}
