package models

import (
	"errors"
	"time"

	"github.com/google/uuid"
)

// NodeID names one run of one process; leases bear it.
type NodeID = uuid.UUID

// ErrStaleRoutes says that a tenant's webhooks or channels changed after the
// routes of a publication were read: read them again and publish again.
var ErrStaleRoutes = errors.New("the tenant's routes have changed")

// RouteTable is all that routing and sending need to know of one tenant, as of
// one generation: every change of its webhooks or channels makes a new one.
type RouteTable struct {
	Tenant     Tenant
	Generation int64
	Webhooks   []Webhook       // paused ones too: their deliveries wait
	Channels   map[ID]*Channel // by id, secrets revealed; deleted ones are missing
	// Templates are the tenant's own that its channels and routes name, newest versions.
	Templates map[ID]*Template
}

// Publication is one caller's events, stored all or none. An administrator's
// may be of several tenants.
type Publication struct {
	Owner       NodeID       // holds the leases of placements that are leased
	Generations map[ID]int64 // of the RouteTable of each tenant that it routed by
	Items       []PublicationItem
	// Audit is the entry of the audit log that is written with it; nil for none.
	Audit *AuditEntry
}

// PublicationItem is an event with the deliveries that routing made of it.
type PublicationItem struct {
	Event       Event
	Fingerprint [32]byte // only read where the event bears an idempotency key
	Placements  []Placement
	// Again says that the event is stored already, at its Seq: only the placements
	// are new. Its idempotency key is not looked at.
	Again bool
}

// Placement is a new delivery and whose turn it is first.
type Placement struct {
	Delivery Delivery
	// Due is when any node may claim it: at once for one that waits, the end of
	// the lease for one that is committed as already leased to the publisher.
	Due    time.Time
	Leased bool
	// Entity is the event's, on a channel that keeps the order of each; empty
	// elsewhere. Such a placement is never leased. Where others of its entity are
	// still in the queue of its channel, it waits behind them, whatever Due says.
	Entity string
}

// Published is what became of one item: the stored event, or for a repeat of
// an idempotency key the first one.
type Published struct {
	Event  Event
	Repeat bool
}

// LaneDue is a lane that has deliveries waiting and when the first is due.
type LaneDue struct {
	Lane  Lane
	Due   time.Time // in the far future where all that is new waits behind others of its entities
	Fresh int       // how many this commit has added to it
}

// LaneQuota asks for up to Max due deliveries of a lane.
type LaneQuota struct {
	Lane Lane
	Max  int
	// Batching makes messages of what is claimed: full ones at once, and one that
	// is not full as soon as its oldest delivery is due. A message that was made
	// before is claimed whole, whatever Max says, so that it is repeated as it was.
	Batching *Batching
}

// OwnRequest asks for channels to be worked by one node alone until a time, or
// to go on so.
type OwnRequest struct {
	Node     NodeID
	Channels []ID
	Now      time.Time
	Until    time.Time
}

// Ownership says who works a channel alone, and until when.
type Ownership struct {
	ChannelID ID
	Node      NodeID
	Until     time.Time
}

// Hold keeps a channel quiet, because its receiver asked for it.
type Hold struct {
	ChannelID ID
	Until     time.Time
}

// ClaimRequest asks for due deliveries, to be leased to Owner until Until.
type ClaimRequest struct {
	Owner NodeID
	Now   time.Time
	Until time.Time
	Lanes []LaneQuota
}

// Work is a leased delivery with all that an attempt needs.
type Work struct {
	Delivery   Delivery
	Event      Event
	Trigger    AttemptTrigger // AUTOMATIC, or MANUAL after retryDelivery
	LeaseUntil time.Time
	Rescued    bool // its former lease ran out, which a dead node leaves behind
	MessageID  ID   // of the batch that it leaves in; zero for one that leaves by itself
	Ordered    bool // others of its entity may wait behind it
}

