package channels

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"carillon/models"
)

// verdict is what a status means: nil for any 2xx.
func (e *endpoint) verdict(answer *http.Response, now time.Time) error {
	code := answer.StatusCode
	if code >= 200 && code <= 299 {
		return nil
	}
	v := &Error{Code: models.ErrRejected, Message: "the endpoint answered " + shownStatus(code)}
	if code == http.StatusGone {
		v.Class, v.Disable = Permanent, v.Message
		return v
	}
	v.After = RetryAfter(answer.Header.Get("Retry-After"), now)
	switch code {
	case http.StatusTooManyRequests:
		v.Class, v.Code = Throttled, models.ErrRateLimited
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		v.Class = Throttled
	}
	if location := answer.Header.Get("Location"); code >= 300 && code <= 399 && location != "" {
		v.Message += fmt.Sprintf(", a redirect to %s; redirects are not followed", e.shownLocation(location))
	}
	return v
}

// shownLocation is a redirect's target without its query, which may repeat a token.
func (e *endpoint) shownLocation(location string) string {
	to, err := url.Parse(location)
	if err != nil {
		return "a place that is not a URL"
	}
	to = e.request.URL.ResolveReference(to)
	to.User, to.RawQuery, to.ForceQuery, to.Fragment, to.RawFragment = nil, "", false, "", ""
	return cleanString(e.mask.text(to.String()), 256)
}

// failure classes an error that came in the answer's stead. ctx is the
// caller's, bounded the one that also ends with the channel's timeout.
func (e *endpoint) failure(ctx, bounded context.Context, err error) error {
	if cut := ctx.Err(); errors.Is(cut, context.Canceled) {
		return fmt.Errorf("send: %w", cut)
	}
	var blocked *BlockedError
	if errors.As(err, &blocked) {
		return e.blocked(blocked)
	}
	if errors.Is(err, errInTheClear) {
		return &Error{Code: models.ErrConfig, Message: errInTheClear.Error()}
	}
	if way := (*proxyError)(nil); errors.As(err, &way) {
		return &Error{Code: models.ErrConnect, Message: way.message}
	}
	if bounded.Err() != nil {
		return e.late(ctx, "no answer")
	}
	var name *net.DNSError
	if errors.As(err, &name) {
		return &Error{Code: models.ErrDNS, Message: shownDNS(name)}
	}
	if handshake := (*handshakeError)(nil); errors.As(err, &handshake) {
		return &Error{Code: models.ErrTLS, Message: e.shownTLS(handshake.err)}
	}
	// TLS 1.3 tells of a missing client certificate only after the handshake.
	if alert := (*net.OpError)(nil); errors.As(err, &alert) && alert.Op == "remote error" {
		return &Error{Code: models.ErrTLS, Message: e.shownTLS(alert)}
	}
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return &Error{Code: models.ErrTimeout, Message: fmt.Sprintf("no connection to %s within %s", e.hostShown, models.FormatDuration(dialTimeout))}
	}
	return &Error{Code: models.ErrConnect, Message: e.shownConnect(err)}
}

// bodyFailure classes an answer that began well and did not end.
func (e *endpoint) bodyFailure(ctx, bounded context.Context, code int, err error) error {
	if cut := ctx.Err(); errors.Is(cut, context.Canceled) {
		return fmt.Errorf("read the answer: %w", cut)
	}
	began := "the endpoint answered " + shownStatus(code)
	if bounded.Err() != nil {
		return e.late(ctx, began+", but its answer did not end")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
		return &Error{Code: models.ErrConnect, Message: began + ", but closed the connection before its answer ended"}
	}
	return &Error{Code: models.ErrConnect, Message: began + ", but its answer could not be read"}
}

func (e *endpoint) late(ctx context.Context, what string) error {
	if ctx.Err() != nil {
		return &Error{Code: models.ErrTimeout, Message: what + " in time"}
	}
	return &Error{Code: models.ErrTimeout, Message: fmt.Sprintf("%s within %s", what, models.FormatDuration(e.timeout))}
}

func (e *endpoint) blocked(b *BlockedError) error {
	message := b.Error()
	if host := e.request.URL.Hostname(); host != b.Addr.String() {
		message = host + " leads to an address that is refused: " + message
	}
	return &Error{Class: Permanent, Code: models.ErrBlockedAddress, Message: message}
}

func shownDNS(err *net.DNSError) string {
	switch {
	case err.IsNotFound:
		return fmt.Sprintf("the name %s does not exist or has no address", err.Name)
	case err.IsTimeout:
		return fmt.Sprintf("the name %s could not be looked up in time", err.Name)
	}
	return fmt.Sprintf("the name %s could not be looked up", err.Name)
}

func (e *endpoint) shownTLS(err error) string { return shownTLS(e.hostShown, &e.mask, err) }

func shownTLS(host string, m *mask, err error) string {
	var (
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		other   x509.HostnameError
		record  tls.RecordHeaderError
		timeout net.Error
	)
	switch {
	case errors.As(err, &unknown):
		return fmt.Sprintf("the certificate of %s is not signed by an authority that this server trusts", host)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("the certificate of %s has expired or is not valid yet", host)
	case errors.As(err, &other):
		return fmt.Sprintf("the certificate that %s shows is for another name", host)
	case errors.As(err, &record):
		return fmt.Sprintf("%s does not speak TLS; is its url http rather than https?", host)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("the TLS handshake with %s did not end in time", host)
	case closed(err):
		return fmt.Sprintf("%s closed the connection during the TLS handshake", host)
	}
	return fmt.Sprintf("the TLS handshake with %s failed: %s", host, cleanString(m.text(err.Error()), 200))
}

// shownConnect names causes that it knows. It repeats no other text: that
// holds parts of what the endpoint sent.
func (e *endpoint) shownConnect(err error) string {
	host := e.hostShown
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("%s refused the connection", host)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Sprintf("there is no way to reach %s from this server", host)
	case closed(err):
		return fmt.Sprintf("%s closed the connection before it answered", host)
	case strings.Contains(err.Error(), "response headers exceeded"), strings.Contains(err.Error(), "header list larger"):
		return fmt.Sprintf("the answer of %s has more than %d KiB of headers", host, maxAnswerHeaders>>10)
	case strings.Contains(err.Error(), "malformed"):
		return fmt.Sprintf("the answer of %s is not HTTP", host)
	}
	return fmt.Sprintf("the exchange with %s failed", host)
}

func closed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		strings.Contains(err.Error(), "server closed idle connection")
}
