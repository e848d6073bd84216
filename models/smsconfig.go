package models

import (
	"fmt"
	"net/url"
	"regexp"
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

// Bounds of an SMS channel.
const (
	MaxSegments = 10 // a text that takes more is a mistake far more often than a wish

	maxSystemID     = 15 // by SMPP 3.4
	maxSmsToken     = 256
	maxSmppPassword = 64 // SMPP 3.4 has 8; many servers give out longer ones, and its field has no length of its own
)

// Validate names the first field that is wrong.
func (c *SmsConfig) Validate(rules ConfigRules) error {
	var err error
	switch c.Provider {
	case ProviderTwilio:
		err = c.validateTwilio(rules)
	case ProviderSMPP:
		err = c.validateSMPP(rules)
	default:
		err = Invalid("sms.provider", "%q is not one of TWILIO, SMPP", clip(string(c.Provider), 20))
	}
	if err != nil {
		return err
	}
	if err := c.validateTo(); err != nil {
		return err
	}
	if c.MaxSegments < 1 || c.MaxSegments > MaxSegments {
		return Invalid("sms.maxSegments", "%d is out of range; give 1 to %d", c.MaxSegments, MaxSegments)
	}
	return nil
}

var accountForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (c *SmsConfig) validateTwilio(rules ConfigRules) error {
	switch {
	case c.BaseURL == "" && !isSID(c.AccountID, "AC"):
		return Invalid("sms.accountId", "is not an account SID of Twilio; give AC and 32 hexadecimal digits")
	case !accountForm.MatchString(c.AccountID): // providers that are compatible have ids of their own
		return Invalid("sms.accountId", "is not the id of an account; give up to 64 letters, digits, - and _, such as AC and 32 hexadecimal digits")
	}
	if err := c.validateToken("the auth token of the account", maxSmsToken); err != nil {
		return err
	}
	if c.BaseURL != "" {
		u, err := url.Parse(c.BaseURL)
		if err == nil && u.User != nil {
			return Invalid("sms.baseUrl", "holds a user name or password; accountId and authToken are those")
		}
		if err := checkEndpoint("sms.baseUrl", c.BaseURL, rules); err != nil {
			return err
		}
		if u.RawQuery != "" || u.ForceQuery {
			return Invalid("sms.baseUrl", "holds a query (?…); leave it out")
		}
	}
	if SenderOf(c.From) == SenderUnknown {
		return Invalid("sms.from", "is not a sender: %s; give a number such as +14155550123, a short code of 3 to 8 digits, "+
			"up to 11 letters, digits and spaces with a letter among them, or a messaging service (MG and 32 hexadecimal digits)", senderFault(c.From))
	}
	return nil
}

func (c *SmsConfig) validateSMPP(rules ConfigRules) error {
	if err := checkSMSC(c.BaseURL, rules); err != nil {
		return err
	}
	switch {
	case c.AccountID == "":
		return Invalid("sms.accountId", "is needed; give the system_id of the SMPP account")
	case len(c.AccountID) > maxSystemID:
		return Invalid("sms.accountId", "has %d characters; a system_id has at most %d", len(c.AccountID), maxSystemID)
	case !isVisible(c.AccountID):
		return Invalid("sms.accountId", "holds a space or a character outside ASCII; a system_id has none")
	}
	if err := c.validateToken("the password of the SMPP account", maxSmppPassword); err != nil {
		return err
	}
	if kind := SenderOf(c.From); kind == SenderUnknown || kind == SenderService {
		return Invalid("sms.from", "is not a sender: %s; give a number such as +14155550123, a short code of 3 to 8 digits, "+
			"or up to 11 letters, digits and spaces with a letter among them", senderFault(c.From))
	}
	return nil
}

func (c *SmsConfig) validateToken(what string, longest int) error {
	token := c.AuthToken.Reveal()
	switch {
	case token == "":
		return Invalid("sms.authToken", "is needed: %s; give it again whenever provider, accountId or baseUrl change", what)
	case len(token) > longest:
		return Invalid("sms.authToken", "has %d characters; at most %d are allowed", len(token), longest)
	case !isVisible(token):
		return Invalid("sms.authToken", "holds a space, a line break or a character outside ASCII; give %s alone", what)
	}
	return nil
}

func (c *SmsConfig) validateTo() error {
	if len(c.To) == 0 {
		return Invalid("sms.to", "is empty; give at least one number such as +14155550123")
	}
	if len(c.To) > MaxRecipients {
		return Invalid("sms.to", "has %d numbers; at most %d are allowed", len(c.To), MaxRecipients)
	}
	seen := make(map[string]int, len(c.To))
	for i, number := range c.To {
		field := fmt.Sprintf("sms.to.%d", i)
		if fault := numberFault(number); fault != "" {
			return Invalid(field, "%s; give a number such as +14155550123", fault)
		}
		if first, twice := seen[number]; twice {
			return Invalid(field, "is the same number as sms.to.%d; each is sent to once", first)
		}
		seen[number] = i
	}
	return nil
}

// checkSMSC wants smpp://host:port or smpps://host:port, and nothing more.
func checkSMSC(raw string, rules ConfigRules) error {
	const field, form = "sms.baseUrl", "give smpp://host:port, or smpps://host:port for TLS"
	if raw == "" {
		return Invalid(field, "is needed for SMPP; %s", form)
	}
	if len(raw) > MaxURL {
		return Invalid(field, "has %d characters; at most %d are allowed", len(raw), MaxURL)
	}
	if !isVisible(raw) {
		return Invalid(field, "holds a space, a control character or a character outside ASCII; %s", form)
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		return Invalid(field, "is not the address of an SMPP server; %s", form)
	case u.Scheme != "smpp" && u.Scheme != "smpps":
		return Invalid(field, "has the scheme %q; %s", clip(u.Scheme, 20), form)
	case u.User != nil:
		return Invalid(field, "holds a user name or password; accountId and authToken are those")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return Invalid(field, "holds more than a host and a port; %s", form)
	case u.Port() == "":
		return Invalid(field, "names no port; %s", form)
	}
	if err := rules.checkHost(field, u.Hostname()); err != nil {
		return err
	}
	return checkPort(field, u)
}
