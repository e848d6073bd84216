package wire

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// request is what a client sent, decoded as far as it can be without knowing
// the types of its variables.
type request struct {
	query         string
	operationName string
	variables     []byte // a JSON object inside of the transport's buffer, or nil
	spaced        bool   // with white space between its tokens
	extensions    map[string]any
	headers       http.Header
}

// decode reads the request object of POST, of server-sent events and of the
// payload of a WebSocket's subscribe. A member that comes twice counts as it
// came last. The plan is the cached one, nil where the query is new.
func (h *Handler) decode(body []byte) (request, *plan, *gqlerror.Error) {
	if err := checkBody(body); err != nil {
		return request{}, nil, err
	}
	var parts parts
	fault := members(body, func(name, value []byte, spaced bool) {
		switch string(plainName(name)) {
		case "query":
			parts.query = value
		case "operationName":
			parts.operationName = value
		case "variables":
			parts.variables, parts.spaced = value, spaced
		case "extensions":
			parts.extensions = value
		}
	})
	if fault != nil {
		return request{}, nil, invalid("the body is %s", fault)
	}
	return h.assemble(parts)
}

// checkBody looks for what is no object in UTF-8.
func checkBody(body []byte) *gqlerror.Error {
	head := skipSpace(body, 0)
	if head == len(body) {
		return invalid(`the body is empty; send a JSON object such as {"query": "{ __typename }"}`)
	}
	if at := validUTF8(body); at >= 0 {
		return invalid("the body is no valid UTF-8 from byte %d on", at+1)
	}
	if body[head] == '{' {
		return nil
	}
	if fault := checkJSON(body); fault != nil {
		return invalid("the body is %s", fault)
	}
	if body[head] == '[' {
		return invalid("the body is a JSON array; batches are not taken, send one operation a request")
	}
	return invalid(`the body is not a JSON object; send one such as {"query": "{ __typename }"}`)
}

// parts are a request's members as JSON; null and nil are left out.
type parts struct {
	query, operationName, variables, extensions []byte

	spaced bool // the variables have white space between their tokens
}

func (h *Handler) assemble(p parts) (req request, cached *plan, err *gqlerror.Error) {
	switch {
	case !given(p.query):
		return req, nil, invalid("query is missing; it must be a string with a GraphQL document")
	case p.query[0] != '"':
		return req, nil, invalid("query must be a string with a GraphQL document")
	case given(p.operationName) && p.operationName[0] != '"':
		return req, nil, invalid("operationName must be a string or null")
	case given(p.variables) && p.variables[0] != '{':
		return req, nil, invalid("variables must be a JSON object or null")
	case given(p.extensions) && p.extensions[0] != '{':
		return req, nil, invalid("extensions must be a JSON object or null")
	}
	if given(p.operationName) {
		req.operationName = unquoted(p.operationName)
	}
	if given(p.variables) {
		req.variables, req.spaced = p.variables, p.spaced
	}
	if given(p.extensions) {
		req.extensions, _ = generic(p.extensions).(map[string]any)
	}
	req.query, cached = h.text(p.query)
	if cached == nil {
		if at := longName(req.query); at >= 0 {
			return req, nil, invalid("query has a name of more than %d characters, from byte %d on", maxName, at+1)
		}
	}
	return req, cached, nil
}

func given(raw []byte) bool { return len(raw) > 0 && !isNull(raw) }

// text is the query's text; for one that is cached it costs no allocation.
func (h *Handler) text(query []byte) (string, *plan) {
	plain := query[1 : len(query)-1]
	if bytes.IndexByte(plain, '\\') >= 0 {
		buf := h.buffers.take()
		defer buf.release()
		buf.b = appendUnquoted(buf.b, query)
		plain = buf.b
	}
	if p := h.plans.get(plain); p != nil {
		return p.query, p
	}
	return string(plain), nil
}

// generic is any JSON value, its numbers as text.
func generic(raw []byte) (v any) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	_ = dec.Decode(&v) // checkJSON has taken it
	return v
}
