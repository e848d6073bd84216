package telemetry

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"carillon/models"
)

// EngineMetrics counts what the engine does. It is an engine.Observer, and hears
// of commits beside it.
type EngineMetrics struct {
	publish                                map[string]prometheus.Observer
	events, repeats, created, filterErrors prometheus.Counter
	attempts                               *prometheus.CounterVec
	attemptTime, deliveryTime, delay       *prometheus.HistogramVec
	retries                                *prometheus.CounterVec
	completed                              map[models.DeliveryStatus]prometheus.Counter
	leasesLost, leasesRescued, recoveries  prometheus.Counter
}

// Outcomes of a publication, and of an attempt.
const (
	outcomeStored    = "stored"
	outcomeRefused   = "refused"
	outcomeFailed    = "failed"
	outcomeSucceeded = "succeeded"
	outcomeHeld      = "held"
	noError          = "none"
)

func newEngineMetrics(r registrar) *EngineMetrics {
	quick := []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	sending := []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 30, 60}
	waiting := []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 72 * 3600}
	m := &EngineMetrics{
		publish: map[string]prometheus.Observer{}, completed: map[models.DeliveryStatus]prometheus.Counter{},
		events:       r.counter("carillon_events_published_total", "Events that were stored; test events and repeats of an idempotency key are not counted."),
		repeats:      r.counter("carillon_events_repeated_total", "Publications of an event that was stored before under its idempotency key."),
		created:      r.counter("carillon_deliveries_created_total", "Deliveries that were made of events, replays included."),
		filterErrors: r.counter("carillon_filter_errors_total", "Failures of webhooks' filters on an event; such an event does not match."),
		attempts: r.counters("carillon_attempts_total", "Attempts to deliver, one for each delivery in a message; test events are not counted. held: the receiver asked for a pause.",
			"kind", "outcome", "error"),
		attemptTime: r.histograms("carillon_attempt_duration_seconds", "Time that a message took to render, to send and to be answered.", sending, "kind", "outcome"),
		deliveryTime: r.histograms("carillon_delivery_duration_seconds", "Time from the making of a delivery to its end, retries included; what was recovered, retried by hand or awaits a provider's report is left out.",
			waiting, "kind", "outcome"),
		delay: r.histograms("carillon_first_attempt_delay_seconds", "Time from the making of a delivery to its first attempt, whatever it waited for.",
			waiting, "kind"),
		retries:       r.counters("carillon_retries_scheduled_total", "Deliveries that failed and will be tried again.", "kind"),
		leasesLost:    r.counter("carillon_leases_lost_total", "Deliveries that were this node's, and were another's or canceled when it wanted to go on."),
		leasesRescued: r.counter("carillon_leases_rescued_total", "Deliveries that were taken over after the lease of a node ran out."),
		recoveries:    r.counter("carillon_recoveries_completed_total", "Recoveries of failed deliveries that this node brought to their end."),
	}
	publish := r.histograms("carillon_publish_duration_seconds", "Time from a publication's arrival in the engine to its answer: the events are on disk by then.", quick, "outcome")
	for _, outcome := range []string{outcomeStored, outcomeRefused, outcomeFailed} {
		m.publish[outcome] = publish.WithLabelValues(outcome)
	}
	completed := r.counters("carillon_deliveries_completed_total", "Deliveries that came to an end; one that is retried by hand may do so more than once.", "state")
	for _, status := range []models.DeliveryStatus{models.DeliverySucceeded, models.DeliveryFailed, models.DeliveryCanceled} {
		m.completed[status] = completed.WithLabelValues(strings.ToLower(string(status)))
	}
	for _, kind := range kinds() {
		m.retries.WithLabelValues(lower(kind))
		m.attempts.WithLabelValues(lower(kind), outcomeSucceeded, noError)
		m.attemptTime.WithLabelValues(lower(kind), outcomeSucceeded)
	}
	return m
}

// kinds are those of channels that this version knows.
func kinds() []models.ChannelKind {
	return []models.ChannelKind{models.KindHTTP, models.KindSlack, models.KindEmail, models.KindSMS}
}

func lower(kind models.ChannelKind) string { return strings.ToLower(string(kind)) }

// Published is engine.Observer's.
func (m *EngineMetrics) Published(took time.Duration, err error) {
	outcome := outcomeStored
	switch {
	case err == nil:
	case models.CodeOf(err) == models.CodeInternal:
		outcome = outcomeFailed
	default:
		outcome = outcomeRefused
	}
	m.publish[outcome].Observe(took.Seconds())
}

// Stored is engine.Observer's.
func (m *EngineMetrics) Stored(events, repeats, deliveries int) {
	m.events.Add(float64(events))
	m.repeats.Add(float64(repeats))
	m.created.Add(float64(deliveries))
}

// FiltersFailed is engine.Observer's.
func (m *EngineMetrics) FiltersFailed(webhooks int) { m.filterErrors.Add(float64(webhooks)) }

// Attempted is engine.Observer's.
func (m *EngineMetrics) Attempted(attempts []models.Attempt, held bool) {
	a := &attempts[0]
	outcome, class := outcomeSucceeded, noError
	if a.Status == models.AttemptFailed {
		outcome = outcomeFailed
		if held {
			outcome = outcomeHeld
		}
		if a.Error != nil {
			class = strings.ToLower(string(a.Error.Code))
		}
	}
	kind := lower(a.ChannelKind)
	m.attempts.WithLabelValues(kind, outcome, class).Add(float64(len(attempts)))
	m.attemptTime.WithLabelValues(kind, outcome).Observe(a.Latency.Seconds())
}

// Recorded is engine.Observer's.
func (m *EngineMetrics) Recorded(parts []models.CompletionPart) {
	for i := range parts {
		d, a := &parts[i].Delivery, &parts[i].Attempt
		kind := lower(a.ChannelKind)
		if a.Number == 1 {
			m.delay.WithLabelValues(kind).Observe(a.StartedAt.Sub(d.CreatedAt).Seconds())
		}
		switch d.Status {
		case models.DeliveryRetrying:
			m.retries.WithLabelValues(kind).Inc()
		case models.DeliverySucceeded, models.DeliveryFailed:
			if d.CompletedAt != nil && !d.Bulk && a.Trigger == models.TriggerAutomatic {
				m.deliveryTime.WithLabelValues(kind, strings.ToLower(string(d.Status))).Observe(d.CompletedAt.Sub(d.CreatedAt).Seconds())
			}
		}
	}
}

// LeasesLost is engine.Observer's.
func (m *EngineMetrics) LeasesLost(n int) { m.leasesLost.Add(float64(n)) }

// Rescued is engine.Observer's.
func (m *EngineMetrics) Rescued(n int) { m.leasesRescued.Add(float64(n)) }

// Recovered is engine.Observer's.
func (m *EngineMetrics) Recovered() { m.recoveries.Inc() }

// Committed counts the deliveries that came to an end in a commit of this node.
func (m *EngineMetrics) Committed(c models.Commit) {
	for i := range c.Updates {
		if d := &c.Updates[i]; d.Status.Final() && !d.Test {
			m.completed[d.Status].Inc()
		}
	}
}
