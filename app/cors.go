package app

import (
	"net/http"
	"strings"
)

// corsHeaders are those that pages may send: the API's own, and the trace that
// libraries for tracing in the browser add to every request.
const corsHeaders = "Accept, Authorization, Content-Type, Last-Event-ID, Traceparent, Tracestate, X-Request-Id"

// withCORS lets pages of the listed origins call the API from a browser. It
// sends no Allow-Credentials: the API takes a key in a header, never a cookie.
func withCORS(origins Origins, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		allowed := origins.Allow(origin)
		if allowed {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
		}
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			next.ServeHTTP(w, r)
			return
		}
		header.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
		if allowed {
			header.Set("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
			header.Set("Access-Control-Allow-Headers", corsHeaders+attributesAsked(r))
			header.Set("Access-Control-Max-Age", "600")
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// attributesAsked are the attributes of a CloudEvent that the page wants to send
// as headers: any name, so that there is no list of them.
func attributesAsked(r *http.Request) string {
	var list strings.Builder
	for name := range strings.SplitSeq(r.Header.Get("Access-Control-Request-Headers"), ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if attribute, ok := strings.CutPrefix(name, "ce-"); ok && attribute != "" && strings.Trim(attribute, lowerAndDigits) == "" {
			list.WriteString(", " + name)
		}
	}
	return list.String()
}

const lowerAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789" // all that a name of an attribute may have
