package app

import (
	"net/http"
	"net/url"
	"strings"
)

// allowOrigin judges a WebSocket's Origin: browsers let any page open one, so
// that the server has to ask. Programs send none.
func (a *App) allowOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	return origin == "" || a.cfg.CORSOrigins.Allow(origin) || hasHost(origin, r.Host) || sameOrigin(origin, a.URL())
}

func hasHost(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}

func sameOrigin(origin, address string) bool {
	a, err := url.Parse(origin)
	if err != nil {
		return false
	}
	b, err := url.Parse(address)
	return err == nil && a.Host != "" && strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Host, b.Host)
}
