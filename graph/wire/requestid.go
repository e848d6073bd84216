package wire

import (
	"context"
	"crypto/rand"
	"net/http"
)

// headerRequestID carries the id of a request in both directions.
const headerRequestID = "X-Request-Id"

const maxRequestID = 128

// RequestID is the id that the request of ctx has in logs, in INTERNAL errors
// and in the X-Request-Id header of its answer; empty outside of a request.
func RequestID(ctx context.Context) string {
	if c := callOf(ctx); c != nil {
		return c.id
	}
	return ""
}

// requestID takes the client's id where it is fit for a log, else makes one.
func requestID(r *http.Request) string {
	if ids := r.Header[headerRequestID]; len(ids) > 0 && saneID(ids[0]) {
		return ids[0]
	}
	return rand.Text()
}

func saneID(id string) bool {
	if id == "" || len(id) > maxRequestID {
		return false
	}
	for i := 0; i < len(id); i++ {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '_', c == '.', c == ':', c == '/', c == '+', c == '=':
		default:
			return false
		}
	}
	return true
}
