package app

import (
	"net/http"
	"net/netip"
	"strings"

	"carillon/auth"
)

// withAddress lets every handler know whom a request comes from. A proxy of the
// setting CARILLON_TRUSTED_PROXIES is believed when it names, in X-Forwarded-For,
// whom it serves: the last name that is not such a proxy counts, because clients
// may send names of their own before it.
func withAddress(trusted Networks, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if address := clientAddress(trusted, r); address.IsValid() {
			r = r.WithContext(auth.WithAddress(r.Context(), address))
		}
		next.ServeHTTP(w, r)
	})
}

func clientAddress(trusted Networks, r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap().WithZone("")
	if !trusted.contain(address) {
		return address
	}
	names := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(names) - 1; i >= 0 && trusted.contain(address); i-- {
		before, ok := parseForwarded(names[i])
		if !ok {
			return address // what stands before a name that is none was not written by the proxy
		}
		address = before
	}
	return address
}

// parseForwarded reads one name of X-Forwarded-For: an address, with a port where
// the proxy adds one.
func parseForwarded(name string) (netip.Addr, bool) {
	name = strings.TrimSpace(name)
	if withPort, err := netip.ParseAddrPort(name); err == nil {
		return withPort.Addr().Unmap().WithZone(""), true
	}
	address, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return address.Unmap().WithZone(""), err == nil
}
