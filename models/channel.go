package models

import (
	"net/netip"
	"time"
)

// ChannelKind is the world that a channel speaks to.
type ChannelKind string

// The kinds of the contract.
const (
	KindHTTP  ChannelKind = "HTTP"
	KindSlack ChannelKind = "SLACK"
	KindEmail ChannelKind = "EMAIL"
	KindSMS   ChannelKind = "SMS"
)

// NewConfig is an empty configuration of one of these kinds; nil for another.
func NewConfig(kind ChannelKind) ChannelConfig {
	switch kind {
	case KindHTTP:
		return new(HttpConfig)
	case KindSlack:
		return new(SlackConfig)
	case KindEmail:
		return new(EmailConfig)
	case KindSMS:
		return new(SmsConfig)
	}
	return nil
}

// ChannelStatus says whether a channel's deliveries leave.
type ChannelStatus string

// Deliveries of a paused or disabled channel wait; nothing is lost.
const (
	ChannelActive   ChannelStatus = "ACTIVE"
	ChannelPaused   ChannelStatus = "PAUSED"   // by a person
	ChannelDisabled ChannelStatus = "DISABLED" // by the server
)

// Channel is where messages go, and how.
type Channel struct {
	ID                  ID
	TenantID            ID
	Name                string // unique in its tenant
	Kind                ChannelKind
	Config              ChannelConfig
	TemplateID          ID // zero for the built-in one
	RetryPolicy         RetryPolicy
	Limits              ChannelLimits
	Batching            *Batching // nil sends each event by itself
	Ordering            Ordering
	Status              ChannelStatus
	StatusReason        *string // why the server disabled it
	ConsecutiveFailures int
	FailingSince        *time.Time
	HeldUntil           *time.Time    // the receiver asked for a pause; in the past once it is over
	Suppressed          []Suppression // newest first; nothing is sent to these
	CreatedAt           time.Time
	UpdatedAt           time.Time
}

// ChannelConfig is what one kind of channel needs to know. Its JSON form holds
// no secret: those are listed by Secrets, sealed and stored apart.
type ChannelConfig interface {
	Kind() ChannelKind
	// Validate names the first field that is wrong, by its path below "config".
	Validate(rules ConfigRules) error
	// Secrets points at every secret field, in an order that the public part fixes.
	Secrets() []*Secret
	// Target is where messages go, fit to be shown: secrets are masked.
	Target() string
	// AttemptTimeout bounds one attempt.
	AttemptTimeout() time.Duration
}

// ConfigRules are the server's settings that decide which configurations are allowed.
type ConfigRules struct {
	RequireHTTPS bool
	// SlackAPI is the base address that stands in for Slack's; empty for Slack's own.
	SlackAPI string
	// Relay says that there is a server-wide SMTP server.
	Relay bool
	// Refuses says why an address must not be reached; nil for one that may be.
	// Without it every address may be saved, and is judged when it is dialled.
	Refuses func(netip.Addr) error
}

// Validate names the first field that is wrong.
func (c *Channel) Validate(rules ConfigRules) error {
	if err := CheckName("name", c.Name); err != nil {
		return err
	}
	if c.Config == nil {
		return Invalid("config", "is needed")
	}
	if err := Under("config", c.Config.Validate(rules)); err != nil {
		return err
	}
	if err := Under("retryPolicy", c.RetryPolicy.Validate()); err != nil {
		return err
	}
	if err := Under("limits", c.Limits.Validate()); err != nil {
		return err
	}
	if c.Batching != nil {
		if err := Under("batching", c.Batching.Validate()); err != nil {
			return err
		}
	}
	return Under("ordering", c.Ordering.Validate())
}
