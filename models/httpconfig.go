package models

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"
)

// HttpMethod is how an HTTP channel sends.
type HttpMethod string

// The methods that carry a body.
const (
	MethodPost  HttpMethod = "POST"
	MethodPut   HttpMethod = "PUT"
	MethodPatch HttpMethod = "PATCH"
)

// Header is one header of a request or an answer. The value of a secret one is
// never shown or stored in the clear.
type Header struct {
	Name   string `json:"name"`
	Value  string `json:"value,omitempty"`
	Secret bool   `json:"secret,omitempty"`
}

// ConfigHeader is a header that a channel sends with every request.
type ConfigHeader struct {
	Name   string `json:"name"`
	Value  string `json:"value"` // empty where SecretValue holds it
	Secret bool   `json:"secret"`

	SecretValue Secret `json:"-"`
}

// HttpConfig sends to an endpoint. Any 2xx is success; redirects are not followed.
type HttpConfig struct {
	URL     string         `json:"url"`
	Method  HttpMethod     `json:"method"`
	Headers []ConfigHeader `json:"headers"`
	Timeout time.Duration  `json:"timeout"` // nanoseconds
	Signing Signing        `json:"signing"`
}

// Defaults and bounds of an HTTP channel.
const (
	DefaultTimeout = 10 * time.Second
	MinTimeout     = 10 * time.Millisecond
	MaxTimeout     = 2 * time.Minute
	MaxURL         = 2048
	MaxHeaders     = 50
	MaxHeaderValue = 4096
)

// Kind is HTTP.
func (c *HttpConfig) Kind() ChannelKind { return KindHTTP }

// AttemptTimeout bounds one attempt, from dialling to the last byte of the answer.
func (c *HttpConfig) AttemptTimeout() time.Duration { return c.Timeout }

// Secrets lists the signing secret, the one before it where that still signs,
// then the values of the secret headers.
func (c *HttpConfig) Secrets() []*Secret {
	secrets := []*Secret{&c.Signing.Secret}
	if c.Signing.PreviousUntil != nil {
		secrets = append(secrets, &c.Signing.Previous)
	}
	for i := range c.Headers {
		if c.Headers[i].Secret {
			secrets = append(secrets, &c.Headers[i].SecretValue)
		}
	}
	return secrets
}

// Target is the URL, with stars for a secret that goes along in its query.
func (c *HttpConfig) Target() string {
	if c.Signing.Scheme != SigningSecretQuery {
		return c.URL
	}
	return WithQuery(c.URL, c.Signing.Parameter, stars)
}

// Validate names the first field that is wrong.
func (c *HttpConfig) Validate(rules ConfigRules) error {
	if err := checkEndpoint("http.url", c.URL, rules); err != nil {
		return err
	}
	switch c.Method {
	case MethodPost, MethodPut, MethodPatch:
	default:
		return Invalid("http.method", "%q is not one of POST, PUT, PATCH", c.Method)
	}
	if c.Timeout < MinTimeout || c.Timeout > MaxTimeout {
		return Invalid("http.timeout", "%s is out of range; give %s to %s",
			FormatDuration(c.Timeout), FormatDuration(MinTimeout), FormatDuration(MaxTimeout))
	}
	if err := c.validateHeaders(); err != nil {
		return err
	}
	return Under("http.signing", c.validateSigning())
}

func checkEndpoint(field, raw string, rules ConfigRules) error {
	if raw == "" {
		return Invalid(field, "is empty; give a URL such as https://example.com/hook")
	}
	if len(raw) > MaxURL {
		return Invalid(field, "has %d characters; at most %d are allowed", len(raw), MaxURL)
	}
	if !utf8.ValidString(raw) || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return Invalid(field, "holds a space or a control character")
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return Invalid(field, "is not a full URL such as https://example.com/hook")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return Invalid(field, "has the scheme %q; give http or https", clip(u.Scheme, 20))
	case u.Scheme == "http" && rules.RequireHTTPS:
		return Invalid(field, "is not https, which this server asks for (CARILLON_REQUIRE_HTTPS)")
	case u.User != nil:
		return Invalid(field, "holds a user name or password; send those in a secret Authorization header")
	case u.Fragment != "":
		return Invalid(field, "holds a fragment (#…), which is never sent; leave it out")
	}
	if err := rules.checkHost(field, u.Hostname()); err != nil {
		return err
	}
	return checkPort(field, u)
}

func checkPort(field string, u *url.URL) error {
	port := u.Port()
	if port == "" {
		if strings.HasSuffix(u.Host, ":") {
			return Invalid(field, "has a colon but no port behind it")
		}
		return nil
	}
	n := 0
	for _, c := range port {
		n = n*10 + int(c-'0')
		if n > 65535 {
			break
		}
	}
	if n < 1 || n > 65535 {
		return Invalid(field, "has the port %s; give 1 to 65535", clip(port, 20))
	}
	return nil
}

// ownHeaders are set by the HTTP client or by signing; a channel cannot name them.
var ownHeaders = map[string]string{
	"host":              "it follows from the URL",
	"content-length":    "it follows from the body",
	"transfer-encoding": "it follows from the body",
	"connection":        "the server keeps its own connections",
	"keep-alive":        "the server keeps its own connections",
	"upgrade":           "the server keeps its own connections",
	"te":                "the server keeps its own connections",
	"trailer":           "messages have no trailers",
	"proxy-connection":  "the server keeps its own connections",
	"expect":            "the server decides how it sends",
	"accept-encoding":   "the server decides what it can read",
	"webhook-id":        "it is part of the signature",
	"webhook-timestamp": "it is part of the signature",
	"webhook-signature": "it is part of the signature",
}

func (c *HttpConfig) validateHeaders() error {
	if len(c.Headers) > MaxHeaders {
		return Invalid("http.headers", "has %d entries; at most %d are allowed", len(c.Headers), MaxHeaders)
	}
	seen := map[string]bool{}
	for i, h := range c.Headers {
		field := fmt.Sprintf("http.headers.%d", i)
		name := strings.ToLower(h.Name)
		if !httpguts.ValidHeaderFieldName(h.Name) || len(h.Name) > 256 {
			return Invalid(field+".name", "%q is not the name of a header", clip(h.Name, 64))
		}
		if why, own := ownHeaders[name]; own {
			return Invalid(field+".name", "%s cannot be set: %s", h.Name, why)
		}
		if seen[name] {
			return Invalid(field+".name", "%s is named twice", h.Name)
		}
		seen[name] = true
		value := h.Value
		if h.Secret {
			value = h.SecretValue.Reveal()
		}
		if h.Secret && value == "" {
			return Invalid(field+".value", "is empty; give the secret value of %s, or take the header out", h.Name)
		}
		if len(value) > MaxHeaderValue {
			return Invalid(field+".value", "has %d bytes; at most %d are allowed", len(value), MaxHeaderValue)
		}
		if !httpguts.ValidHeaderFieldValue(value) || !utf8.ValidString(value) {
			return Invalid(field+".value", "holds a line break or another control character")
		}
	}
	return nil
}
