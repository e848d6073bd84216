package wire

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

// eventStream is one operation as server-sent events, by graphql-sse's
// distinct connections: next for each result, then complete.
type eventStream struct {
	h      *Handler
	call   *call
	ctx    context.Context
	cancel context.CancelFunc
	out    *http.ResponseController
	long   bool        // a subscription, which a drain ends
	left   atomic.Bool // by a drain

	mu    sync.Mutex // of the writer, and of what follows
	w     http.ResponseWriter
	ended bool
	beat  *time.Timer
	beats sync.WaitGroup
}

// serveEvents streams the operation of ctx, or the errors that keep it from
// running: the protocol has both in the stream.
func (h *Handler) serveEvents(ctx context.Context, r *http.Request, c *call, out *reply, errs gqlerror.List) {
	s := &eventStream{h: h, call: c, w: out.w, out: http.NewResponseController(out.w)}
	s.ctx, s.cancel = context.WithCancel(ctx)
	defer s.cancel()
	op := graphql.GetOperationContext(ctx)
	s.long = errs == nil && op.Operation.Operation == ast.Subscription
	if !h.streams.add(s) {
		out.refuse(http.StatusServiceUnavailable, shuttingDown())
		return
	}
	defer h.streams.remove(s)

	out.begun = true
	if !s.begin() {
		return
	}
	defer s.finish()
	if errs != nil {
		s.next(h.exec.DispatchError(s.ctx, errs))
	} else {
		s.run(op)
	}
	if !s.left.Load() {
		s.complete()
	}
}

func shuttingDown() *gqlerror.Error {
	return refuse(models.CodeInternal, "", "the server is shutting down; connect again in a moment")
}

// begin sends the head at once, so that the client knows it is connected.
func (s *eventStream) begin() bool {
	header := s.w.Header()
	header.Set("Content-Type", typeEvents+"; charset=utf-8")
	header.Set("Cache-Control", "no-cache, no-store")
	header.Set("X-Accel-Buffering", "no") // proxies would hold events back
	_ = s.out.SetReadDeadline(time.Time{})
	s.w.WriteHeader(http.StatusOK)
	if !s.write([]byte(":\n\n")) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beat = time.AfterFunc(s.h.cfg.Ping, s.keepAlive)
	return true
}

// run sends results until there are no more, or nobody takes them.
func (s *eventStream) run(op *graphql.OperationContext) {
	defer func() {
		if panicked := recover(); panicked != nil {
			s.next(&graphql.Response{Errors: gqlerror.List{s.h.recovered(s.ctx, panicked)}})
		}
	}()
	responses, ctx := s.h.exec.DispatchOperation(s.ctx, op)
	for {
		resp := responses(ctx)
		if resp == nil || !s.next(resp) {
			break
		}
		if !s.long || resp.Data == nil {
			return
		}
	}
	if err := s.call.ending.Load(); err != nil {
		s.next(s.h.exec.DispatchError(ctx, contract(gqlerror.List{asGraphQL(*err)})))
	}
}

func (s *eventStream) next(resp *graphql.Response) bool {
	s.call.note(resp.Errors)
	buf := s.h.buffers.take()
	defer buf.release()
	buf.b = append(buf.b, "event: next\ndata: "...)
	head := len(buf.b)
	buf.b = appendResponse(buf.b, resp)
	if bytes.ContainsAny(buf.b[head:], "\r\n") {
		// A line's end would end the event's data; between tokens it means nothing.
		buf.b = append(buf.b[:head], compact(buf.b[head:])...)
	}
	buf.b = append(buf.b, "\n\n"...)
	return s.write(buf.b)
}

func (s *eventStream) complete() {
	s.write([]byte("event: complete\ndata:\n\n"))
}

// write sends one event. A client that does not take it in time is cut off.
func (s *eventStream) write(event []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	//nolint:forbidigo // the kernel times sockets by the machine's clock
	_ = s.out.SetWriteDeadline(time.Now().Add(s.h.cfg.WriteTimeout))
	if _, err := s.w.Write(event); err != nil {
		s.end()
		return false
	}
	if err := s.out.Flush(); err != nil {
		if errors.Is(err, http.ErrNotSupported) {
			s.h.cfg.Log.LogAttrs(s.ctx, slog.LevelError, "event stream cannot be flushed",
				slog.String("request_id", s.call.id))
		}
		s.end()
		return false
	}
	if s.beat != nil {
		s.beat.Reset(s.h.cfg.Ping)
	}
	return true
}

// end is called with the lock held.
func (s *eventStream) end() {
	s.ended = true
	s.cancel()
}

// finish keeps the timer from writing to a request that is over.
func (s *eventStream) finish() {
	s.mu.Lock()
	s.end()
	s.beat.Stop()
	s.mu.Unlock()
	s.beats.Wait()
}

// keepAlive keeps proxies from closing a quiet stream, and ends one whose key
// was revoked.
func (s *eventStream) keepAlive() {
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.beats.Add(1)
	s.mu.Unlock()
	defer s.beats.Done()
	defer func() {
		if panicked := recover(); panicked != nil {
			_ = s.h.recovered(s.ctx, panicked) // there is nobody to be told
			s.cancel()
		}
	}()
	if s.h.revoked(s.ctx, s.call.credential) != nil {
		err := error(&models.Error{Code: models.CodeUnauthenticated, Message: "the key is no longer valid"})
		s.call.ending.CompareAndSwap(nil, &err)
		s.cancel()
		return
	}
	s.write([]byte(":\n\n"))
}

// drain breaks a subscription off without complete, which would tell clients
// that there is no more to come: so they connect again, to another node or to
// this one after its restart, and go on behind the last event seen.
func (s *eventStream) drain() {
	if s.long {
		s.left.Store(true)
		s.cancel()
	}
}

func (s *eventStream) cut() {
	_ = s.out.SetWriteDeadline(time.Unix(1, 0)) // a write under way gives up
	s.cancel()
}
