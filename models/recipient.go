package models

import "time"

// RecipientState is how far a message got to one of its recipients.
type RecipientState string

// The states of a recipient. One that is not named yet has none.
const (
	// RecipientTaken means that the provider has the message: it is not sent again.
	RecipientTaken RecipientState = "TAKEN"
	// RecipientRefused means refused for good: it is not tried again.
	RecipientRefused RecipientState = "REFUSED"
	// RecipientUnknown means that the provider may have it, and did not say so: it
	// is looked up before it is sent again.
	RecipientUnknown RecipientState = "UNKNOWN"
)

// Recipient is what became of a message for one of its recipients so far. The
// list of them is a delivery's progress: an adapter gets it back with the next
// try, so that nobody gets twice what was taken once.
type Recipient struct {
	Address string         `json:"address"`
	State   RecipientState `json:"state"`
	// IDs are the provider's, one for each part that it counts; its delivery
	// reports bear them.
	IDs []string `json:"ids,omitempty"`
	// Detail is what the provider said, for people; secrets are masked.
	Detail string `json:"detail,omitempty"`
}

// ReportState is what a provider's delivery report says of a message that it took.
type ReportState string

// What is reported. A report that says nothing final is dropped.
const (
	ReportDelivered ReportState = "DELIVERED"
	// ReportFailed means that another try could not help.
	ReportFailed ReportState = "FAILED"
	// ReportUndelivered means that another try may help.
	ReportUndelivered ReportState = "UNDELIVERED"
)

// Report is a provider's delivery report: what became of one of the Recipient.IDs.
type Report struct {
	TenantID ID
	// Origin is the account with its provider, as SmsConfig.Origin gives it: a
	// provider's ids are unique within one account alone.
	Origin string
	ID     string
	State  ReportState
	Detail string // the provider's code and words, for people
}

// Suppression is a recipient that must not be sent to any more, because it said so.
type Suppression struct {
	Address   string
	Reason    string
	CreatedAt time.Time
}
