package e2e

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	collectmetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collecttraces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"carillon/testkit"
)

// collector takes traces and metrics by OTLP over HTTP.
type collector struct {
	url string

	mu       sync.Mutex
	spans    []*tracepb.Span
	metrics  map[string]float64 // the newest sum of each
	services map[string]bool
	grown    chan struct{}
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{metrics: map[string]float64{}, services: map[string]bool{}, grown: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil && r.URL.Path == "/v1/traces" {
			err = c.takeTraces(body)
		} else if err == nil {
			err = c.takeMetrics(body)
		}
		if err != nil {
			t.Errorf("%s: %v", r.URL.Path, err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *collector) takeTraces(body []byte) error {
	var request collecttraces.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.ResourceSpans {
		for _, a := range resource.Resource.Attributes {
			if a.Key == "service.name" {
				c.services[a.Value.GetStringValue()] = true
			}
		}
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
	c.grow()
	return nil
}

func (c *collector) takeMetrics(body []byte) error {
	var request collectmetrics.ExportMetricsServiceRequest
	if err := proto.Unmarshal(body, &request); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.ResourceMetrics {
		for _, scope := range resource.ScopeMetrics {
			for _, m := range scope.Metrics {
				c.metrics[m.Name] = sumOf(m)
			}
		}
	}
	c.grow()
	return nil
}

func sumOf(m *metricspb.Metric) (sum float64) {
	for _, p := range slices.Concat(m.GetSum().GetDataPoints(), m.GetGauge().GetDataPoints()) {
		sum += p.GetAsDouble() + float64(p.GetAsInt())
	}
	for _, p := range m.GetHistogram().GetDataPoints() {
		sum += float64(p.Count)
	}
	return sum
}

func (c *collector) grow() {
	close(c.grown)
	c.grown = make(chan struct{})
}

// await waits until something holds of what was taken.
func (c *collector) await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		c.mu.Lock()
		done, grown := holds(), c.grown
		c.mu.Unlock()
		if done {
			return
		}
		select {
		case <-grown:
		case <-ctx.Done():
			c.mu.Lock()
			defer c.mu.Unlock()
			t.Fatalf("%s did not come; there are %d spans and %d metrics", what, len(c.spans), len(c.metrics))
		}
	}
}

// named are the spans of a trace by their name. The lock is held.
func (c *collector) named(trace, name string) (found []*tracepb.Span) {
	for _, s := range c.spans {
		if hex.EncodeToString(s.TraceId) == trace && s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

const (
	clientTrace = "4bf92f3577b34da6a3ce929d0e0e4736"
	clientSpan  = "00f067aa0ba902b7"
	clientState = "vendor=opaque"
)

// publishTraced publishes within the client's trace.
func (w *world) publishTraced(eventType, data string) {
	w.t.Helper()
	w.post("/graphql", fmt.Sprintf(`{"query":"mutation Traced($d: JSON!) { publishEvent(input: {type: \"%s\", data: $d}) { id } }","variables":{"d":%s}}`, eventType, data),
		http.Header{"Content-Type": {"application/json"}, "Traceparent": {"00-" + clientTrace + "-" + clientSpan + "-01"}, "Tracestate": {clientState}})
}

// post sends a body with the tenant's key.
func (w *world) post(path, body string, header http.Header) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.node.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header = header
	request.Header.Set("Authorization", "Bearer "+w.api.Key)
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	answer, err := web.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode/100 != 2 || strings.Contains(string(text), "errors") {
		w.t.Fatalf("%s: %d %s, %v", path, answer.StatusCode, text, err)
	}
}

// TestOneTrace follows one event from its publisher, through publishing and a retry,
// to the endpoint, by one trace id: in the spans that a collector gets, in the
// headers that the endpoint gets, and in the log.
func TestOneTrace(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		c := newCollector(t)
		n := start(t, database, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.url, "OTEL_SERVICE_NAME=bells", "OTEL_BSP_SCHEDULE_DELAY=50",
			"OTEL_METRIC_EXPORT_INTERVAL=200", "LOG_LEVEL=debug")
		w := newWorld(t, n)
		receiver := testkit.NewReceiver(t, testkit.Statuses(500, 200))
		w.webhook("a.traced", w.channel(receiver.URL+"/way?token=very-secret-query", retries("1ms")))
		w.publishTraced("a.traced", `{"text":"a-payload-to-be-kept-apart"}`)
		got := receiver.Wait(2, patience)
		c.await(t, "the spans of both attempts", func() bool { return len(c.named(clientTrace, "deliver http")) >= 2 })
		c.await(t, "the metrics", func() bool {
			return c.metrics["carillon_events_published_total"] >= 1 && c.metrics["carillon_attempt_duration_seconds"] >= 2
		})

		c.mu.Lock()
		defer c.mu.Unlock()
		operation, publish := c.named(clientTrace, "GraphQL mutation"), c.named(clientTrace, "publish")
		if len(operation) != 1 || len(publish) != 1 {
			t.Fatalf("%d spans of operations and %d of publications, want one of each", len(operation), len(publish))
		}
		if parent := hex.EncodeToString(operation[0].ParentSpanId); parent != clientSpan {
			t.Errorf("the operation is below %s, want the client's span", parent)
		}
		if !slices.Equal(publish[0].ParentSpanId, operation[0].SpanId) {
			t.Error("the publication is not below the operation")
		}
		sent := map[string]bool{}
		for _, attempt := range c.named(clientTrace, "deliver http") {
			if !slices.Equal(attempt.ParentSpanId, publish[0].SpanId) {
				t.Error("an attempt is not below the publication")
			}
			sent["00-"+clientTrace+"-"+hex.EncodeToString(attempt.SpanId)+"-01"] = true
		}
		for _, r := range got {
			if !sent[r.Header.Get("traceparent")] || r.Header.Get("tracestate") != clientState {
				t.Errorf("the endpoint got %q and %q, want one of %v", r.Header.Get("traceparent"), r.Header.Get("tracestate"), sent)
			}
		}
		if !c.services["bells"] {
			t.Errorf("the service is called %v", c.services)
		}
		for _, s := range c.spans {
			for _, hidden := range []string{"a-payload-to-be-kept-apart", "very-secret-query", w.api.Key, adminKey} {
				if strings.Contains(s.String(), hidden) {
					t.Errorf("the span %s shows %s", s.Name, hidden)
				}
			}
		}
		n.terminate()
		n.await()
	})
}

// TestTracesPassThrough: without a collector what the client sent goes on as it is,
// also over the death of the node; a channel's own header goes before it.
func TestTracesPassThrough(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, database string) {
		n := start(t, database)
		w := newWorld(t, n)
		receiver, own := testkit.NewReceiver(t, testkit.Statuses(500, 200)), testkit.NewReceiver(t)
		channel := w.channel(receiver.URL, retries("1ms"))
		mine := w.channelWith(map[string]any{"url": own.URL, "headers": []any{map[string]any{"name": "TraceParent", "value": "mine"}}}, retries())
		w.webhook("a.traced", channel, mine)
		w.call("pauseChannel", channel)
		w.publishTraced("a.traced", `{}`)
		if got := own.Wait(1, patience)[0].Header; got.Get("traceparent") != "mine" || len(got.Values("traceparent")) != 1 || got.Get("tracestate") != "" {
			t.Errorf("a channel with a header of its own sends %v", got)
		}
		n.kill()
		n = start(t, database)
		w = w.at(n)
		w.call("resumeChannel", channel)
		for i, r := range receiver.Wait(2, patience) {
			if r.Header.Get("traceparent") != "00-"+clientTrace+"-"+clientSpan+"-01" || r.Header.Get("tracestate") != clientState {
				t.Errorf("attempt %d has %q and %q", i+1, r.Header.Get("traceparent"), r.Header.Get("tracestate"))
			}
			if err := r.Verify(w.secret(channel)); err != nil {
				t.Errorf("attempt %d: the signature: %v", i+1, err)
			}
		}
		w.publish("a.traced", `{}`)
		if got := receiver.Wait(3, patience)[2].Header; got.Get("traceparent") != "" {
			t.Errorf("an event without a trace goes with %q", got.Get("traceparent"))
		}
		const ofEvent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
		w.post("/cloudevents", `{"specversion":"1.0","id":"1","source":"/crm","type":"a.traced","data":{},"traceparent":"`+ofEvent+`"}`,
			http.Header{"Content-Type": {"application/cloudevents+json"}})
		if got := receiver.Wait(4, patience)[3].Header; got.Get("traceparent") != ofEvent {
			t.Errorf("a CloudEvent with a trace of its own goes with %q", got.Get("traceparent"))
		}
	})
}
