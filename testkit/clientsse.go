package testkit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// SubscribeSSE opens a subscription over server-sent events (graphql-sse,
// distinct connections). The stream ends with the test at the latest.
func (c *Client) SubscribeSSE(tb testing.TB, query string, vars Vars) (*Stream, error) {
	tb.Helper()
	body, err := marshal(request{query, vars})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(tb.Context())
	res, err := c.openSSE(ctx, body)
	if err != nil {
		cancel()
		return nil, err
	}
	s := newStream(cancel)
	lines := bufio.NewReader(res.Body)
	go func() {
		defer func() { _ = res.Body.Close() }()
		s.run(ctx, func() (*answer, error) { return nextEvent(lines) })
	}()
	tb.Cleanup(s.Close)
	return s, nil
}

func (c *Client) openSSE(ctx context.Context, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "text/event-stream")
	// Without the timeout of other requests: a stream has no end of its own.
	res, err := c.send(&http.Client{Transport: c.HTTP.Transport}, req)
	if err != nil {
		return nil, err
	}
	if kind := res.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		defer func() { _ = res.Body.Close() }()
		raw, _ := io.ReadAll(io.LimitReader(res.Body, 64<<10))
		var a answer
		if err := json.Unmarshal(raw, &a); err == nil && len(a.Errors) > 0 {
			return nil, a.Errors
		}
		return nil, fmt.Errorf("HTTP %d, %s: %.300q", res.StatusCode, kind, raw)
	}
	return res, nil
}

// nextEvent reads up to the next event; comments keep the connection alive.
func nextEvent(lines *bufio.Reader) (*answer, error) {
	kind, data := "", []byte(nil)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch {
		case len(line) > 0 && string(name) == "event":
			kind = string(value)
		case len(line) > 0 && string(name) == "data":
			if data != nil {
				data = append(data, '\n')
			}
			data = append(data, value...)
		case len(line) == 0 && kind == "complete":
			return nil, ErrCompleted
		case len(line) == 0 && kind == "next":
			var a answer
			err := json.Unmarshal(data, &a)
			return &a, err
		case len(line) == 0:
			kind, data = "", nil
		}
	}
}
