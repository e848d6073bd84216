package app

import (
	"net/http"
	"strings"
)

// pagelessPolicy is for what is no page: were it shown as one, it could do nothing.
// Pages have policies of their own.
const pagelessPolicy = "default-src 'none'; frame-ancestors 'none'"

// httpsOnly holds browsers to HTTPS for a year.
const httpsOnly = "max-age=31536000"

// withHeaders tells browsers to do no more with an answer than it is for: not to
// guess its type, show it in a frame, run it as a page, load it into the pages of
// other sites, or tell those whose links it has where it stood. Where clients
// reach the server by HTTPS, browsers are to use nothing else.
func withHeaders(publicURL string, next http.Handler) http.Handler {
	secure := strings.HasPrefix(publicURL, "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Content-Security-Policy", pagelessPolicy)
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		if secure {
			header.Set("Strict-Transport-Security", httpsOnly)
		}
		next.ServeHTTP(w, r)
	})
}
