package models

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of an address, of RFC 5321, and of what stands beside it in a header.
const (
	maxAddress     = 254
	maxLocalPart   = 64
	maxDisplayName = 200
	maxUnsubscribe = 900 // a header's line has at most 998 characters
	maxLogin       = 255 // of a user name; a token may stand in a password's place
	maxPassword    = 4096
)

// Validate names the first field that is wrong.
func (c *EmailConfig) Validate(rules ConfigRules) error {
	if err := c.validateServer(rules); err != nil {
		return err
	}
	if err := c.validateLogin(); err != nil {
		return err
	}
	if err := checkMailbox("email.from", c.From); err != nil {
		return err
	}
	if err := c.validateRecipients(); err != nil {
		return err
	}
	if c.ReplyTo != "" {
		if err := checkMailbox("email.replyTo", c.ReplyTo); err != nil {
			return err
		}
	}
	return checkUnsubscribe("email.listUnsubscribe", c.ListUnsubscribe)
}

func (c *EmailConfig) validateServer(rules ConfigRules) error {
	if c.SmtpServer != "" {
		switch c.TLS {
		case TLSImplicit, TLSStart, TLSNone:
			return checkSmtpServer("email.smtpServer", c.SmtpServer, rules)
		}
		return Invalid("email.tls", "%q is not one of IMPLICIT, STARTTLS, NONE", clip(string(c.TLS), 20))
	}
	const own = "goes with an SMTP server of the channel's own; give smtpServer, or leave this out"
	switch {
	case !rules.Relay:
		return Invalid("email.smtpServer", "is needed, such as mail.example.com:587: this server has none for all channels (CARILLON_SMTP_URL)")
	case c.TLS != "":
		return Invalid("email.tls", own)
	case c.Username != "":
		return Invalid("email.username", own)
	case !c.Password.Empty():
		return Invalid("email.password", own)
	}
	return nil
}

func (c *EmailConfig) validateLogin() error {
	password := c.Password.Reveal()
	switch {
	case c.Username != "" && password == "":
		return Invalid("email.password", "is needed beside a user name; one that was stored is not sent to another server, so give it again")
	case c.Username == "" && password != "":
		return Invalid("email.username", "is needed beside a password")
	case len(c.Username) > maxLogin:
		return Invalid("email.username", "has %d bytes; at most %d are allowed", len(c.Username), maxLogin)
	case len(password) > maxPassword:
		return Invalid("email.password", "has %d bytes; at most %d are allowed", len(password), maxPassword)
	case !plainText(c.Username):
		return Invalid("email.username", "holds a line break or another control character")
	case !plainText(password):
		return Invalid("email.password", "holds a line break or another control character")
	}
	return nil
}

func (c *EmailConfig) validateRecipients() error {
	if len(c.To) == 0 {
		return Invalid("email.to", "is empty; give at least one address")
	}
	if n := len(c.To) + len(c.Cc) + len(c.Bcc); n > MaxRecipients {
		return Invalid("email.to", "has %d recipients with cc and bcc; at most %d are allowed in one email", n, MaxRecipients)
	}
	seen := map[string]string{}
	for _, list := range []struct {
		name      string
		addresses []string
	}{{"email.to", c.To}, {"email.cc", c.Cc}, {"email.bcc", c.Bcc}} {
		for i, text := range list.addresses {
			field := fmt.Sprintf("%s.%d", list.name, i)
			if err := checkMailbox(field, text); err != nil {
				return err
			}
			address, _ := mail.ParseAddress(text) // as was just checked
			key := strings.ToLower(address.Address)
			if first, twice := seen[key]; twice {
				return Invalid(field, "%s is a recipient already, in %s", address.Address, first)
			}
			seen[key] = field
		}
	}
	return nil
}

