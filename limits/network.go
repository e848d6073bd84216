// Package limits owns how much of the server one client may have: how often it
// comes, what it holds at once, and how many connections there are in all. It
// counts in the memory of one node, in bounded space, and says no; whom it
// counts, and what a refusal is called, it leaves to others.
package limits

import "net/netip"

// networkBits is what of an IPv6 address is one client's: it has all addresses
// of its network to choose from.
const networkBits = 64

// Network is the address that a client counts by: its own, and for IPv6 that of
// its /64.
func Network(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if !address.Is6() {
		return address
	}
	network, err := address.Prefix(networkBits)
	if err != nil {
		return address // only for more bits than it has
	}
	return network.Addr()
}
