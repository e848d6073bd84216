package wire

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of GraphQL over HTTP. The older one answers 200 to whatever
// is well-formed; the newer one has status codes that tell.
const (
	typeJSON     = "application/json"
	typeResponse = "application/graphql-response+json"
	typeEvents   = "text/event-stream"
)

// acceptance is how a client takes its answer.
type acceptance struct {
	json   string // the media type of a single answer; empty for none
	stream bool   // takes server-sent events
	prefer bool   // rather takes server-sent events
}

// accepts reads the Accept header. Only naming text/event-stream asks for it:
// a client that takes anything does not expect a stream.
func accepts(h http.Header) (a acceptance) {
	wish := strings.Join(h["Accept"], ",")
	switch wish {
	case "", "*/*", typeJSON:
		return acceptance{json: typeJSON}
	case typeResponse:
		return acceptance{json: typeResponse}
	}
	var single, events float64
	for item := range strings.SplitSeq(wish, ",") {
		media, q := acceptItem(item)
		if q <= 0 {
			continue
		}
		switch media {
		case typeEvents:
			a.stream, events = true, max(events, q)
		case typeResponse:
			if q > single {
				a.json, single = typeResponse, q
			}
		case typeJSON, "application/*", "*/*":
			if q > single {
				a.json, single = typeJSON, q
			}
		}
	}
	a.prefer = events > single
	return a
}

func acceptItem(item string) (media string, q float64) {
	media, params, err := mime.ParseMediaType(item)
	if err != nil {
		return "", 0
	}
	if set := params["charset"]; set != "" && !strings.EqualFold(set, "utf-8") {
		return "", 0
	}
	if text, ok := params["q"]; ok {
		if q, err = strconv.ParseFloat(text, 64); err != nil {
			return "", 0
		}
		return media, q
	}
	return media, 1
}

// sendsJSON tells whether the body is said to be JSON in UTF-8.
func sendsJSON(h http.Header) bool {
	switch h.Get("Content-Type") {
	case typeJSON, "application/json; charset=utf-8", "application/json;charset=utf-8":
		return true
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media != typeJSON {
		return false
	}
	set := params["charset"]
	return set == "" || strings.EqualFold(set, "utf-8")
}

func isEncoded(h http.Header) bool {
	encoding := h.Get("Content-Encoding")
	return encoding != "" && !strings.EqualFold(encoding, "identity")
}
