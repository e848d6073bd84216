package testkit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Client speaks GraphQL to a server as any client would: over HTTP, WebSocket
// and server-sent events.
type Client struct {
	URL  string // of /graphql
	Key  string // empty for nobody
	HTTP *http.Client
}

// NewClient makes a client for the server at base, such as http://127.0.0.1:8080.
// Its connections are closed with the test.
func NewClient(tb testing.TB, base, key string) *Client {
	tb.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 128}
	tb.Cleanup(transport.CloseIdleConnections)
	return &Client{
		URL: strings.TrimSuffix(base, "/") + "/graphql", Key: key,
		HTTP: &http.Client{Transport: transport, Timeout: time.Minute},
	}
}

// WithKey is the same client with another key.
func (c *Client) WithKey(key string) *Client {
	other := *c
	other.Key = key
	return &other
}

// Error is one error of a GraphQL answer.
type Error struct {
	Message    string `json:"message"`
	Path       []any  `json:"path"`
	Extensions struct {
		Code       string  `json:"code"`
		Field      string  `json:"field"`
		RetryAfter float64 `json:"retryAfter"`
		RequestID  string  `json:"requestId"`
	} `json:"extensions"`
}

// Errors is the errors of an answer, at least one.
type Errors []Error

func (e Errors) Error() string {
	texts := make([]string, len(e))
	for i, one := range e {
		texts[i] = one.Extensions.Code + " " + one.Extensions.Field + ": " + one.Message
	}
	return strings.Join(texts, "; ")
}

// Refusal is the first error that the server answered with; ok is false when
// err is something else, such as a broken connection.
func Refusal(err error) (first Error, ok bool) {
	var errs Errors
	if errors.As(err, &errs) && len(errs) > 0 {
		return errs[0], true
	}
	return Error{}, false
}

// Vars are the variables of an operation. A json.RawMessage goes as it is.
type Vars map[string]any

type request struct {
	Query     string `json:"query"`
	Variables Vars   `json:"variables,omitempty"`
}

type answer struct {
	Data   json.RawMessage `json:"data"`
	Errors Errors          `json:"errors"`
}

// result fills out, a pointer or nil, and is an Errors if there are some.
func (a *answer) result(out any) error {
	if len(a.Errors) > 0 {
		return a.Errors
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		return fmt.Errorf("read the data of the answer: %w", err)
	}
	return nil
}

// Do runs a query or a mutation and decodes its data into out.
func (c *Client) Do(ctx context.Context, query string, vars Vars, out any) error {
	body, err := marshal(request{query, vars})
	if err != nil {
		return err
	}
	status, raw, err := c.Post(ctx, body)
	if err != nil {
		return err
	}
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return fmt.Errorf("HTTP %d with a body that is no GraphQL answer: %.300q", status, raw)
	}
	if a.Data == nil && len(a.Errors) == 0 {
		return fmt.Errorf("HTTP %d with neither data nor errors: %.300q", status, raw)
	}
	return a.result(out)
}

// Post sends a body as it is, and gives back what came.
func (c *Client) Post(ctx context.Context, body []byte) (status int, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Accept", "application/graphql-response+json, application/json")
	res, err := c.send(c.HTTP, req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

func (c *Client) send(via *http.Client, req *http.Request) (*http.Response, error) {
	req.Header.Set("Content-Type", "application/json")
	if c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.Key)
	}
	return via.Do(req)
}

// marshal keeps <, > and & as they are, as JavaScript clients do.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return buf.Bytes(), err
}