// checkMailbox takes an address such as no-reply@example.com, with or without a name.
func checkMailbox(field, text string) error {
	const form = "give one such as no-reply@example.com or Acme <no-reply@example.com>"
	switch {
	case strings.TrimSpace(text) == "":
		return Invalid(field, "is empty; "+form)
	case len(text) > maxAddress+maxDisplayName:
		return Invalid(field, "has %d bytes; an address has at most %d, a name before it %d", len(text), maxAddress, maxDisplayName)
	case !plainText(text):
		return Invalid(field, "holds a line break or another control character")
	}
	parsed, err := mail.ParseAddress(text)
	if err != nil {
		return Invalid(field, "%q is not an email address; %s", clip(text, 80), form)
	}
	// What is written between the lines, such as =?utf-8?q?=0A?=, counts as well.
	if !plainText(parsed.Name) {
		return Invalid(field, "has a name that holds a line break or another control character")
	}
	return checkAddress(field, parsed.Address)
}

func checkAddress(field, address string) error {
	at := strings.LastIndexByte(address, '@')
	local, domain := address[:at], address[at+1:]
	switch {
	case len(address) > maxAddress:
		return Invalid(field, "has an address of %d bytes; at most %d are allowed", len(address), maxAddress)
	case len(local) > maxLocalPart:
		return Invalid(field, "has %d bytes before the @; at most %d are allowed", len(local), maxLocalPart)
	case strings.HasPrefix(domain, "["):
		return Invalid(field, "%s is at the address of a machine; give a domain", clip(address, 80))
	case !ascii(domain):
		return Invalid(field, "%s has a domain beyond ASCII; give its xn-- form", clip(address, 80))
	case !ascii(local):
		return Invalid(field, "%s has characters beyond ASCII before the @, which not every server takes", clip(address, 80))
	case !dotAtom(local):
		return Invalid(field, "%s needs quotes before the @, which not every server takes", clip(address, 80))
	case !strings.Contains(domain, "."):
		return Invalid(field, "%s has no dot behind the @; give a full domain", clip(address, 80))
	case !hostName(domain):
		return Invalid(field, "%s has no valid domain", clip(address, 80))
	}
	return nil
}

func dotAtom(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool {
			return !asciiAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
		}) {
			return false
		}
	}
	return true
}

// hostName takes the letters, digits and hyphens of DNS, and the underscore that some put into it.
func hostName(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return !asciiAlphanumeric(r) && r != '-' && r != '_' }) {
			return false
		}
	}
	return true
}

func asciiAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// plainText is valid UTF-8 without control characters, those of Unicode that break lines among them.
func plainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}

// checkSmtpServer takes host:port, an IPv6 address in brackets.
func checkSmtpServer(field, server string, rules ConfigRules) error {
	const form = "give host:port, such as mail.example.com:587"
	if !plainText(server) || len(server) > 260 {
		return Invalid(field, "is not the address of a server; "+form)
	}
	if strings.Contains(server, "://") {
		return Invalid(field, "%q is a URL; %s", clip(server, 80), form)
	}
	host, port, err := net.SplitHostPort(server)
	if err != nil {
		if missing := (*net.AddrError)(nil); errors.As(err, &missing) && missing.Err == "missing port in address" {
			return Invalid(field, "%q has no port; %s", clip(server, 80), form)
		}
		return Invalid(field, "%q is not the address of a server; %s", clip(server, 80), form)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '+' {
		return Invalid(field, "has the port %q; give 1 to 65535", clip(port, 20))
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" {
		return rules.checkAddress(field, ip)
	}
	if strings.Contains(host, ":") || !hostName(strings.TrimSuffix(host, ".")) {
		return Invalid(field, "%q is neither the name of a host nor an IP address; %s", clip(host, 80), form)
	}
	return rules.checkHost(field, host)
}

// checkUnsubscribe takes what List-Unsubscribe may hold: it stands between angle
// brackets there, and commas part several.
func checkUnsubscribe(field, text string) error {
	if text == "" {
		return nil
	}
	if len(text) > maxUnsubscribe {
		return Invalid(field, "has %d bytes; at most %d are allowed", len(text), maxUnsubscribe)
	}
	if !ascii(text) || !plainText(text) || strings.ContainsAny(text, "<>, \"\\") {
		return Invalid(field, "holds a space, a comma, a quote, an angle bracket or a character beyond ASCII; write those as %%20 and the like")
	}
	u, err := url.Parse(text)
	switch {
	case err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil:
		return nil
	case err == nil && u.Scheme == "mailto" && strings.Contains(u.Opaque, "@"):
		return nil
	}
	return Invalid(field, "is neither a mailto: nor an https: address")
}
