package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"carillon/models"
)

// Refused is an error that the server answered with.
type Refused struct {
	Code       models.Code // empty where the server gave none
	Field      string      // the dotted path of the input field; empty for none
	Message    string
	RetryAfter time.Duration // for RATE_LIMITED
	More       int           // errors beside this one
}

func (e *Refused) Error() string {
	text := e.Message
	if e.Field != "" && !strings.HasPrefix(text, e.Field) {
		text = e.Field + ": " + text
	}
	if e.Code != "" {
		text = string(e.Code) + ": " + text
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(" (try again in %s)", models.FormatDuration(e.RetryAfter))
	}
	if e.More > 0 {
		text += fmt.Sprintf(" (and %d more)", e.More)
	}
	return text
}

// Unreachable says that there is no server at the address, or not one of ours.
type Unreachable struct {
	Message string
	Err     error // may be nil
}

func (e *Unreachable) Error() string { return e.Message }
func (e *Unreachable) Unwrap() error { return e.Err }

// answerError is one entry of an answer's errors.
type answerError struct {
	Message    string `json:"message"`
	Extensions struct {
		Code       models.Code `json:"code"`
		Field      string      `json:"field"`
		RetryAfter float64     `json:"retryAfter"`
	} `json:"extensions"`
}

func (e *answerError) refused(more int) *Refused {
	x := e.Extensions
	return &Refused{
		Code: x.Code, Field: x.Field, Message: e.Message, More: more,
		RetryAfter: time.Duration(x.RetryAfter * float64(time.Second)),
	}
}

// unreachable puts what kept the request from being answered into one line.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	var (
		outer   *url.Error
		record  tls.RecordHeaderError
		cert    *tls.CertificateVerificationError
		alert   tls.AlertError
		unknown *net.DNSError
		timeout interface{ Timeout() bool }
	)
	if errors.As(err, &outer) {
		err = outer.Err
	}
	text := ""
	switch {
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		text = fmt.Sprintf("%s does not speak TLS; give an address with http://", c.base)
	case errors.As(err, &cert):
		text = fmt.Sprintf("the TLS certificate of %s is not trusted: %v", c.base, cert.Err)
	case errors.As(err, &alert):
		text = fmt.Sprintf("TLS with %s failed: %v", c.base, err)
	case errors.As(err, &unknown) && unknown.IsNotFound:
		text = fmt.Sprintf("there is no host %s; check the address %s", unknown.Name, c.base)
	case errors.Is(err, syscall.ECONNREFUSED):
		text = fmt.Sprintf("no server answers at %s: connection refused; carillon serve starts one", c.base)
	case errors.As(err, &timeout) && timeout.Timeout():
		text = fmt.Sprintf("%s gave no answer in time", c.base)
	default:
		text = fmt.Sprintf("no answer from %s: %v", c.base, err)
	}
	return &Unreachable{Message: text, Err: err}
}

// stranger is about an answer that is no GraphQL.
func (c *Client) stranger(res *http.Response, body []byte) error {
	if bytes.Contains(body, []byte("HTTP request to an HTTPS server")) {
		return &Unreachable{Message: fmt.Sprintf("%s speaks TLS; give an address with https://", c.base)}
	}
	return &Unreachable{Message: c.strangerText(res)}
}

func (c *Client) strangerText(res *http.Response) string {
	status := fmt.Sprintf("HTTP %d", res.StatusCode)
	switch code := res.StatusCode; {
	case code >= 300 && code < 400:
		where := ""
		if to, err := res.Location(); err == nil {
			where = " to " + strings.TrimSuffix(to.Redacted(), "/graphql")
		}
		return fmt.Sprintf("%s redirects%s (%s); give the address that it leads to", c.base, where, status)
	case code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return fmt.Sprintf("%s answers %s: the server behind it is away", c.base, status)
	}
	return fmt.Sprintf("%s is not a Carillon server: it answers %s/graphql with %s; check the address", c.base, c.base, status)
}
