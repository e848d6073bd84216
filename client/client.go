// Package client speaks to a running server as any client would: GraphQL by
// POST, and subscriptions over graphql-transport-ws that go on where they were.
// It owns the operations of the command line and the errors that a person can
// act on. It knows models alone; it prints nothing and asks for no setting.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"carillon/models"
)

// Config says which server to speak to, and as whom. Zero fields take the defaults.
type Config struct {
	URL string // http://127.0.0.1:8080, with or without /graphql
	Key models.Secret
	// UserAgent names the program; "Carillon" when empty.
	UserAgent string
	// Timeout bounds one request; 90s. A database that is away holds publishers
	// up for a minute.
	Timeout time.Duration
	// Backoff is the first wait before a lost stream is opened again; 500ms. It
	// doubles up to 15s, and is drawn anew each time between its half and itself.
	Backoff time.Duration
	// Silence is how long a stream may be quiet before it counts as lost; 80s. The
	// server says something every 25s.
	Silence time.Duration
}

// Client is safe for concurrent use. Close it in the end.
type Client struct {
	cfg      Config
	base     string // without a slash at the end
	transfer *http.Transport
	posts    *http.Client
	sockets  *http.Client // without a bound on the whole exchange
}

// maxAnswer bounds what is read of one answer or message: more than a page of
// events with the largest data that a server may be set to take.
const maxAnswer = 256 << 20

const dialTimeout = 10 * time.Second

// New makes a client. It reaches nobody yet; an address that cannot be one is an error.
func New(cfg Config) (*Client, error) {
	base, err := parseBase(cfg.URL)
	if err != nil {
		return nil, err
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "Carillon"
	}
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{{&cfg.Timeout, 90 * time.Second}, {&cfg.Backoff, 500 * time.Millisecond}, {&cfg.Silence, 80 * time.Second}} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
	c := &Client{cfg: cfg, base: base, transfer: newTransport()}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.posts = &http.Client{Transport: c.transfer, Timeout: cfg.Timeout, CheckRedirect: stay}
	c.sockets = &http.Client{Transport: c.transfer, CheckRedirect: stay}
	return c, nil
}

// Close ends the connections that are idle.
func (c *Client) Close() { c.transfer.CloseIdleConnections() }

// URL is the server's address, without a slash at the end.
func (c *Client) URL() string { return c.base }

// parseBase takes the address of a server, or of its /graphql. What it refuses
// it does not repeat, since a password may stand in it.
func parseBase(address string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("is not an address such as http://127.0.0.1:8080")
	case u.User != nil:
		return "", fmt.Errorf("holds a user or a password; give the address alone, such as https://%s", u.Host)
	case u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("goes on behind the path; give the address alone, such as %s://%s", u.Scheme, u.Host)
	}
	path := strings.TrimSuffix(strings.TrimRight(u.EscapedPath(), "/"), "/graphql")
	return u.Scheme + "://" + u.Host + strings.TrimRight(path, "/"), nil
}

type request struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables,omitempty"`
}

type answer struct {
	Data   json.RawMessage `json:"data"`
	Errors []answerError   `json:"errors"`
}

// do runs a query or a mutation and reads its data into out.
func (c *Client) do(ctx context.Context, document string, variables map[string]any, out any) error {
	body, err := encode(request{document, variables})
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/graphql", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json, application/json")
	r.Header.Set("User-Agent", c.cfg.UserAgent)
	r.Header.Set("Authorization", "Bearer "+c.cfg.Key.Reveal())
	res, err := c.posts.Do(r)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return c.unreachable(ctx, err)
	}
	if len(text) > maxAnswer {
		return fmt.Errorf("the answer of %s has more than %d MiB; ask for less at once", c.base, maxAnswer>>20)
	}
	var a answer
	if json.Unmarshal(text, &a) != nil || len(a.Errors) == 0 && (len(a.Data) == 0 || string(a.Data) == "null") {
		return c.stranger(res, text)
	}
	return a.read(out)
}

// read is the first of the answer's errors, or fills out.
func (a *answer) read(out any) error {
	if len(a.Errors) > 0 {
		return a.Errors[0].refused(len(a.Errors) - 1)
	}
	if err := json.Unmarshal(a.Data, out); err != nil {
		return fmt.Errorf("the server's answer is not what this version expects: %w", err)
	}
	return nil
}

// encode is json.Marshal without escapes for HTML: data go as they were given.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
