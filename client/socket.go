package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"carillon/models"
)

// subprotocol is the one that the server speaks over WebSocket.
const subprotocol = "graphql-transport-ws"

// openTime bounds the way from dialling to the server's word that it takes the
// key: one that stands still takes connections, and says nothing.
const openTime = 30 * time.Second

// frame is one message of the protocol.
type frame struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// socket is one WebSocket with one subscription. One goroutine uses it.
type socket struct {
	c  *Client
	ws *websocket.Conn
}

// open dials, and says who asks.
func (c *Client) open(ctx context.Context) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	options := &websocket.DialOptions{
		HTTPClient:   c.sockets,
		HTTPHeader:   http.Header{"User-Agent": {c.cfg.UserAgent}},
		Subprotocols: []string{subprotocol},
	}
	ws, res, err := websocket.Dial(ctx, "ws"+c.base[len("http"):]+"/graphql", options) //nolint:bodyclose // the library has read it
	if err != nil {
		if res != nil && res.StatusCode != http.StatusSwitchingProtocols {
			return nil, &Unreachable{Message: c.strangerText(res), Err: err}
		}
		return nil, c.unreachable(ctx, err)
	}
	ws.SetReadLimit(maxAnswer)
	s := &socket{c: c, ws: ws}
	if err := s.greet(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *socket) greet(ctx context.Context) error {
	if s.ws.Subprotocol() != subprotocol {
		return &Unreachable{Message: fmt.Sprintf("%s is not a Carillon server: its WebSocket does not speak %s; check the address", s.c.base, subprotocol)}
	}
	payload, err := encode(map[string]string{"Authorization": "Bearer " + s.c.cfg.Key.Reveal()})
	if err != nil {
		return err
	}
	if err := s.write(ctx, frame{Type: "connection_init", Payload: payload}); err != nil {
		return err
	}
	f, err := s.read(ctx)
	if err == nil && f.Type != "connection_ack" {
		err = fmt.Errorf("the server answered connection_init with %q", f.Type)
	}
	return err
}

// subscribe begins the subscription.
func (s *socket) subscribe(ctx context.Context, document string, variables map[string]any) error {
	payload, err := encode(request{document, variables})
	if err != nil {
		return err
	}
	return s.write(ctx, frame{Type: "subscribe", ID: "1", Payload: payload})
}

// errCompleted ends a subscription that the server has completed, as one does
// that stops.
var errCompleted = errors.New("the server ended the stream")

// next waits for the next item. A nil one is a sign of life.
func (s *socket) next(ctx context.Context) (json.RawMessage, error) {
	bounded, cancel := context.WithTimeout(ctx, s.c.cfg.Silence)
	defer cancel()
	f, err := s.read(bounded)
	if err != nil {
		if ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("nothing was heard from %s for %s", s.c.base, models.FormatDuration(s.c.cfg.Silence))
		}
		return nil, err
	}
	switch f.Type {
	case "next":
		var a answer
		if err := json.Unmarshal(f.Payload, &a); err != nil {
			return nil, fmt.Errorf("read a message of the server: %w", err)
		}
		var data struct{ Item json.RawMessage }
		err := a.read(&data)
		return data.Item, err
	case "error":
		var a answer
		if err := json.Unmarshal(f.Payload, &a.Errors); err != nil || len(a.Errors) == 0 {
			return nil, fmt.Errorf("the server refused the subscription with %.200q", f.Payload)
		}
		return nil, a.read(nil)
	case "complete":
		return nil, errCompleted
	case "ping":
		return nil, s.write(ctx, frame{Type: "pong"})
	}
	return nil, nil
}

func (s *socket) write(ctx context.Context, f frame) error {
	text, err := encode(f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	return s.explain(s.ws.Write(ctx, websocket.MessageText, text))
}

func (s *socket) read(ctx context.Context) (f frame, err error) {
	_, text, err := s.ws.Read(ctx)
	if err != nil {
		return f, s.explain(err)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("read a message of the server: %w", err)
	}
	return f, nil
}

// Close codes of the protocol that are about the key.
const (
	codeNotInit   = 4401
	codeForbidden = 4403
)

// explain says what a closed connection means.
func (s *socket) explain(err error) error {
	var closed websocket.CloseError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &closed) && (closed.Code == codeForbidden || closed.Code == codeNotInit):
		return &Refused{Code: models.CodeUnauthenticated, Message: "the server does not take this key"}
	case errors.As(err, &closed) && closed.Reason != "":
		return errors.New(closed.Reason)
	case errors.As(err, &closed), errors.Is(err, io.EOF):
		return errors.New("the server closed the connection")
	}
	return err
}

// close leaves without waiting for the server's goodbye.
func (s *socket) close() { _ = s.ws.CloseNow() }
