package channels

import (
	"fmt"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

// AllowSetting is the setting that lets channels reach networks that are not public.
const AllowSetting = "CARILLON_ALLOW_NETWORKS"

// Guard refuses connections to addresses that are not public, save those in
// networks that the operator allowed. It judges the address that is dialled, not
// the name that led to it, so that a name whose answer changes cannot pass.
type Guard struct {
	allow  []netip.Prefix
	public *ssrf.Guardian
}

// azureHost answers virtual machines of Azure with their credentials, at an
// address that no registry marks as special.
var azureHost = netip.MustParsePrefix("168.63.129.16/32")

// nat64 addresses stand for the IPv4 address in their last four bytes.
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// NewGuard makes a guard that lets public addresses and the networks of allow through.
func NewGuard(allow []netip.Prefix) *Guard {
	g := &Guard{public: ssrf.New(ssrf.WithAnyPort(), ssrf.WithDeniedV4Prefixes(azureHost))}
	for _, p := range allow {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		g.allow = append(g.allow, p.Masked())
	}
	return g
}

// BlockedError is a guard's refusal.
type BlockedError struct{ Addr netip.Addr }

func (e *BlockedError) Error() string {
	return fmt.Sprintf("%s is not a public address; add its network to %s to let channels reach it", e.Addr, AllowSetting)
}

// Check returns a *BlockedError for an address that must not be reached.
func (g *Guard) Check(addr netip.Addr) error {
	if !addr.IsValid() {
		return &BlockedError{Addr: addr}
	}
	addr = addr.Unmap().WithZone("")
	if g.allowed(addr) {
		if nat64.Contains(addr) {
			// The gateway's network is allowed, not whatever lies behind it.
			bytes := addr.As16()
			return g.Check(netip.AddrFrom4([4]byte(bytes[12:])))
		}
		return nil
	}
	if g.public.SafeAddr(addr) != nil {
		return &BlockedError{Addr: addr}
	}
	return nil
}

func (g *Guard) allowed(addr netip.Addr) bool {
	for _, p := range g.allow {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// Control is for net.Dialer: it runs on each address just before it is connected to.
func (g *Guard) Control(network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("the network %s is not TCP", network)
	}
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("the address %s cannot be judged: %w", address, err)
	}
	return g.Check(target.Addr())
}
