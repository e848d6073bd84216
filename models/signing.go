package models

import (
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"
)

// SigningScheme is how a receiver can tell that a message is ours.
type SigningScheme string

// The schemes of the contract.
const (
	// SigningStandardWebhooks is the symmetric form of standardwebhooks.com.
	SigningStandardWebhooks SigningScheme = "STANDARD_WEBHOOKS"
	// SigningEd25519 is its asymmetric form.
	SigningEd25519 SigningScheme = "STANDARD_WEBHOOKS_ED25519"
	// SigningHMAC is `<header>: sha256=<hex HMAC of the body>`.
	SigningHMAC SigningScheme = "HMAC_SHA256"
	// SigningSecretHeader sends the shared secret itself in a header.
	SigningSecretHeader SigningScheme = "SHARED_SECRET_HEADER"
	// SigningSecretQuery sends the shared secret itself as a query parameter.
	SigningSecretQuery SigningScheme = "SHARED_SECRET_QUERY"
	SigningNone        SigningScheme = "NONE"
)

// Signing is the scheme and its key.
type Signing struct {
	Scheme    SigningScheme `json:"scheme"`
	Parameter string        `json:"parameter,omitempty"` // the header or query parameter, where it can be chosen
	// PreviousUntil is when Previous stops signing beside Secret; nil where no
	// secret was rotated away.
	PreviousUntil *time.Time `json:"previousUntil,omitempty"`

	Secret   Secret `json:"-"` // its form is the scheme's
	Previous Secret `json:"-"`
}

// Bounds of signing.
const (
	MinSharedSecret = 8   // characters
	MaxSharedSecret = 256 // characters
	MaxParameter    = 128 // characters
	MaxOverlap      = 30 * 24 * time.Hour
)

// What is added to the name of a header or query parameter to carry what the
// previous secret makes. It is a name of its own because receivers compare the
// value as a whole: a second value under one name would break those that have
// the new secret.
const (
	PreviousHeader = "-Previous"
	PreviousQuery  = "_previous"
)

// DefaultParameter is the header or query parameter of a scheme that lets it be
// chosen; empty for the others.
func (s SigningScheme) DefaultParameter() string {
	switch s {
	case SigningHMAC:
		return "X-Signature-256"
	case SigningSecretHeader:
		return "X-Secret-Token"
	case SigningSecretQuery:
		return "token"
	}
	return ""
}

// Rotated has the secret in force, and the one before it beside it until now
// and the overlap. One that was rotated away still earlier is dropped.
func (s Signing) Rotated(secret Secret, now time.Time, overlap time.Duration) Signing {
	s.Previous, s.PreviousUntil = Secret{}, nil
	if overlap > 0 {
		until := now.Add(overlap)
		s.Previous, s.PreviousUntil = s.Secret, &until
	}
	s.Secret = secret
	return s
}

// Settled drops the previous secret once its time is over.
func (s Signing) Settled(now time.Time) Signing {
	if s.PreviousUntil != nil && !s.PreviousUntil.After(now) {
		s.Previous, s.PreviousUntil = Secret{}, nil
	}
	return s
}

// CheckSecret says whether the secret is one of the scheme; the error is on
// "secret" and does not repeat it.
func (s SigningScheme) CheckSecret(secret Secret) (err error) {
	switch s {
	case SigningNone:
		if !secret.Empty() {
			err = Invalid("secret", "is not used by the scheme NONE; leave it out")
		}
	case SigningStandardWebhooks:
		_, err = secret.SymmetricKey()
	case SigningEd25519:
		_, err = secret.PrivateKey()
	default:
		err = s.checkShared(secret.Reveal())
	}
	return err
}

