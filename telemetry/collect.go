package telemetry

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"carillon/models"
)

// Sources is what is looked at when the metrics are scraped.
type Sources struct {
	Now         func() time.Time // the database's clock, by which deliveries are due
	InHand      func() models.InHand
	Following   func() map[string]models.Following // by stream
	Connections func() (sockets, events int)
	// Taken is the connections of the HTTP server, and the most there may be; Refused
	// is what was beyond a limit, by the limit.
	Taken    func() (open, most int)
	Refused  func() map[string]uint64
	Pools    func() []models.Pool
	Database Database
	// Free is how many bytes the disk of the database's file has left; nil where it
	// is elsewhere.
	Free func() (int64, error)
}

// Database answers what is sampled.
type Database interface {
	OldestDue(ctx context.Context, now time.Time) (map[models.WaitState]time.Time, error)
	QueueDepth(ctx context.Context, now time.Time) (models.QueueDepth, error)
	Inventory(ctx context.Context) (models.Inventory, error)
	Size(ctx context.Context) (int64, error)
}

// How long each sample may take.
const (
	oldestTime    = 2 * time.Second
	depthTime     = 5 * time.Second
	inventoryTime = 3 * time.Second
	sizeTime      = 3 * time.Second
)

// Watch adds what is looked at with each scrape. It is to be called once.
func (m *Metrics) Watch(s Sources) {
	c := &collector{m: m, from: s, descs: map[string]*prometheus.Desc{}}
	c.oldest = sample[map[models.WaitState]time.Time]{name: "oldest_due", limit: oldestTime, read: s.Database.OldestDue}
	c.depth = sample[models.QueueDepth]{name: "queue_depth", limit: depthTime, read: s.Database.QueueDepth}
	c.inventory = sample[models.Inventory]{name: "inventory", limit: inventoryTime,
		read: func(ctx context.Context, _ time.Time) (models.Inventory, error) { return s.Database.Inventory(ctx) }}
	c.size = sample[int64]{name: "database_size", limit: sizeTime,
		read: func(ctx context.Context, _ time.Time) (int64, error) { return s.Database.Size(ctx) }}
	for _, d := range descriptions() {
		c.descs[d.name] = prometheus.NewDesc(d.name, d.help, d.labels, nil)
	}
	m.registry.MustRegister(c)
}

// collector looks at the sources with each scrape.
type collector struct {
	m         *Metrics
	from      Sources
	descs     map[string]*prometheus.Desc
	oldest    sample[map[models.WaitState]time.Time]
	depth     sample[models.QueueDepth]
	inventory sample[models.Inventory]
	size      sample[int64]
}

// Describe is prometheus.Collector's.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		to <- d
	}
}

// Collect is prometheus.Collector's.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	out := output{to: to, descs: c.descs}
	c.node(out)
	c.pools(out)
	c.queue(out)
	c.things(out)
	now := c.from.Now()
	for _, s := range []sampleState{c.oldest.state(), c.depth.state(), c.inventory.state(), c.size.state()} {
		out.counter("carillon_sample_failures_total", float64(s.failed), s.name)
		if s.known {
			out.gauge("carillon_sample_age_seconds", now.Sub(s.at).Seconds(), s.name)
			out.gauge("carillon_sample_duration_seconds", s.took.Seconds(), s.name)
		}
	}
}

// output writes values of the metrics that are described.
type output struct {
	to    chan<- prometheus.Metric
	descs map[string]*prometheus.Desc
}

func (o output) gauge(name string, value float64, labels ...string) {
	o.to <- prometheus.MustNewConstMetric(o.descs[name], prometheus.GaugeValue, value, labels...)
}

func (o output) counter(name string, value float64, labels ...string) {
	o.to <- prometheus.MustNewConstMetric(o.descs[name], prometheus.CounterValue, value, labels...)
}

