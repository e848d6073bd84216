package telemetry

import (
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	const at = "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318"
	for _, c := range []struct {
		environ         []string
		traces, metrics bool
		wrong           string
	}{
		{},
		{environ: []string{"OTEL_SERVICE_NAME=x", "OTEL_TRACES_SAMPLER=none of them"}},
		{environ: []string{at}, traces: true, metrics: true},
		{environ: []string{at, "OTEL_SDK_DISABLED=true"}},
		{environ: []string{at, "OTEL_METRICS_EXPORTER=none"}, traces: true},
		{environ: []string{at, "OTEL_TRACES_EXPORTER=none", "OTEL_METRICS_EXPORTER=otlp"}, metrics: true},
		{environ: []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=https://c.example.com/v1/traces"}, traces: true},
		{environ: []string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=https://c.example.com/v1/metrics"}, metrics: true},
		{environ: []string{at, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"}, traces: true, metrics: true},
		{environ: []string{at, "OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.1"}, traces: true, metrics: true},
		{environ: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=127.0.0.1:4318"}, wrong: "OTEL_EXPORTER_OTLP_ENDPOINT: "},
		{environ: []string{at, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, wrong: "OTEL_EXPORTER_OTLP_PROTOCOL: "},
		{environ: []string{at, "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/json"}, wrong: "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: "},
		{environ: []string{at, "OTEL_TRACES_EXPORTER=zipkin"}, wrong: "OTEL_TRACES_EXPORTER: "},
		{environ: []string{at, "OTEL_TRACES_SAMPLER=jaeger_remote"}, wrong: "OTEL_TRACES_SAMPLER: "},
		{environ: []string{at, "OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=10%"}, wrong: "OTEL_TRACES_SAMPLER_ARG: "},
	} {
		s, err := ReadSettings(c.environ)
		switch {
		case c.wrong != "":
			if err == nil || !strings.HasPrefix(err.Error(), c.wrong) {
				t.Errorf("%v: %v, want an error about %s", c.environ, err, c.wrong)
			}
		case err != nil || s.Traces != c.traces || s.Metrics != c.metrics:
			t.Errorf("%v: traces %t, metrics %t, %v; want %t, %t", c.environ, s.Traces, s.Metrics, err, c.traces, c.metrics)
		}
	}
}
