package wire

import (
	"context"
	"net/http"
	"net/url"

	"github.com/vektah/gqlparser/v2/gqlerror"
)

// serveGet takes a query from the address. Nothing is changed by GET, so it
// needs no guard against other sites' links.
func (h *Handler) serveGet(ctx context.Context, r *http.Request, c *call, out *reply) {
	if !out.acceptable() {
		return
	}
	ctx, refused := h.admit(ctx, c.credential)
	if refused != nil {
		out.refuse(statusOf(gqlerror.List{refused}), refused)
		return
	}
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		out.refuse(http.StatusBadRequest, invalid("the address has malformed parameters"))
		return
	}
	req, p, fault := h.decodeParams(params)
	if fault != nil {
		out.refuse(http.StatusBadRequest, fault)
		return
	}
	c.request, c.plan = req, p
	c.request.headers = r.Header
	h.answer(ctx, r, c, out)
}

func (h *Handler) decodeParams(params url.Values) (req request, cached *plan, fault *gqlerror.Error) {
	p := parts{spaced: true}
	if p.query, fault = textParam(params, "query"); fault != nil {
		return req, nil, fault
	}
	if p.operationName, fault = textParam(params, "operationName"); fault != nil {
		return req, nil, fault
	}
	if p.variables, fault = jsonParam(params, "variables"); fault != nil {
		return req, nil, fault
	}
	if p.extensions, fault = jsonParam(params, "extensions"); fault != nil {
		return req, nil, fault
	}
	return h.assemble(p)
}

// textParam is a parameter as a JSON string, nil where it is missing.
func textParam(params url.Values, name string) ([]byte, *gqlerror.Error) {
	text := params.Get(name)
	if text == "" {
		return nil, nil
	}
	if at := validUTF8([]byte(text)); at >= 0 {
		return nil, invalid("%s is no valid UTF-8 from byte %d on", name, at+1)
	}
	return appendQuoted(nil, text), nil
}

func jsonParam(params url.Values, name string) ([]byte, *gqlerror.Error) {
	raw := []byte(params.Get(name))
	if len(raw) == 0 {
		return nil, nil
	}
	if at := validUTF8(raw); at >= 0 {
		return nil, invalid("%s is no valid UTF-8 from byte %d on", name, at+1)
	}
	if fault := checkJSON(raw); fault != nil {
		return nil, invalid("%s is %s", name, fault)
	}
	return raw[skipSpace(raw, 0):], nil
}
