package models

import "time"

// Watch asks for one look at how channels and backlogs stand.
type Watch struct {
	Now   time.Time
	Every time.Duration // of all nodes, one looks that often
	Least int           // failures of a channel in it that are worth a thought
	Late  time.Duration // how long a delivery may be due; 0 for no look at backlogs
}

// Watched is what a look has found.
type Watched struct {
	Channels []WatchedChannel // that fail, or of which something was told that is not over
	Backlogs []WatchedBacklog // that are late, or were
}

// WatchedChannel is how a channel does. Operational events, tests and answers that
// only ask for a pause do not count.
type WatchedChannel struct {
	TenantID  ID
	Channel   SignalChannel
	Status    ChannelStatus
	Succeeded int // attempts within the window
	Failed    int
	Since     time.Time // the minute of the first failure within the window
	LastError string
	Alert     ChannelAlert
	Works     bool // an attempt has succeeded since it was disabled
}

// ChannelAlert is what was told of a channel and is not over.
type ChannelAlert struct {
	FailingSince *time.Time
	DisabledAt   *time.Time
	QuietUntil   time.Time // no rate of failures is told before
}

// WatchedBacklog is how a tenant's deliveries wait.
type WatchedBacklog struct {
	TenantID ID
	Late     []SignalLateLane // longest first; Waiting is counted for the first of them
	Oldest   *time.Time       // of all that may leave; nil for none
	Alert    BacklogAlert
}

// BacklogAlert is what is known of a tenant's backlog.
type BacklogAlert struct {
	LateSince *time.Time
	ToldAt    *time.Time
}

// Alarms are what a look has led to: the alerts as they shall be, and what is told.
type Alarms struct {
	Channels map[ID]ChannelAlert // of those that change; the zero one is over
	Backlogs map[ID]BacklogAlert // likewise, by tenant
	Signals  []Signal
}

// WatchWindow is how long back attempts are counted to find a sustained rate of
// failures.
const WatchWindow = 5 * time.Minute
