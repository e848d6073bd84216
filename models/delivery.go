package models

import "time"

// DeliveryStatus is where a delivery stands on its way.
type DeliveryStatus string

// The states of the contract. DELIVERING is not stored: a delivery that waits
// shows it while a node holds its lease.
const (
	DeliveryPending    DeliveryStatus = "PENDING"    // waits for its first attempt
	DeliveryDelivering DeliveryStatus = "DELIVERING" // an attempt is under way
	DeliveryRetrying   DeliveryStatus = "RETRYING"   // failed, to be tried again
	DeliverySent       DeliveryStatus = "SENT"       // taken by the provider, its delivery report is awaited; shown under a look too
	DeliverySucceeded  DeliveryStatus = "SUCCEEDED"
	DeliveryFailed     DeliveryStatus = "FAILED" // out of retries, or for good
	DeliveryCanceled   DeliveryStatus = "CANCELED"
)

// Final says that nothing more happens by itself.
func (s DeliveryStatus) Final() bool {
	switch s {
	case DeliverySucceeded, DeliveryFailed, DeliveryCanceled:
		return true
	default:
		return false
	}
}

// Delivery is one event on its way through one route. It holds the state.
type Delivery struct {
	ID            ID
	TenantID      ID
	EventID       ID
	EventType     string
	WebhookID     ID // zero for a test event sent to a channel
	ChannelID     ID
	Status        DeliveryStatus
	AttemptCount  int
	RetryBase     int        // attempts made before the schedule was last begun anew
	NextAttemptAt *time.Time // nil when none is planned or one is under way
	CreatedAt     time.Time
	CompletedAt   *time.Time
	Reason        *string // why it failed or was canceled
	Test          bool
	Bulk          bool // put back by a recovery: goes behind what is fresh
	// Progress is how far it got to each recipient, where its channel has several
	// or awaits reports; nil elsewhere.
	Progress []Recipient
	// Template is the version that its first attempt used, and that every retry
	// uses; zero before, and for the built-in one.
	Template TemplateRef
}

// Lane is the unit that waits and is claimed together: the deliveries of one
// webhook to one channel. A pause of either holds the lane, not its rows.
type Lane struct {
	ChannelID ID
	WebhookID ID
	Bulk      bool // what a recovery put back, apart from what is fresh
}

// Lane is the one that the delivery waits in.
func (d *Delivery) Lane() Lane {
	return Lane{ChannelID: d.ChannelID, WebhookID: d.WebhookID, Bulk: d.Bulk}
}