// node is what this process knows by itself.
func (c *collector) node(out output) {
	in := c.from.InHand()
	out.gauge("carillon_workers", float64(in.Workers))
	out.gauge("carillon_messages_sending", float64(in.Sending))
	out.gauge("carillon_messages_recording", float64(in.Recording))
	out.gauge("carillon_inhand_deliveries", float64(in.Deliveries))
	out.gauge("carillon_inhand_deliveries_limit", float64(in.Capacity))
	out.gauge("carillon_inhand_bytes", float64(in.Bytes))
	out.gauge("carillon_inhand_limit_bytes", float64(in.MaxBytes))
	out.gauge("carillon_inhand_oldest_seconds", in.OldestReady.Seconds(), "ready")
	out.gauge("carillon_inhand_oldest_seconds", in.OldestHeld.Seconds(), "held")
	out.gauge("carillon_inhand_held_channels", float64(in.HeldChannels))
	if in.Nodes > 0 {
		out.gauge("carillon_nodes_live", float64(in.Nodes))
	}
	for stream, f := range c.from.Following() {
		out.gauge("carillon_subscribers", float64(f.Subscribers), stream)
		out.counter("carillon_subscribers_dropped_total", float64(f.Dropped), stream)
	}
	sockets, events := c.from.Connections()
	out.gauge("carillon_connections", float64(sockets), "websocket")
	out.gauge("carillon_connections", float64(events), "sse")
	open, most := c.from.Taken()
	out.gauge("carillon_http_connections", float64(open))
	out.gauge("carillon_http_connections_limit", float64(most))
	for limit, n := range c.from.Refused() {
		out.counter("carillon_refused_total", float64(n), limit)
	}
}

func (c *collector) pools(out output) {
	for _, p := range c.from.Pools() {
		out.gauge("carillon_database_pool_connections", float64(p.InUse), p.Name, "in_use")
		out.gauge("carillon_database_pool_connections", float64(p.Idle), p.Name, "idle")
		out.gauge("carillon_database_pool_connections_limit", float64(p.Max), p.Name)
		out.counter("carillon_database_pool_waits_total", float64(p.Waited), p.Name)
		out.counter("carillon_database_pool_wait_seconds_total", p.WaitTime.Seconds(), p.Name)
	}
}

// queue is what waits in the database, for all nodes together.
func (c *collector) queue(out output) {
	oldest, known := c.oldest.get(c.m.ctx, c.from.Now)
	now := c.from.Now()
	if known {
		for _, state := range []models.WaitState{models.WaitDue, models.WaitHeld, models.WaitPaused, models.WaitDisabled} {
			out.gauge("carillon_queue_oldest_due_seconds", ageOf(oldest[state], now), string(state))
		}
	}
	depth, known := c.depth.get(c.m.ctx, c.from.Now)
	if !known {
		return
	}
	for state, n := range depth.Waiting {
		out.gauge("carillon_queue_deliveries", float64(n), string(state))
	}
	var since time.Time
	if depth.OrderedSince != nil {
		since = *depth.OrderedSince
	}
	out.gauge("carillon_queue_oldest_due_seconds", ageOf(since, now), string(models.WaitOrdered))
}

func ageOf(since, now time.Time) float64 {
	if since.IsZero() {
		return 0
	}
	return max(now.Sub(since).Seconds(), 0)
}

// things is what people have made, and what it takes.
func (c *collector) things(out output) {
	if in, known := c.inventory.get(c.m.ctx, c.from.Now); known {
		out.gauge("carillon_tenants", float64(in.Tenants))
		out.gauge("carillon_recoveries_open", float64(in.Recoveries))
		out.gauge("carillon_recovery_deliveries_remaining", float64(in.ToRecover))
		// Those that there are none of stand there with 0, so that a first one is an increase.
		for _, kind := range kinds() {
			for _, status := range []models.ChannelStatus{models.ChannelActive, models.ChannelPaused, models.ChannelDisabled} {
				out.gauge("carillon_channels", float64(in.Channels[models.ChannelCount{Kind: kind, Status: status}]), lower(kind), strings.ToLower(string(status)))
			}
		}
		for _, status := range []models.WebhookStatus{models.WebhookActive, models.WebhookPaused} {
			out.gauge("carillon_webhooks", float64(in.Webhooks[status]), strings.ToLower(string(status)))
		}
	}
	if size, known := c.size.get(c.m.ctx, c.from.Now); known {
		out.gauge("carillon_database_size_bytes", float64(size))
	}
	if c.from.Free != nil {
		if free, err := c.from.Free(); err == nil {
			out.gauge("carillon_database_disk_free_bytes", float64(free))
		}
	}
}
