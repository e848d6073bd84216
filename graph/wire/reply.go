package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// reply is the answer to one HTTP request.
type reply struct {
	w       http.ResponseWriter
	accept  acceptance
	buffers *bufferPool
	call    *call
	begun   bool // nothing else can be answered any more
}

// refuse answers what is no GraphQL request that could be run.
func (a *reply) refuse(status int, err *gqlerror.Error) {
	if status == http.StatusUnauthorized {
		a.w.Header().Set("WWW-Authenticate", "Bearer")
	}
	a.send(status, &graphql.Response{Errors: gqlerror.List{err}})
}

// result answers with what the executor said. Without data nothing was run;
// the media type decides whether the status tells it.
func (a *reply) result(resp *graphql.Response) {
	status := http.StatusOK
	if resp.Data == nil && a.accept.json == typeResponse {
		status = statusOf(resp.Errors)
	}
	a.send(status, resp)
}

func (a *reply) send(status int, resp *graphql.Response) {
	a.call.note(resp.Errors)
	buf := a.buffers.take()
	defer buf.release()
	buf.b = appendResponse(buf.b, resp)

	media := a.accept.json
	if media == "" {
		media = typeJSON
	}
	header := a.w.Header()
	if wait := retryAfter(resp.Errors); wait != "" && resp.Data == nil {
		header.Set("Retry-After", wait)
	}
	header.Set("Content-Type", media+"; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(buf.b)))
	a.begun = true
	a.w.WriteHeader(status)
	_, _ = a.w.Write(buf.b) // a client that is gone misses nothing
}

// appendResponse appends resp as JSON. Data is the executor's own JSON and is
// taken as it is; without it there is no entry data.
func appendResponse(dst []byte, resp *graphql.Response) []byte {
	dst = append(dst, '{')
	empty := len(dst)
	if len(resp.Errors) > 0 {
		dst = append(dst, `"errors":`...)
		dst = appendErrors(dst, resp.Errors)
	}
	if resp.Data != nil {
		dst = comma(dst, empty)
		dst = append(dst, `"data":`...)
		dst = append(dst, resp.Data...)
	}
	if len(resp.Extensions) > 0 {
		if extensions, err := marshal(resp.Extensions); err == nil {
			dst = comma(dst, empty)
			dst = append(dst, `"extensions":`...)
			dst = append(dst, extensions...)
		}
	}
	return append(dst, '}')
}

// maxSaid bounds the message of an error: some repeat what the client sent.
const maxSaid = 4 << 10

// appendErrors appends a JSON array. An error whose extensions are no JSON
// loses them, so that the client still learns of it.
func appendErrors(dst []byte, errs gqlerror.List) []byte {
	dst = append(dst, '[')
	for i, err := range errs {
		if i > 0 {
			dst = append(dst, ',')
		}
		if len(err.Message) > maxSaid {
			short := *err
			short.Message = strings.ToValidUTF8(err.Message[:maxSaid], "") + "…"
			err = &short
		}
		text, fault := marshal(err)
		if fault != nil {
			plain := *err
			plain.Extensions = nil
			text, _ = marshal(&plain)
		}
		dst = append(dst, text...)
	}
	return append(dst, ']')
}

func comma(dst []byte, empty int) []byte {
	if len(dst) > empty {
		return append(dst, ',')
	}
	return dst
}

// marshal is json.Marshal without escapes for HTML.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
