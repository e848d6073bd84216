package testkit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// frame is one message of graphql-transport-ws.
type frame struct {
	Type    string          `json:"type"`
	ID      string          `json:"id,omitempty"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// maxFrame bounds a message from the server.
const maxFrame = 8 << 20

// Subscribe opens a WebSocket and one subscription on it. The stream ends with
// the test at the latest. It returns once the server took the connection; what
// it says of the operation comes with Next.
func (c *Client) Subscribe(tb testing.TB, query string, vars Vars) (*Stream, error) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	ws, err := c.open(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	s := newStream(cancel)
	s.hangUp = func() { _ = ws.Close(websocket.StatusNormalClosure, "") }
	payload, err := marshal(request{query, vars})
	if err == nil {
		err = write(ctx, ws, frame{Type: "subscribe", ID: "1", Payload: payload})
	}
	if err != nil {
		_ = ws.CloseNow()
		cancel()
		return nil, err
	}
	go s.run(ctx, func() (*answer, error) { return nextAnswer(ctx, ws) })
	tb.Cleanup(s.Close)
	return s, nil
}

// openTime bounds the opening of a WebSocket: a server that stands still takes
// connections, and says nothing.
const openTime = 10 * time.Second

// open dials and goes through connection_init.
func (c *Client) open(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	url := "ws" + strings.TrimPrefix(c.URL, "http")
	ws, res, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		if res != nil {
			return nil, fmt.Errorf("open a WebSocket: HTTP %d: %w", res.StatusCode, err)
		}
		return nil, fmt.Errorf("open a WebSocket: %w", err)
	}
	ws.SetReadLimit(maxFrame)
	hello := frame{Type: "connection_init"}
	if c.Key != "" {
		hello.Payload = json.RawMessage(`{"Authorization":"Bearer ` + c.Key + `"}`)
	}
	if err = write(ctx, ws, hello); err == nil {
		var f frame
		if f, err = read(ctx, ws); err == nil && f.Type != "connection_ack" {
			err = fmt.Errorf("the server answered connection_init with %q", f.Type)
		}
	}
	if err != nil {
		_ = ws.CloseNow()
		return nil, err
	}
	return ws, nil
}

func nextAnswer(ctx context.Context, ws *websocket.Conn) (*answer, error) {
	for {
		f, err := read(ctx, ws)
		if err != nil {
			return nil, err
		}
		switch f.Type {
		case "next":
			var a answer
			err := json.Unmarshal(f.Payload, &a)
			return &a, err
		case "error":
			var a answer
			if err := json.Unmarshal(f.Payload, &a.Errors); err != nil {
				return nil, err
			}
			return &a, nil
		case "complete":
			return nil, ErrCompleted
		case "ping":
			if err := write(ctx, ws, frame{Type: "pong"}); err != nil {
				return nil, err
			}
		case "pong":
		default:
			return nil, fmt.Errorf("the server sent a message of type %q", f.Type)
		}
	}
}

func write(ctx context.Context, ws *websocket.Conn, f frame) error {
	text, err := marshal(f)
	if err != nil {
		return err
	}
	return ws.Write(ctx, websocket.MessageText, text)
}

func read(ctx context.Context, ws *websocket.Conn) (f frame, err error) {
	_, text, err := ws.Read(ctx)
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(text, &f)
}
