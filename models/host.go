package models

import (
	"net/netip"
	"strings"

	"golang.org/x/net/idna"
)

// hostLetters are those of a name in the DNS; many have underscores in fact.
const hostLetters = "abcdefghijklmnopqrstuvwxyz0123456789-._"

const (
	wrongName   = "which is no name; write it in letters, digits, hyphens and full stops"
	wrongNumber = "a short or foreign form of an IPv4 address; write it as four decimal numbers such as 203.0.113.7"
)

// IsHost says whether there can be such a host. url.Parse lets through what nobody
// can dial.
func IsHost(host string) bool {
	_, _, wrong := readHost(host)
	return wrong == ""
}

// readHost takes a host for an address or for a name in lower case, or says what is
// wrong with it.
func readHost(host string) (addr netip.Addr, name, wrong string) {
	plain := strings.TrimSuffix(host, ".")
	if !ascii(plain) {
		mapped, err := idna.Lookup.ToASCII(plain)
		if err != nil {
			return addr, "", wrongName
		}
		plain = strings.TrimSuffix(mapped, ".")
	}
	if addr, err := netip.ParseAddr(plain); err == nil {
		return addr, "", ""
	}
	name = strings.ToLower(plain)
	if name == "" || strings.Trim(name, hostLetters) != "" {
		return addr, "", wrongName
	}
	if numeric(name[strings.LastIndexByte(name, '.')+1:]) {
		return addr, "", wrongNumber
	}
	return addr, name, ""
}

// checkHost refuses a host that is known never to be reached, so that whoever
// saves a channel learns of it at once. What a name leads to is judged when it is
// dialled, since it may be another address each time.
func (r *ConfigRules) checkHost(field, host string) error {
	addr, name, wrong := readHost(host)
	if wrong != "" {
		return Invalid(field, "has the host %q, %s", clip(host, 80), wrong)
	}
	if name == "" {
		return r.checkAddress(field, addr)
	}
	if name != "localhost" && !strings.HasSuffix(name, ".localhost") {
		return nil
	}
	// Either address of this machine will do.
	if r.checkAddress(field, netip.IPv6Loopback()) == nil {
		return nil
	}
	return r.checkAddress(field, netip.AddrFrom4([4]byte{127, 0, 0, 1}))
}

func (r *ConfigRules) checkAddress(field string, addr netip.Addr) error {
	if r.Refuses == nil {
		return nil
	}
	if err := r.Refuses(addr); err != nil {
		return Invalid(field, "leads to an address that is refused: %v", err)
	}
	return nil
}

// numeric says that a resolver may read the last part of a host as a number:
// decimal, octal or hexadecimal.
func numeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}
