package telemetry

import (
	"context"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"carillon/models"
)

// spans is tracing whose spans are kept.
func spans(t *testing.T, now time.Time) (*Tracing, *tracetest.InMemoryExporter) {
	t.Helper()
	kept := tracetest.NewInMemoryExporter()
	e := &Export{traces: sdktrace.NewTracerProvider(sdktrace.WithSyncer(kept))}
	t.Cleanup(func() { _ = e.Close(context.WithoutCancel(t.Context())) })
	return NewTracing(e, func() time.Time { return now }), kept
}

func workOf(of models.Trace, published time.Time) models.Work {
	id := models.NewID(models.PrefixEvent)
	return models.Work{Event: models.Event{ID: id, Trace: of, CreatedAt: published}, Delivery: models.Delivery{ID: models.NewID(models.PrefixDelivery)}}
}

const (
	sampled   = models.Trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	unsampled = models.Trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
	another   = models.Trace("00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
)

// TestAttemptsAndTheTraceOfTheirEvent: an attempt is a part of it within an hour,
// and has a trace of its own with a link to it later, and in a batch of several.
func TestAttemptsAndTheTraceOfTheirEvent(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	c := &models.Channel{ID: models.NewID(models.PrefixChannel), Kind: models.KindHTTP}
	for name, one := range map[string]struct {
		work  []models.Work
		same  bool
		links int
	}{
		"soon":              {work: []models.Work{workOf(sampled, now.Add(-59*time.Minute))}, same: true},
		"late":              {work: []models.Work{workOf(sampled, now.Add(-2*time.Hour))}, links: 1},
		"none":              {work: []models.Work{workOf("", now)}},
		"batch of one":      {work: []models.Work{workOf(sampled, now), workOf(sampled, now)}, same: true},
		"batch of several":  {work: []models.Work{workOf(sampled, now), workOf(another, now), workOf("", now)}, links: 2},
		"late and not kept": {work: []models.Work{workOf(unsampled, now.Add(-2*time.Hour))}, same: true},
	} {
		tracing, kept := spans(t, now)
		_, of, end := tracing.Attempt(t.Context(), c, one.work)
		end([]models.Attempt{{ChannelKind: models.KindHTTP, Target: "POST https://example.com/secret/path?key=1"}})
		if same := of.ID() == sampled.ID(); same != one.same || of.ID() == "" || of == sampled {
			t.Errorf("%s: the trace is %q", name, of)
		}
		made := kept.GetSpans()
		if one.work[0].Event.Trace == unsampled {
			if len(made) != 0 {
				t.Errorf("%s: %d spans of a trace that nobody keeps", name, len(made))
			}
			continue
		}
		if len(made) != 1 || len(made[0].Links) != one.links {
			t.Errorf("%s: the spans are %+v, want one with %d links", name, made, one.links)
			continue
		}
		for _, a := range made[0].Attributes {
			if a.Key == "server.address" && a.Value.AsString() != "example.com" {
				t.Errorf("%s: the address is %q", name, a.Value.AsString())
			}
		}
	}
}

// TestWithoutAnExporterTracesPassThrough: what came in goes out as it is.
func TestWithoutAnExporterTracesPassThrough(t *testing.T) {
	t.Parallel()
	tracing := NewTracing(nil, func() time.Time { return time.Unix(0, 0) })
	if of, end := tracing.Publish(t.Context()); of != "" {
		t.Errorf("a publication without a trace has %q", of)
	} else {
		end(nil, nil)
	}
	if of, _ := tracing.Publish(context.WithValue(t.Context(), incoming{}, sampled)); of != sampled {
		t.Errorf("a publication in a trace has %q", of)
	}
	c := &models.Channel{Kind: models.KindHTTP}
	if _, of, _ := tracing.Attempt(t.Context(), c, []models.Work{workOf(sampled, time.Time{})}); of != sampled {
		t.Errorf("an attempt has %q", of)
	}
	if _, of, _ := tracing.Attempt(t.Context(), c, []models.Work{workOf(sampled, time.Time{}), workOf(another, time.Time{})}); of != "" {
		t.Errorf("a batch of several traces has %q", of)
	}
}
