package channels

import (
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/slack-go/slack"

	"carillon/models"
)

// SlackOptions is what a Slack adapter needs.
type SlackOptions struct {
	// Guard judges addresses; without one only public addresses are reached. The
	// host and port of API are not judged: the operator named them.
	Guard *Guard
	// API is the base address that stands in for Slack's Web API; Slack's own when
	// empty. Incoming webhooks may then be on its host too.
	API string
	// UserAgent names the sender; "Carillon" when empty.
	UserAgent string
	// IdlePerHost is how many idle connections are kept to one host. 256 when 0.
	IdlePerHost int
	// RootCAs are the authorities to trust; the system's when nil.
	RootCAs *x509.CertPool
	// Resolver looks names up; Go's own when nil.
	Resolver *net.Resolver
	// Proxy is the way out, but not to API; the direct one when nil.
	Proxy *Proxy
}

// Slack sends to Slack, by incoming webhooks and by chat.postMessage.
//
// The exchange is our own and not slack-go's client: that client keeps neither
// the headers nor the text of an answer, reads a body of any length, and builds
// its messages from types that drop what they do not know. What it knows of
// Slack's answers and blocks is used.
type Slack struct {
	guarded *HTTP // the connections to whatever the guard lets through
	own     *HTTP // those to the host that the operator named
	agent   string
	api     string
	post    *url.URL // of chat.postMessage; nil for an api that is no address
	named   string   // host and port that the operator named; empty for none
	doors   *prepared[models.SlackConfig, slackDoor]
}

// NewSlack makes the adapter for channels of kind SLACK. Close it in the end.
func NewSlack(o SlackOptions) *Slack {
	if o.UserAgent == "" {
		o.UserAgent = "Carillon"
	}
	connections := HTTPConfig{Guard: o.Guard, UserAgent: o.UserAgent, IdlePerHost: o.IdlePerHost, RootCAs: o.RootCAs, Resolver: o.Resolver, Proxy: o.Proxy}
	s := &Slack{guarded: NewHTTP(connections), agent: o.UserAgent, api: o.API}
	connections.Proxy = nil
	connections.Guard = NewGuard([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")})
	s.own = NewHTTP(connections)
	base := o.API
	if base == "" {
		base = slack.APIURL
	}
	if u, err := url.Parse(base); err == nil && u.Hostname() != "" {
		if u.Path == "" {
			u.Path = "/" // else what is joined begins without one, which HTTP/2 refuses
		}
		s.post = u.JoinPath("chat.postMessage")
		s.post.User = nil
		if o.API != "" {
			s.named = hostPort(u)
		}
	}
	s.doors = newPrepared(s.newDoor)
	return s
}

// NewConfig is an empty models.SlackConfig.
func (s *Slack) NewConfig() models.ChannelConfig { return new(models.SlackConfig) }

// Close closes the connections that are idle; call it when nothing is under way.
func (s *Slack) Close() {
	s.guarded.Close()
	s.own.Close()
}

// Send makes one try, which the channel's timeout bounds. An error is an *Error,
// but where ctx was canceled: then it wraps context.Canceled, and what became of
// the message is not known. A message whose thread is gone begins a new one. The
// channel's configuration must not be changed after its first use.
func (s *Slack) Send(ctx context.Context, m Message) (Receipt, error) {
	config, ok := m.Channel.Config.(*models.SlackConfig)
	if !ok || config == nil {
		return Receipt{}, &Error{Class: Permanent, Code: models.ErrConfig, Message: "the channel has no Slack configuration"}
	}
	d, err := s.doors.of(config)
	if err != nil {
		return Receipt{Target: config.Target()}, err
	}
	receipt := Receipt{Target: d.target}
	thread := m.Thread
	if !d.threads {
		thread = ""
	}
	body, err := d.compose(m.Content.Body, thread)
	if err != nil {
		return receipt, err
	}
	bounded, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	exchange := slackExchange{ctx: ctx, bounded: bounded, now: m.Time, door: d, receipt: &receipt}
	answer, err := exchange.run(body)
	if thread != "" && answer.threadGone() {
		thread = ""
		if body, err = d.compose(m.Content.Body, thread); err == nil {
			answer, err = exchange.run(body)
		}
	}
	if err == nil && d.threads && thread == "" {
		receipt.Thread = answer.ts
	}
	return receipt, err
}

// slackExchange is a request and its answer, within one try.
type slackExchange struct {
	ctx, bounded context.Context
	now          time.Time
	door         *slackDoor
	receipt      *Receipt // of the request that was made last
}

func (x *slackExchange) run(body []byte) (slackAnswer, error) {
	d, r := x.door, x.receipt
	*r = Receipt{Target: d.target, RequestHeaders: d.record, RequestBody: d.mask.text(string(body))}
	request := d.request.WithContext(x.bounded)
	setBody(request, body)
	answer, err := d.via.transport.RoundTrip(request)
	if err != nil {
		return slackAnswer{}, d.failure(x.ctx, x.bounded, err)
	}
	defer answer.Body.Close()
	code := answer.StatusCode // a copy: the receipt outlives the answer
	r.ResponseCode = &code
	r.ResponseHeaders = d.recordHeaders(answer.Header)
	text, broken := d.via.readBody(answer.Body, &d.mask)
	r.ResponseBody = &text
	read := readSlackAnswer(text, !d.bot)
	if broken != nil && code >= 200 && code <= 299 && !read.known {
		return read, d.bodyFailure(x.ctx, x.bounded, code, broken)
	}
	err = d.slackVerdict(answer, &read, x.now)
	return read, err
}

// hostPort is the host and the port of a URL, for comparing.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// postTo is a request without a body and a context; its header is shared by all.
func postTo(to *url.URL, header http.Header) http.Request {
	return http.Request{
		Method: http.MethodPost, URL: to, Host: to.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}
