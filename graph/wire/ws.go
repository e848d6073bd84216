package wire

import (
	"context"
	"errors"
	"log/slog"
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
// up its own operations and nobody else's.
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
	s := &socket{h: h, header: r.Header, id: RequestID(ctx), running: make(map[string]*running)}
	s.ctx, s.cancel = context.WithCancel(ctx)
	defer s.cancel()
	s.mu.Lock() // a drain waits until there is a connection to close
	if !h.streams.add(s) {
		s.mu.Unlock()
		out.refuse(http.StatusServiceUnavailable, shuttingDown())
		return
	}
	defer h.streams.remove(s)
	out.begun = true
	hijacked := &hijack{ResponseWriter: w, timeout: h.cfg.WriteTimeout}
	ws, err := websocket.Accept(hijacked, r, &websocket.AcceptOptions{
		Subprotocols:       offered(r.Header),
		InsecureSkipVerify: true, // AllowOrigin has judged
	})
	if err != nil { // and answered
		s.closing = true
		s.mu.Unlock()
		return
	}
	s.ws, s.conn = ws, hijacked.conn
	s.mu.Unlock()
	s.serve()
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
	defer s.tasks.Wait()
	defer func() {
		s.shut()
		_ = s.ws.CloseNow() // awaits a closing handshake under way
	}()
	if !strings.EqualFold(s.ws.Subprotocol(), subprotocol) {
		s.close(closeSubprotocol)
		return
	}
	s.ws.SetReadLimit(anonymousMessage)
	s.after(s.h.cfg.InitTimeout, s.initExpired)
	for {
		if end := s.receive(); end != nil {
			s.close(*end)
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
		return &closing{}
	}
	buf := takeBuffer()
	defer buf.release()
	if err := buf.fill(from, -1); err != nil {
		if errors.Is(err, websocket.ErrMessageTooBig) {
			return &closeTooBig // which is sent already; the peer's answer is awaited
		}
		return &closing{}
	}
	if kind != websocket.MessageText {
		return closeInvalid("messages must be text")
	}
	m, end := parseMessage(buf.b)
	if end != nil {
		return end
	}
	return s.handle(m)
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

// init takes the credential of the payload, else that of the upgrade.
func (s *socket) init(payload []byte) *closing {
	if s.begun {
		return &closeSecondInit
	}
	s.begun = true
	credential, end := initCredential(payload)
	if end != nil {
		return end
	}
	if credential == "" {
		credential = s.header.Get("Authorization")
	}
	ctx, refused := s.h.authenticate(s.ctx, credential)
	if refused != nil {
		return closeRefused(refused)
	}
	s.mu.Lock()
	s.ctx, s.acked, s.credential = ctx, true, credential
	s.mu.Unlock()
	if credential != "" || s.h.cfg.Authenticate == nil {
		s.ws.SetReadLimit(s.h.cfg.MaxMessage)
	}
	s.write([]byte(`{"type":"connection_ack"}`))
	s.after(s.h.cfg.Ping, s.probe)
	return nil
}

func closeRefused(refused *gqlerror.Error) *closing {
	if statusOf(gqlerror.List{refused}) == http.StatusInternalServerError {
		return &closing{code: codeInternal, reason: shorten(refused.Message)}
	}
	return &closing{code: codeForbidden, reason: "Forbidden"}
}

// initExpired closes a connection that did not say who it is.
func (s *socket) initExpired() {
	s.close(closeInitTimeout)
}

// probe makes sure that the peer is there, and that its key still is good.
func (s *socket) probe() {
	s.mu.Lock()
	ctx, credential := s.ctx, s.credential
	s.mu.Unlock()
	if s.h.revoked(ctx, credential) {
		s.close(closing{code: codeForbidden, reason: "Forbidden"})
		return
	}
	// The protocol's own ping is for the client to see; the frame's is
	// answered by every WebSocket library, whatever the client knows.
	s.write([]byte(`{"type":"ping"}`))
	// Not the connection's context: its end would cut a closing handshake off.
	ctx, cancel := context.WithTimeout(context.Background(), s.h.cfg.Ping)
	defer cancel()
	if err := s.ws.Ping(ctx); err != nil {
		s.cutOff("websocket peer does not answer", err)
		return
	}
	s.after(s.h.cfg.Ping, s.probe)
}

// after runs f once, unless the connection ends before.
func (s *socket) after(wait time.Duration, f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.timer = time.AfterFunc(wait, func() {
		if !s.begin() {
			return
		}
		defer s.tasks.Done()
		defer func() {
			if panicked := recover(); panicked != nil {
				s.h.recovered(s.ctx, panicked)
				s.cut()
			}
		}()
		f()
	})
}

// begin counts a task in, unless the connection is ending.
func (s *socket) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.tasks.Add(1)
	return true
}

// write sends one message. One that is not taken in time ends the connection.
func (s *socket) write(text []byte) bool {
	err := s.ws.Write(context.Background(), websocket.MessageText, text)
	if err != nil {
		s.cutOff("websocket client takes no messages", err)
		return false
	}
	return true
}

// cutOff ends a connection that cannot be told why, unless it is ending.
func (s *socket) cutOff(why string, err error) {
	if !s.shut() {
		return
	}
	s.h.cfg.Log.LogAttrs(s.ctx, slog.LevelInfo, why,
		slog.String("request_id", s.id), slog.Any("error", err))
	_ = s.ws.CloseNow()
}

// close ends the connection with a code, and waits a moment for the peer's.
// A closing without a code means that the peer is gone.
func (s *socket) close(end closing) {
	if !s.shut() {
		return
	}
	if end.code == 0 {
		_ = s.ws.CloseNow()
		return
	}
	_ = s.ws.Close(end.code, end.reason)
}

// shut stops whatever runs on the connection; only the first call reports true.
func (s *socket) shut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.closing = true
	if s.timer != nil {
		s.timer.Stop()
	}
	s.cancel()
	return true
}
