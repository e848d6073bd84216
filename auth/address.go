package auth

import (
	"context"
	"net/netip"
)

// addressKey is the context key of the client's address.
type addressKey struct{}

// WithAddress gives the context the address that a request came from, as far as
// it is known.
func WithAddress(ctx context.Context, address netip.Addr) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// Address is where the request came from; the zero address where there is none,
// as for the command line.
func Address(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(addressKey{}).(netip.Addr)
	return address
}
