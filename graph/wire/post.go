package wire

import (
	"context"
	"errors"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

func (h *Handler) servePost(ctx context.Context, r *http.Request, c *call, out *reply) {
	switch {
	case isEncoded(r.Header):
		out.refuse(http.StatusUnsupportedMediaType, invalid("a body with a Content-Encoding is not taken; send it plain"))
		return
	case !sendsJSON(r.Header):
		// Asking for a type that no HTML form can send keeps other sites' forms out.
		out.refuse(http.StatusUnsupportedMediaType, invalid("Content-Type must be application/json in UTF-8"))
		return
	case !out.acceptable():
		return
	}
	ctx, refused := h.admit(ctx, c.credential)
	if refused != nil {
		out.refuse(statusOf(gqlerror.List{refused}), refused)
		return
	}
	body := h.buffers.take()
	defer body.release()
	if status, fault := h.readBody(r, out.w, c, body); fault != nil {
		out.refuse(status, fault)
		return
	}
	req, p, fault := h.decode(body.b)
	if fault != nil {
		out.refuse(http.StatusBadRequest, fault)
		return
	}
	c.request, c.plan = req, p
	c.request.headers = r.Header
	h.answer(ctx, r, c, out)
}

// acceptable refuses clients that take none of the types there are.
func (a *reply) acceptable() bool {
	if a.accept.json != "" || a.accept.stream {
		return true
	}
	a.refuse(http.StatusNotAcceptable, invalid("Accept must take %s, %s or %s", typeResponse, typeJSON, typeEvents))
	return false
}

// readBody reads what the client may send; the status is that of the fault.
func (h *Handler) readBody(r *http.Request, w http.ResponseWriter, c *call, buf *buffer) (int, *gqlerror.Error) {
	limit, anonymous := h.cfg.MaxBody, false
	if c.credential == "" && h.cfg.Authenticate != nil && limit > anonymousBody {
		limit, anonymous = anonymousBody, true
	}
	tooLarge := func() (int, *gqlerror.Error) {
		if anonymous {
			out := refuse(models.CodeUnauthenticated, "", "a body of more than %d bytes needs a key; send it as Authorization: Bearer", limit)
			return http.StatusUnauthorized, out
		}
		return http.StatusRequestEntityTooLarge,
			refuse(models.CodePayloadTooLarge, "", "the body has more than %d bytes; send less at once", limit)
	}
	if r.ContentLength > limit {
		return tooLarge()
	}
	var over *http.MaxBytesError
	err := buf.fill(http.MaxBytesReader(w, r.Body, limit), r.ContentLength)
	switch {
	case errors.As(err, &over):
		return tooLarge()
	case err != nil:
		return http.StatusBadRequest, invalid("the body broke off; send all that Content-Length says")
	}
	return 0, nil
}

// answer runs the request and sends its result, as one answer or as a stream.
func (h *Handler) answer(ctx context.Context, r *http.Request, c *call, out *reply) {
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := h.prepare(ctx, c)
	ctx = graphql.WithOperationContext(ctx, op)
	if errs != nil {
		if out.accept.json == "" {
			h.serveEvents(ctx, r, c, out, errs)
			return
		}
		out.result(h.exec.DispatchError(ctx, errs))
		return
	}
	ctx = c.operation(ctx, op)
	kind := op.Operation.Operation
	switch {
	case r.Method == http.MethodGet && kind == ast.Mutation:
		out.w.Header().Set("Allow", "POST")
		out.refuse(http.StatusMethodNotAllowed, invalid("a mutation must be sent by POST"))
	case kind == ast.Subscription && !out.accept.stream:
		out.refuse(http.StatusBadRequest, invalid("a subscription needs a stream: use WebSocket (graphql-transport-ws),"+
			" or server-sent events with Accept: text/event-stream"))
	case kind == ast.Subscription:
		leave, refused := h.hold(ctx)
		defer leave()
		if refused != nil {
			out.refuse(statusOf(refused), refused[0])
			return
		}
		h.serveEvents(ctx, r, c, out, nil)
	case out.accept.json == "", out.accept.prefer:
		h.serveEvents(ctx, r, c, out, nil)
	default:
		responses, ctx := h.exec.DispatchOperation(ctx, op)
		if resp := responses(ctx); resp != nil {
			out.result(resp)
		}
	}
}
