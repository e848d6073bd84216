package models

import "time"

// AttemptStatus is how an attempt ended.
type AttemptStatus string

// An attempt either succeeded or failed.
const (
	AttemptSucceeded AttemptStatus = "SUCCEEDED"
	AttemptFailed    AttemptStatus = "FAILED"
)

// AttemptTrigger is who asked for an attempt.
type AttemptTrigger string

// The triggers of the contract.
const (
	TriggerAutomatic AttemptTrigger = "AUTOMATIC"
	TriggerManual    AttemptTrigger = "MANUAL"
	TriggerTest      AttemptTrigger = "TEST"
)

// AttemptErrorCode is the class of a failure.
type AttemptErrorCode string

// The classes of the contract.
const (
	ErrTemplate       AttemptErrorCode = "TEMPLATE"
	ErrBlockedAddress AttemptErrorCode = "BLOCKED_ADDRESS"
	ErrDNS            AttemptErrorCode = "DNS"
	ErrConnect        AttemptErrorCode = "CONNECT"
	ErrTLS            AttemptErrorCode = "TLS"
	ErrTimeout        AttemptErrorCode = "TIMEOUT"
	ErrRejected       AttemptErrorCode = "REJECTED"
	ErrRateLimited    AttemptErrorCode = "RATE_LIMITED"
	ErrProvider       AttemptErrorCode = "PROVIDER"
	ErrConfig         AttemptErrorCode = "CONFIG"
)

// AttemptError is why an attempt failed.
type AttemptError struct {
	Code      AttemptErrorCode
	Message   string
	Retryable bool // false: another try could not help
}

// Attempt is append-only: what was sent, and what came back.
type Attempt struct {
	ID              ID
	Seq             int64 // its place in the order of commits, from 1; 0 until stored
	TenantID        ID
	DeliveryID      ID
	EventID         ID
	EventType       string
	WebhookID       ID // zero for a test event sent to a channel
	ChannelID       ID
	ChannelKind     ChannelKind
	Number          int // 1 for the first attempt of its delivery
	Trigger         AttemptTrigger
	Status          AttemptStatus
	RequestID       ID     // of the message; attempts that left in one message share it
	Target          string // secrets are masked
	RequestHeaders  []Header
	RequestBody     string
	ResponseCode    *int
	ResponseHeaders []Header
	ResponseBody    *string // the first 16 KiB
	Error           *AttemptError
	StartedAt       time.Time
	Latency         time.Duration
	NextAttemptAt   *time.Time
}

// CopyContent makes the attempt show what another one of its message sent and got.
func (a *Attempt) CopyContent(from *Attempt) {
	a.Target, a.RequestHeaders, a.RequestBody = from.Target, from.RequestHeaders, from.RequestBody
	a.ResponseCode, a.ResponseHeaders, a.ResponseBody = from.ResponseCode, from.ResponseHeaders, from.ResponseBody
}

// MaxResponseBody is how much of an answer is kept, in bytes.
const MaxResponseBody = 16 << 10
