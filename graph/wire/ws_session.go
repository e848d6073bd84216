package wire

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/models"
)

// init takes the credential of the payload, else that of the upgrade.
func (s *socket) init(payload []byte) *closing {
	if s.begun {
		return closeAs(codeSecondInit)
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
	if credential != "" {
		leaving, err := s.h.cfg.Gate.Socket(ctx)
		if err != nil {
			return closeCrowded(s.h.readable(ctx, "a WebSocket could not be counted", err))
		}
		s.leaving() // the count of those who are not known
		s.leaving = leaving
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
	if codeOf(refused) == models.CodeRateLimited {
		return &closing{code: codeForbidden, reason: "Too many wrong keys; come again in " + retryAfter(gqlerror.List{refused}) + "s"}
	}
	return closeAs(codeForbidden)
}

// closeCrowded asks the client to come again, as clients do by themselves.
func closeCrowded(refused *gqlerror.Error) *closing {
	reason := refused.Message
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	return &closing{code: websocket.StatusTryAgainLater, reason: reason}
}

// initExpired closes a connection that did not say who it is.
func (s *socket) initExpired() {
	s.close(closeAs(codeInitTimeout))
}

// probe makes sure that the peer is there, and that its key still is good.
func (s *socket) probe() {
	s.mu.Lock()
	ctx, credential := s.ctx, s.credential
	s.mu.Unlock()
	if s.h.revoked(ctx, credential) != nil {
		s.close(closeAs(codeForbidden))
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
				_ = s.h.recovered(s.ctx, panicked) // there is nobody to be told
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

// write sends one message, in one piece. One that is not taken in time ends the
// connection.
func (s *socket) write(text []byte) bool {
	err := s.writeWhole(text)
	if err != nil {
		s.cutOff("websocket client takes no messages", err)
		return false
	}
	return true
}

func (s *socket) writeWhole(text []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	buf := s.h.buffers.take()
	defer buf.release()
	s.conn.gather(buf)
	err := s.ws.Write(context.Background(), websocket.MessageText, text)
	return errors.Join(err, s.conn.release())
}

// cutOff ends a connection that cannot be told why, unless it is ending. That
// a client has left is nothing to report.
func (s *socket) cutOff(why string, err error) {
	if !s.shut() {
		return
	}
	level := slog.LevelInfo
	if hasLeft(err) {
		level = slog.LevelDebug
	}
	s.h.cfg.Log.LogAttrs(s.ctx, level, why,
		slog.String("request_id", s.id), slog.Any("error", err))
	_ = s.ws.CloseNow()
}

// hasLeft tells a connection that was closed, by either side, from one that
// stands still.
func hasLeft(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// close ends the connection with a code, and waits a moment for the peer's.
// A closing without a code means that the peer is gone.
func (s *socket) close(end *closing) {
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

// forget ends an operation that the client has completed.
func (s *socket) forget(id string) {
	s.mu.Lock()
	op := s.running[id]
	delete(s.running, id)
	s.mu.Unlock()
	if op != nil {
		op.cancel()
	}
}

// drain ends the subscriptions, and the connection once nothing else runs.
func (s *socket) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining || s.closing {
		return
	}
	s.draining = true
	for _, op := range s.running {
		if op.long {
			op.cancel()
		}
	}
	if s.active == 0 {
		s.tasks.Add(1)
		go func() {
			defer s.tasks.Done()
			s.close(closeAs(websocket.StatusGoingAway))
		}()
	}
}

// cut ends the connection without a word, even where one is under way.
func (s *socket) cut() {
	s.shut()
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
}
