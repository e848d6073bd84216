package channels

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twilio/twilio-go/client"

	"carillon/models"
)

// Bounds of Twilio's answers.
const (
	maxMessageAnswer = 64 << 10
	maxListAnswer    = 4 << 20
)

// twilioCall carries one request of twilio-go. The library's own client knows no
// context, reads answers without a bound and shows errors of its own, so that
// this one stands in its place; it is used once.
type twilioCall struct {
	twilio  *twilio
	ctx     context.Context
	account *twilioAccount
	limit   int64

	connected atomic.Bool // there was a connection to write to
	failure   error       // no whole answer came
	status    int
	header    http.Header
	body      []byte
	cut       bool // the answer is longer than the limit
}

var errNotTwilio = errors.New("the request does not go to Twilio's API")

// SendRequest is what twilio-go calls.
func (c *twilioCall) SendRequest(method, rawURL string, data url.Values, _ map[string]any, _ ...byte) (*http.Response, error) {
	path, ok := strings.CutPrefix(rawURL, twilioAPI)
	if !ok {
		c.failure = errNotTwilio
		return nil, c.failure
	}
	target, form := c.account.base+path, data.Encode()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form)
	} else if form != "" {
		target += "?" + form
	}
	ctx := httptrace.WithClientTrace(c.ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { c.connected.Store(true) }})
	request, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		c.failure = errNotTwilio
		return nil, c.failure
	}
	request.SetBasicAuth(c.account.sid, c.account.token)
	request.Header.Set("User-Agent", c.twilio.userAgent)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	// A transport follows no redirects.
	answer, err := c.twilio.transport.RoundTrip(request)
	if err != nil {
		c.failure = err
		return nil, err
	}
	defer answer.Body.Close()
	c.status, c.header = answer.StatusCode, answer.Header
	c.body, err = io.ReadAll(io.LimitReader(answer.Body, c.limit+1))
	if int64(len(c.body)) > c.limit {
		c.body, c.cut = c.body[:c.limit], true
	}
	if err != nil && c.status <= 299 {
		c.failure = err
		return nil, err
	}
	if c.status < 200 || c.status > 299 {
		return nil, fmt.Errorf("status %d", c.status)
	}
	return &http.Response{StatusCode: c.status, Header: c.header, Body: io.NopCloser(bytes.NewReader(c.body)), Request: request}, nil
}

// answer is the record of the call.
func (c *twilioCall) answer() smsAnswer {
	if c.status == 0 {
		return smsAnswer{}
	}
	code := c.status
	kept := bytes.Clone(c.body[:min(len(c.body), maxAnswerRead)])
	c.account.mask.hide(kept)
	return smsAnswer{code: &code, body: cleanText(kept, models.MaxResponseBody)}
}

// AccountSid is part of twilio-go's interface, as are the ones below.
func (c *twilioCall) AccountSid() string { return c.account.sid }

// SetTimeout does nothing: the context bounds the call.
func (c *twilioCall) SetTimeout(time.Duration) {}

// SetOauth does nothing: calls authenticate by the account's token.
func (c *twilioCall) SetOauth(client.OAuth) {}

// OAuth is nil.
func (c *twilioCall) OAuth() client.OAuth { return nil }
