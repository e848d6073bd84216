package wire

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

// subprotocol is the one protocol spoken over WebSocket.
const subprotocol = "graphql-transport-ws"

// Before a client has said who it is, its messages may have this size.
const anonymousMessage = 64 << 10

// socket is one WebSocket. Its goroutine reads; each operation has one that
// runs it and writes its results itself, so a client that takes nothing holds
// up its own operations and nobody else's. It outlives the request that it
// began with, whose goroutine and buffers would cost more than all of it.
type socket struct {
	h      *Handler
	ws     *websocket.Conn
	conn   *timedConn      // below ws
	ctx    context.Context // with the caller, once known
	cancel context.CancelFunc
	header http.Header // of the upgrade
	id     string

	// The reader's alone.
	begun      bool   // connection_init has come
	acked      bool   // and was taken
	credential string // what it was taken for
	started    int    // operations so far
	leaving    func() // of the gate

	writing  sync.Mutex          // one message at a time
	mu       sync.Mutex          // of what follows
	running  map[string]*running // by id, while the client waits for more
	active   int                 // those that still run
	closing  bool
	draining bool
	timer    *time.Timer
	tasks    sync.WaitGroup // operations and timers under way
}

func (h *Handler) serveWebSocket(ctx context.Context, w http.ResponseWriter, r *http.Request, out *reply) {
	if !h.cfg.AllowOrigin(r) {
		out.refuse(http.StatusForbidden, refuse(models.CodeForbidden, "", "the Origin of this request is not allowed here"))
		return
	}
	leaving, err := h.cfg.Gate.Socket(ctx)
	if err != nil {
		refused := h.readable(ctx, "a WebSocket could not be counted", err)
		out.refuse(statusOf(gqlerror.List{refused}), refused)
		return
	}
	s := &socket{h: h, header: r.Header, id: RequestID(ctx), running: make(map[string]*running), leaving: leaving}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.mu.Lock() // a drain waits until there is a connection to close
	if !h.streams.add(s) {
		s.mu.Unlock()
		s.cancel()
		leaving()
		out.refuse(http.StatusServiceUnavailable, shuttingDown())
		return
	}
	out.begun = true
	hijacked := &hijack{ResponseWriter: w, timeout: h.cfg.WriteTimeout}
	ws, err := websocket.Accept(hijacked, r, &websocket.AcceptOptions{
		Subprotocols:       offered(r.Header),
		InsecureSkipVerify: true, // AllowOrigin has judged
	})
	if err != nil { // and answered
		s.closing = true
		s.mu.Unlock()
		s.leave()
		return
	}
	s.ws, s.conn = ws, hijacked.conn
	s.mu.Unlock()
	go s.serve()
}

// leave is the last that happens on a connection.
func (s *socket) leave() {
	s.cancel()
	s.leaving()
	s.h.streams.remove(s)
}

// upgrades tells a WebSocket's request; other upgrades are declined by serving
// the request as it is.
func upgrades(h http.Header) bool {
	upgrade := h.Get("Upgrade")
	return upgrade != "" && strings.Contains(strings.ToLower(upgrade), "websocket")
}

// offered is the protocol that is spoken here, and behind it the one that the
// client named first: closing under its own protocol's name is the way to tell
// it 4406.
func offered(h http.Header) []string {
	names := []string{subprotocol}
	first, _, _ := strings.Cut(h.Get("Sec-WebSocket-Protocol"), ",")
	if first = strings.TrimSpace(first); first != "" {
		names = append(names, first)
	}
	return names
}

// sameOrigin allows what browsers send from the server's own pages, and
// whatever is no browser.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// serve reads until the connection ends, and returns when nothing of it runs.
func (s *socket) serve() {
	defer s.leave()
	defer s.tasks.Wait()
	defer func() {
		if panicked := recover(); panicked != nil {
			_ = s.h.recovered(s.ctx, panicked) // there is nobody to be told
		}
	}()
	defer func() {
		s.shut()
		_ = s.ws.CloseNow() // awaits a closing handshake under way
	}()
	if !strings.EqualFold(s.ws.Subprotocol(), subprotocol) {
		s.close(closeAs(codeSubprotocol))
		return
	}
	s.ws.SetReadLimit(anonymousMessage)
	s.after(s.h.cfg.InitTimeout, s.initExpired)
	for {
		if end := s.receive(); end != nil {
			s.close(end)
			return
		}
	}
}

// receive takes one message; it returns how the connection ends, if it does.
func (s *socket) receive() *closing {
	// Reads end with the connection, not with a context, which would cost
	// each read a timer.
	kind, from, err := s.ws.Reader(context.Background())
	if err != nil {
		return gone()
	}
	buf := s.h.buffers.take()
	defer buf.release()
	if err := buf.fill(from, -1); err != nil {
		if errors.Is(err, websocket.ErrMessageTooBig) {
			return closeAs(websocket.StatusMessageTooBig) // which is sent already; the peer's answer is awaited
		}
		return gone()
	}
	if kind != websocket.MessageText {
		return closeInvalid("messages must be text")
	}
	m, end := parseMessage(buf.b)
	if end != nil {
		return end
	}
	s.aside(func() { end = s.handle(m) })
	return end
}

// aside runs f on a stack of its own, and waits for it. The stacks of those who
// wait for messages stay as small as that, since they are many.
func (s *socket) aside(f func()) {
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		f()
	}()
	<-done
	if panicked != nil {
		panic(panicked)
	}
}

func (s *socket) handle(m message) *closing {
	switch m.kind {
	case "connection_init":
		return s.init(m.payload)
	case "subscribe":
		return s.subscribe(m)
	case "complete":
		s.forget(m.id)
	case "ping":
		s.write(appendPong(nil, m.payload))
	case "pong":
	default:
		return closeInvalid("no message of a client's has the type %s", shorten(m.kind))
	}
	return nil
}
