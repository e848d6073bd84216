package wire

import (
	"cmp"
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

// Watch follows one operation from outside, to count and to trace it. One is made
// when a request comes, over HTTP, or is subscribed to over a WebSocket.
type Watch interface {
	// Operation is called once it is known what is asked for, before it is done: kind
	// is query, mutation or subscription. The context is what it is done with.
	Operation(ctx context.Context, kind, name string) context.Context
	// End is called once, when it is answered, or a subscription has ended. code is
	// that of the first error, Succeeded without one. Without a call of Operation
	// before it the request was refused.
	End(code string)
}

// Succeeded is the code of an operation without errors.
const Succeeded = "OK"

type unwatched struct{}

func (unwatched) Operation(ctx context.Context, _, _ string) context.Context { return ctx }
func (unwatched) End(string)                                                 {}

func unobserved() Watch { return unwatched{} }

// operation tells the call's watch what is to be done.
func (c *call) operation(ctx context.Context, op *graphql.OperationContext) context.Context {
	return c.watch.Operation(ctx, string(op.Operation.Operation), op.Operation.Name)
}

// note keeps the code of the first error that was answered.
func (c *call) note(errs gqlerror.List) {
	if len(errs) > 0 && c.code == "" {
		c.code = cmp.Or(string(codeOf(errs[0])), string(models.CodeInternal))
	}
}

// end tells the call's watch how it went.
func (c *call) end() {
	if c.code == "" {
		c.code = Succeeded
	}
	c.watch.End(c.code)
}

// Connections tells how many streams are open: WebSockets, and answers that are
// server-sent events.
func (h *Handler) Connections() (sockets, events int) {
	h.streams.mu.Lock()
	defer h.streams.mu.Unlock()
	for open := range h.streams.open {
		if _, socket := open.(*socket); socket {
			sockets++
		} else {
			events++
		}
	}
	return sockets, events
}
