package telemetry

import (
	"context"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"carillon/models"
)

// sameTrace is how long after its publication an attempt is a part of the event's
// own trace. Later ones, for retries go on for days, have a trace of their own with
// a link to it: tools that gather a trace close it long before.
const sameTrace = time.Hour

// Attempt is engine.Tracer's.
func (t *Tracing) Attempt(ctx context.Context, channel *models.Channel, work []models.Work) (context.Context, models.Trace, func([]models.Attempt)) {
	of := commonTrace(work)
	if t.tracer == nil {
		return ctx, of, ignoreAttempts
	}
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attemptAttributes(channel, work)...)}
	parent := spanOf(of)
	switch {
	case parent.IsValid() && (!parent.IsSampled() || t.now().Sub(work[0].Event.CreatedAt) < sameTrace):
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	case !trace.SpanContextFromContext(ctx).IsValid(): // a test event is sent within its request
		options = append(options, trace.WithNewRoot(), trace.WithLinks(links(work)...))
	}
	ctx, span := t.tracer.Start(ctx, "deliver "+lower(channel.Kind), options...)
	return ctx, traceOf(ctx), func(attempts []models.Attempt) {
		endAttempt(span, attempts)
	}
}

func ignoreAttempts([]models.Attempt) {}

// commonTrace is the trace of all events in a message; empty where they differ.
func commonTrace(work []models.Work) models.Trace {
	of := work[0].Event.Trace
	for i := range work[1:] {
		if work[i+1].Event.Trace != of {
			return ""
		}
	}
	return of
}

// maxLinks bounds the links of a message of many events.
const maxLinks = 128

func links(work []models.Work) (list []trace.Link) {
	for i := range work {
		span := spanOf(work[i].Event.Trace)
		if span.IsValid() && len(list) < maxLinks {
			list = append(list, trace.Link{SpanContext: span, Attributes: []attribute.KeyValue{
				attribute.String("carillon.event_id", work[i].Event.ID.String()),
			}})
		}
	}
	return list
}

// attemptAttributes are ids, kinds and counts: nothing that was published, no address
// of a person, no secret.
func attemptAttributes(channel *models.Channel, work []models.Work) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attribute.String("messaging.system", "carillon"), attribute.String("messaging.operation.name", "deliver"),
		attribute.String("messaging.operation.type", "send"),
		attribute.String("carillon.tenant_id", channel.TenantID.String()), attribute.String("carillon.channel_id", channel.ID.String()),
		attribute.String("carillon.channel_kind", lower(channel.Kind)),
	}
	if len(work) > 1 {
		return append(attributes, attribute.Int("messaging.batch.message_count", len(work)))
	}
	first := &work[0]
	return append(attributes,
		attribute.String("carillon.event_id", first.Event.ID.String()), attribute.String("carillon.event_type", first.Event.Type),
		attribute.String("carillon.delivery_id", first.Delivery.ID.String()), attribute.Int("carillon.attempt", first.Delivery.AttemptCount+1))
}

// endAttempt says what came of it; no attempts mean that a stop cut it short.
func endAttempt(span trace.Span, attempts []models.Attempt) {
	defer span.End()
	if len(attempts) == 0 {
		span.SetStatus(codes.Error, "cut short by a stop")
		return
	}
	a := &attempts[0]
	if a.ChannelKind == models.KindHTTP {
		if host := hostOf(a.Target); host != "" {
			span.SetAttributes(attribute.String("server.address", host))
		}
	}
	if a.ResponseCode != nil && (a.ChannelKind == models.KindHTTP || a.ChannelKind == models.KindSlack) {
		span.SetAttributes(attribute.Int("http.response.status_code", *a.ResponseCode))
	}
	if a.Error != nil {
		span.SetAttributes(attribute.String("error.type", strings.ToLower(string(a.Error.Code))), attribute.Bool("carillon.retryable", a.Error.Retryable))
		span.SetStatus(codes.Error, "")
	}
}

func hostOf(target string) string {
	_, address, found := strings.Cut(target, "http")
	if !found {
		return ""
	}
	u, err := url.Parse("http" + strings.Fields(address)[0])
	if err != nil {
		return ""
	}
	return u.Hostname()
}