// checkShared is for the schemes whose secret is text: spaces at its ends get
// lost on the way, and a header carries ASCII alone.
func (s SigningScheme) checkShared(secret string) error {
	n := utf8.RuneCountInString(secret)
	switch {
	case n < MinSharedSecret || n > MaxSharedSecret:
		return Invalid("secret", "has %d characters; give %d to %d, or leave it out and one is made", n, MinSharedSecret, MaxSharedSecret)
	case !utf8.ValidString(secret) || strings.ContainsFunc(secret, func(r rune) bool { return !unicode.IsPrint(r) }):
		return Invalid("secret", "holds a line break or another character that cannot be printed")
	case strings.TrimSpace(secret) != secret:
		return Invalid("secret", "begins or ends with a space")
	case s == SigningSecretHeader && strings.ContainsFunc(secret, func(r rune) bool { return r > unicode.MaxASCII }):
		return Invalid("secret", "holds a character that is not ASCII, which a header cannot carry")
	}
	return nil
}

// validateSigning names the first field below signing that is wrong.
func (c *HttpConfig) validateSigning() error {
	s := &c.Signing
	switch s.Scheme {
	case SigningStandardWebhooks, SigningEd25519, SigningNone:
		if s.Parameter != "" {
			return Invalid("parameter", "is not used by the scheme %s, which has names of its own; leave it out", s.Scheme)
		}
	case SigningHMAC, SigningSecretHeader:
		if err := c.checkSigningHeader(s.Parameter); err != nil {
			return err
		}
	case SigningSecretQuery:
		if err := c.checkSigningQuery(s.Parameter); err != nil {
			return err
		}
	default:
		return Invalid("scheme", "%q is not one of STANDARD_WEBHOOKS, STANDARD_WEBHOOKS_ED25519, HMAC_SHA256, "+
			"SHARED_SECRET_HEADER, SHARED_SECRET_QUERY, NONE", clip(string(s.Scheme), 64))
	}
	return s.Scheme.CheckSecret(s.Secret)
}

// checkSigningHeader keeps the name for the previous secret free too, so that
// no later rotation fails.
func (c *HttpConfig) checkSigningHeader(name string) error {
	if !httpguts.ValidHeaderFieldName(name) || len(name) > MaxParameter {
		return Invalid("parameter", "%q is not the name of a header; give one such as %s", clip(name, 64), c.Signing.Scheme.DefaultParameter())
	}
	lower := strings.ToLower(name)
	if why, own := ownHeaders[lower]; own {
		return Invalid("parameter", "%s cannot be chosen: %s", name, why)
	}
	if why, own := fixedHeaders[lower]; own {
		return Invalid("parameter", "%s cannot be chosen: %s", name, why)
	}
	for _, h := range c.Headers {
		if strings.EqualFold(h.Name, name) || strings.EqualFold(h.Name, name+PreviousHeader) {
			return Invalid("parameter", "%s is in conflict with the channel's own header %s; give another name, or take that header out", name, h.Name)
		}
	}
	return nil
}

// fixedHeaders can be set by a channel, and cannot carry a signature.
var fixedHeaders = map[string]string{
	"content-type":      "it says what the body is",
	"content-encoding":  "it says what the body is",
	"user-agent":        "it names the sender",
	"x-idempotency-key": "it is not always sent",
}

func (c *HttpConfig) checkSigningQuery(name string) error {
	if name == "" || len(name) > MaxParameter || strings.Trim(name, queryNameCharacters) != "" {
		return Invalid("parameter", "%q is not the name of a query parameter; give letters, digits, and - . _ ~, at most %d", clip(name, 64), MaxParameter)
	}
	u, err := url.Parse(c.URL) // the URL's own check tells what is wrong with it
	for _, taken := range []string{name, name + PreviousQuery} {
		if err == nil && u.Query().Has(taken) {
			return Invalid("parameter", "%s is in conflict with the URL's own parameter %s; give another name, or take that parameter out of the URL", name, taken)
		}
	}
	return nil
}

// queryNameCharacters stand in a query as they are.
const queryNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

// WithQuery adds a parameter behind the query that a URL has; the value is
// taken as it is.
func WithQuery(target, name, value string) string {
	separator := "?"
	if strings.Contains(target, "?") {
		separator = "&"
	}
	return target + separator + name + "=" + value
}
