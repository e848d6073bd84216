package telemetry

// description is a metric that is looked at with each scrape.
type description struct {
	name, help string
	labels     []string
}

func descriptions() []description {
	one := func(name, help string, labels ...string) description { return description{name, help, labels} }
	return []description{
		one("carillon_workers", "Messages that may be under way at once on this node."),
		one("carillon_messages_sending", "Messages under way: workers that are busy."),
		one("carillon_messages_recording", "Messages that were answered and are not on disk yet."),
		one("carillon_inhand_deliveries", "Deliveries that this node has leased, those under way included."),
		one("carillon_inhand_deliveries_limit", "The most deliveries that this node leases at once."),
		one("carillon_inhand_bytes", "Data of the events of these deliveries, in bytes."),
		one("carillon_inhand_limit_bytes", "The most of that data that this node takes in hand."),
		one("carillon_inhand_oldest_seconds", "How long the oldest message has waited in hand; held: of channels whose receivers asked for a pause.", "state"),
		one("carillon_inhand_held_channels", "Channels with something in hand whose receivers asked for a pause."),
		one("carillon_nodes_live", "Nodes that share the work, as this one counts them."),
		one("carillon_subscribers", "Subscribers of this node, by stream.", "stream"),
		one("carillon_subscribers_dropped_total", "Subscribers that were closed because they were too slow.", "stream"),
		one("carillon_connections", "Open WebSockets, and answers that are server-sent events.", "transport"),
		one("carillon_http_connections", "Open connections of clients, idle ones and WebSockets among them."),
		one("carillon_http_connections_limit", "The most of them."),
		one("carillon_refused_total", "Requests, subscriptions and connections beyond a limit, by the limit.", "limit"),
		one("carillon_database_pool_connections", "Connections of a pool.", "pool", "state"),
		one("carillon_database_pool_connections_limit", "The most connections of a pool.", "pool"),
		one("carillon_database_pool_waits_total", "How often somebody had to wait for a connection.", "pool"),
		one("carillon_database_pool_wait_seconds_total", "Time spent on such waits.", "pool"),
		one("carillon_queue_deliveries", "Deliveries that are not over, by what they wait for; the same on all nodes.", "state"),
		one("carillon_queue_oldest_due_seconds", "For how long the oldest delivery has been due, by what keeps it; 0 for none. The same on all nodes.", "state"),
		one("carillon_tenants", "Tenants; the same on all nodes."),
		one("carillon_channels", "Channels by kind and status; the same on all nodes.", "kind", "status"),
		one("carillon_webhooks", "Webhooks by status; the same on all nodes.", "status"),
		one("carillon_recoveries_open", "Recoveries that go on; the same on all nodes."),
		one("carillon_recovery_deliveries_remaining", "Deliveries that these have yet to put back; the same on all nodes."),
		one("carillon_database_size_bytes", "What the database takes on disk, the log beside a SQLite file included."),
		one("carillon_database_disk_free_bytes", "What the disk of the SQLite file has left; absent with PostgreSQL."),
		one("carillon_sample_age_seconds", "How old what was sampled is. A sample that failed is absent, and so is all that comes of it.", "sample"),
		one("carillon_sample_duration_seconds", "How long the database took for a sample.", "sample"),
		one("carillon_sample_failures_total", "Samples that failed or took too long.", "sample"),
	}
}