// Completion is the end of one message: what is to be recorded of the attempt
// of each delivery that was in it, and the state that each passes into. It takes
// effect only where the lease still is Owner's.
type Completion struct {
	Owner NodeID
	Parts []CompletionPart // one, unless the channel batches
	// DisableChannel is the reason to disable the channel at once; empty for none.
	DisableChannel string
	// Policy tells when failures in a row disable the channel. A message counts once.
	Policy RetryPolicy
	// Hold keeps the whole channel quiet until then; nil for no hold.
	Hold *time.Time
	// Uncounted leaves the channel's failures in a row as they are: the receiver
	// is well, and only asked for a pause.
	Uncounted bool
	// Ordered says that others of the same entities may wait behind these.
	Ordered bool
	// Sent says what the provider calls a message that it took, where its reports
	// are awaited: the parts are SENT. Nil elsewhere.
	Sent *Submission
	// Thread is to be remembered of the channel; nil for nothing new.
	Thread *Thread
	// Suppress are recipients that the channel sends to no more.
	Suppress []Suppression
	// Disabled is told if this disables the channel; the store says when and why. Nil
	// for nobody.
	Disabled *Signal
}

// Submission is a message that its provider has taken.
type Submission struct {
	ID     ID     // of the batch, or of the delivery that left by itself
	Origin string // the account with the provider
	Taken  []Recipient
	At     time.Time
	LookAt time.Time // when the provider is asked, if it did not report
}

// Awaited is a message whose reports are awaited, leased for one look.
type Awaited struct {
	ID     ID
	SentAt time.Time
	Work   []Work // what is left of it; empty where all was canceled
}

// Settling is what is known of a message whose reports are awaited.
type Settling struct {
	Deliveries []Delivery        // SENT, in one order
	Reports    map[string]Report // by the provider's id; the newest that is final
	SentAt     time.Time
}

// Settled is what becomes of it.
type Settled struct {
	// Deliveries are those of the Settling, as they shall be; empty where all of
	// them stay SENT.
	Deliveries []Delivery
	LookAt     time.Time // of those that stay; zero leaves it
	Failure    string    // what was reported of those that failed
	Signals    []Signal  // that are told of it; the store adds the entities of their events
}

// Thread is the message that the later ones of an entity go below.
type Thread struct {
	Entity string
	Target string // where it is: another target of the channel has other threads
	Thread string
	// Replaces is the one that was known and is gone; empty where none was known.
	// Of two first ones, the first to be stored stays.
	Replaces string
	UsedAt   time.Time
}

// CompletionPart is one delivery of a message.
type CompletionPart struct {
	Delivery Delivery // Status, AttemptCount, RetryBase, Reason, NextAttemptAt and CompletedAt as they shall be
	// Attempt tells what was sent and answered. Where its RequestID is another
	// attempt's id, that one keeps the content for the whole message.
	Attempt Attempt
	// Progressed says that the delivery's Progress is another than before.
	Progressed bool
	// Signal is told if this takes effect; nil for nothing.
	Signal *Signal
}

// Commit is what one transaction made durable, in the order of its log
// positions: what subscribers are told.
type Commit struct {
	Events   []Event    // Seq set, ascending
	Attempts []Attempt  // Seq set, ascending
	Updates  []Delivery // deliveries whose status changed
	// Lanes have new work that is waiting and leased to nobody, first due at Due.
	Lanes []LaneDue
	// Tenants whose webhooks or channels changed: their route tables are stale.
	Tenants []ID
	Catalog bool // event types changed
	Holds   []Hold
	Freed   []ID // channels that their owner has let go of
	Nodes   bool // nodes have come or gone: they are to be counted anew
	// Recoveries that were begun, went on, or ended.
	Recoveries []Recovery
	Signals    bool // some wait to be published
}

// Notice is a Commit as another node hears of it: positions, not contents.
type Notice struct {
	Node        NodeID // that committed
	EventsUpTo  int64  // newest position in the events' log; 0 for unchanged
	AttemptsTo  int64  // likewise for attempts
	Updates     []ID   // deliveries whose status changed without an attempt
	Lanes       []LaneDue
	Tenants     []ID
	Catalog     bool
	Holds       []Hold
	Freed       []ID
	Nodes       bool
	Recoveries  bool // some were begun or ended
	Interrupted bool // notices may have been lost before this one: read everything anew
}

// TestRun is a test event with the deliveries and attempts that it made, all
// complete; it is recorded as a whole.
type TestRun struct {
	Event      Event
	Deliveries []Delivery
	Attempts   []Attempt
}

// Requeue puts a delivery back into the queue: its schedule begins anew.
type Requeue struct {
	DeliveryID ID
	Due        time.Time
	Manual     bool // the next attempt's trigger is MANUAL
}
