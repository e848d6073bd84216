package wire

import (
	"context"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

// running is one operation of a WebSocket.
type running struct {
	s      *socket
	id     string
	call   *call
	cancel context.CancelFunc
	long   bool // a subscription, which a drain ends
}

// subscribe starts an operation. Its request is read here, because the buffer
// that it stands in is the reader's.
func (s *socket) subscribe(m message) *closing {
	if !s.acked {
		return closeAs(codeNotInit)
	}
	if len(m.payload) == 0 || m.payload[0] != '{' {
		return closeInvalid("the payload of subscribe must be an object")
	}
	s.started++
	op := &running{s: s, id: m.id, call: &call{id: s.id + "-" + strconv.Itoa(s.started), credential: s.credential, watch: s.h.cfg.Watch()}}
	ctx, cancel := context.WithCancel(graphql.StartOperationTrace(withCall(s.ctx, op.call)))
	op.cancel = cancel
	if end := s.enlist(op); end != nil {
		cancel()
		return end
	}
	if refused := s.h.count(ctx); refused != nil {
		go op.run(ctx, nil, gqlerror.List{refused})
		return nil
	}
	req, p, fault := s.h.decode(m.payload)
	if fault != nil {
		cancel()
		s.tasks.Done()
		return closeInvalid("%s", fault.Message)
	}
	op.call.request, op.call.plan = req, p
	op.call.request.headers = s.header
	execution, errs := op.prepare(ctx)
	if errs == nil {
		errs = s.crowded()
	}
	ctx = graphql.WithOperationContext(ctx, execution)
	go op.run(ctx, execution, errs)
	return nil
}

// enlist makes the operation known by its id, which must be free.
func (s *socket) enlist(op *running) *closing {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return gone()
	}
	if s.running[op.id] != nil {
		return closeDuplicate(op.id)
	}
	s.running[op.id] = op
	s.active++
	s.tasks.Add(1)
	return nil
}

// crowded refuses an operation beyond those that may run at once.
func (s *socket) crowded() gqlerror.List {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active <= s.h.cfg.MaxOperations {
		return nil
	}
	return gqlerror.List{coded(&models.Error{
		Code:       models.CodeRateLimited,
		Message:    "this connection runs " + strconv.Itoa(s.h.cfg.MaxOperations) + " operations already; complete one first",
		RetryAfter: time.Second,
	})}
}

// prepare is the handler's, with a panic as an error.
func (op *running) prepare(ctx context.Context) (execution *graphql.OperationContext, errs gqlerror.List) {
	defer func() {
		if panicked := recover(); panicked != nil {
			execution, errs = nil, gqlerror.List{op.s.h.recovered(ctx, panicked)}
		}
	}()
	return op.s.h.prepare(ctx, op.call)
}

// run sends what the operation gives: next for each result, then complete; or
// error, which is the last.
func (op *running) run(ctx context.Context, execution *graphql.OperationContext, errs gqlerror.List) {
	defer op.s.tasks.Done()
	defer op.done()
	defer op.call.end()
	defer func() {
		if panicked := recover(); panicked != nil {
			op.fail(ctx, gqlerror.List{op.s.h.recovered(ctx, panicked)})
		}
	}()
	if gone := op.s.h.revoked(ctx, op.call.credential); gone != nil {
		op.fail(ctx, op.s.h.exec.DispatchError(ctx, gqlerror.List{coded(gone)}).Errors)
		return
	}
	switch {
	case errs != nil:
		op.fail(ctx, op.s.h.exec.DispatchError(ctx, errs).Errors)
	case execution.Operation.Operation == ast.Subscription:
		leave, refused := op.s.h.hold(ctx)
		defer leave()
		if refused != nil {
			op.fail(ctx, op.s.h.exec.DispatchError(ctx, refused).Errors)
		} else if op.begin(true) {
			op.execute(ctx, execution)
		}
	case op.begin(false):
		op.execute(ctx, execution)
	}
}

// begin reports false for a subscription on a connection that drains.
func (op *running) begin(long bool) bool {
	op.s.mu.Lock()
	defer op.s.mu.Unlock()
	op.long = long
	return !long || !op.s.draining
}

func (op *running) execute(ctx context.Context, execution *graphql.OperationContext) {
	ctx = op.call.operation(ctx, execution)
	var responses graphql.ResponseHandler
	op.s.aside(func() { responses, ctx = op.s.h.exec.DispatchOperation(ctx, execution) })
	for {
		resp := responses(ctx)
		if resp == nil {
			break
		}
		if resp.Data == nil {
			op.fail(ctx, resp.Errors)
			return
		}
		if !op.next(resp) {
			return
		}
		if !op.long {
			break
		}
	}
	if err := op.call.ending.Load(); err != nil {
		op.fail(ctx, op.s.h.exec.DispatchError(ctx, contract(gqlerror.List{asGraphQL(*err)})).Errors)
		return
	}
	op.end(append(appendHead(nil, "complete", op.id), '}'))
}

func (op *running) next(resp *graphql.Response) bool {
	op.call.note(resp.Errors)
	buf := op.s.h.buffers.take()
	defer buf.release()
	buf.b = append(appendHead(buf.b, "next", op.id), `,"payload":`...)
	buf.b = append(appendResponse(buf.b, resp), '}')
	return op.send(buf.b)
}

func (op *running) fail(ctx context.Context, errs gqlerror.List) {
	if len(errs) == 0 {
		errs = gqlerror.List{InternalError(ctx)}
	}
	op.call.note(errs)
	op.end(appendError(nil, op.id, errs))
}

// send writes a message, unless the client has completed the operation, or a
// drain has.
func (op *running) send(text []byte) bool {
	op.s.mu.Lock()
	wanted := op.wanted()
	op.s.mu.Unlock()
	return wanted && op.s.write(text)
}

// end writes the operation's last message. The id is free before it is
// written: a client may use it again as soon as it reads the message.
func (op *running) end(text []byte) {
	op.s.mu.Lock()
	wanted := op.wanted()
	if wanted {
		delete(op.s.running, op.id)
	}
	op.s.mu.Unlock()
	if wanted {
		op.s.write(text)
	}
}

// wanted is called with the lock held.
func (op *running) wanted() bool {
	s := op.s
	return s.running[op.id] == op && !s.closing && (!op.long || !s.draining)
}

// done counts the operation out; a connection that drains closes behind its
// last one.
func (op *running) done() {
	op.cancel()
	s := op.s
	s.mu.Lock()
	if s.running[op.id] == op {
		delete(s.running, op.id)
	}
	s.active--
	last := s.draining && s.active == 0
	s.mu.Unlock()
	if last {
		s.close(closeAs(websocket.StatusGoingAway))
	}
}
