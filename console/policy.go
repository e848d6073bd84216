package console

import "strings"

// nobodyFrames keeps a page, and what it loads, out of frames.
const nobodyFrames = "frame-ancestors 'none'"

// consolePolicy lets the console load its own files and nothing else. Styles that
// scripts add carry the page's nonce; style attributes are allowed, for the previews of
// emails, which run no scripts and load nothing.
const consolePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-NONCE'; style-src-elem 'self' 'nonce-NONCE'; style-src-attr 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; frame-src 'self'; " +
	"form-action 'none'; base-uri 'none'; object-src 'none'"

// playgroundPolicy gives way where GraphiQL's editor needs it: it adds style elements
// without a nonce. Scripts are held as everywhere.
const playgroundPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; " +
	"form-action 'none'; base-uri 'none'; object-src 'none'; " + nobodyFrames

// consolePolicy is the policy of the console's page at an address: only the portal may
// stand in a frame, and only in those of the origins that the operator named.
func (h *Handler) consolePolicy(at string) string {
	if (at == "/portal" || strings.HasPrefix(at, "/portal/")) && len(h.cfg.PortalOrigins) > 0 {
		return consolePolicy + "; frame-ancestors " + strings.Join(h.cfg.PortalOrigins, " ")
	}
	return consolePolicy + "; " + nobodyFrames
}
