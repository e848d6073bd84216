package models

import "time"

// InHand is what one node has in hand at one moment.
type InHand struct {
	Workers    int // messages that may be under way at once
	Sending    int // messages under way
	Recording  int // messages that were answered and are not on disk yet
	Deliveries int // leased to this node, those under way among them
	Capacity   int // the most of them
	Bytes      int // of their events' data
	MaxBytes   int
	// OldestReady is how long the oldest message has waited in hand of a channel
	// that may send; OldestHeld is that of channels whose receivers asked for a pause.
	OldestReady, OldestHeld time.Duration
	HeldChannels            int // as far as this node has something in hand for them
	Nodes                   int // that share the work, this one among them
}

// Following is who follows one stream on one node.
type Following struct {
	Subscribers int
	Dropped     int64 // since the start, because they were too slow
}

// Pool is the connections of one pool to the database.
type Pool struct {
	Name                   string
	Open, InUse, Idle, Max int
	Waited                 int64 // how often somebody had to wait for a connection, since the start
	WaitTime               time.Duration
}

// WaitState is why a delivery that is not over waits.
type WaitState string

// The states of the queue.
const (
	WaitDue       WaitState = "due"       // nothing stands in its way: whichever node has room takes it
	WaitScheduled WaitState = "scheduled" // its time has not come: a retry, or a batch that fills
	WaitLeased    WaitState = "leased"    // in the hands of a node
	WaitOrdered   WaitState = "ordered"   // behind another delivery of its entity
	WaitReport    WaitState = "sent"      // taken by a provider whose report is awaited
	WaitHeld      WaitState = "held"      // the receiver asked for a pause
	WaitPaused    WaitState = "paused"    // a person paused its webhook or channel
	WaitDisabled  WaitState = "disabled"  // its channel is disabled
)

// WaitStates lists them.
func WaitStates() []WaitState {
	return []WaitState{WaitDue, WaitScheduled, WaitLeased, WaitOrdered, WaitReport, WaitHeld, WaitPaused, WaitDisabled}
}

// Inventory is how much there is of what people make.
type Inventory struct {
	Tenants  int
	Channels map[ChannelCount]int
	Webhooks map[WebhookStatus]int
	// Recoveries that are open, and how many deliveries they have yet to put back.
	Recoveries, ToRecover int
}

// ChannelCount is what channels are counted by.
type ChannelCount struct {
	Kind   ChannelKind
	Status ChannelStatus
}

// QueueDepth is how much waits, by what it waits for.
type QueueDepth struct {
	Waiting map[WaitState]int // every state is there
	// OrderedSince is when the event came whose delivery has waited longest behind
	// another of its entity; nil for none.
	OrderedSince *time.Time
}
