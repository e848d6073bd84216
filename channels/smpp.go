package channels

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carillon/models"
)

// Bounds of SMPP sessions.
const (
	// smppWindow is how many messages of one session may wait for their answer:
	// what servers commonly allow.
	smppWindow = 10
	// smppEnquire is how often a session asks whether the server still lives, and
	// the measure of its idleness.
	smppEnquire     = 30 * time.Second
	smppEnquireWait = 10 * time.Second
	smppBindWait    = 10 * time.Second
	smppWriteWait   = 10 * time.Second
	smppUnbindWait  = time.Second
	smppPartPause   = time.Second
	smppReportWait  = 15 * time.Second
	// A session that nobody uses is given up after so many measures; one whose
	// receipts are awaited later.
	smppIdle, smppIdleAwaiting = 4, 120
	// smppReports is how many receipts of one session are taken at once.
	smppReports = 16
	// A server that cannot be bound to is left alone for this long, doubled up to the limit.
	smppBackoff, smppBackoffMax = time.Second, 30 * time.Second
	// smppLinks is how many accounts are remembered before those without a session are dropped.
	smppLinks = 1024
)

// smppKey is what shares a session: another password is another session. Reports
// name the origin as the channel has it.
type smppKey struct {
	tenant   models.ID
	origin   string
	password models.Secret
}

// smpp sends over SMPP 3.4. The PDUs are gosmpp's; sessions are its own, since
// the library's dial without a context and answer receipts before they are taken.
type smpp struct {
	dialer *dialer
	now    func() time.Time
	report func(ctx context.Context, r models.Report) error
	log    *slog.Logger

	// The constants of these names; tests are less patient.
	enquire, enquireWait, bindWait, partPause time.Duration

	mu       sync.Mutex
	links    map[smppKey]*smppLink
	sessions map[*smppSession]struct{}
	closed   bool
	all      sync.WaitGroup // the goroutines of all sessions
}

func newSMPP(o *SMSOptions) *smpp {
	report := o.Report
	if report == nil {
		report = func(context.Context, models.Report) error { return nil }
	}
	return &smpp{
		dialer: newSMPPDialer(o.Guard, o.RootCAs),
		now:    o.Now,
		report: report,
		log:    o.Log,
		links:  map[smppKey]*smppLink{}, sessions: map[*smppSession]struct{}{},
		enquire: smppEnquire, enquireWait: smppEnquireWait, bindWait: smppBindWait, partPause: smppPartPause,
	}
}

func newSMPPDialer(guard *Guard, roots *x509.CertPool) *dialer {
	return &dialer{
		tcp: net.Dialer{Timeout: dialTimeout, Control: guard.Control},
		tls: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
	}
}

// smppLink is the way to one account of one server, bound or not.
type smppLink struct {
	smpp    *smpp
	key     smppKey
	address string
	secure  bool
	system  string
	words   endpoint // for failures
	session atomic.Pointer[smppSession]

	turn    chan struct{} // one binds at a time; guards the rest
	failure error         // why the last bind failed
	until   time.Time     // it is not tried again before
	wait    time.Duration
}

// link is the way to a channel's account.
func (s *smpp) link(channel *models.Channel, config *models.SmsConfig) (*smppLink, error) {
	key := smppKey{tenant: channel.TenantID, origin: config.Origin(), password: config.AuthToken}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, &Error{Code: models.ErrConnect, Message: "the server stops"}
	}
	if l, ok := s.links[key]; ok {
		return l, nil
	}
	u, err := url.Parse(config.BaseURL)
	if err != nil || u.Host == "" || u.Port() == "" || u.Scheme != "smpp" && u.Scheme != "smpps" {
		return nil, &Error{Class: Permanent, Code: models.ErrConfig, Message: "the channel's baseUrl is not smpp://host:port or smpps://host:port"}
	}
	l := &smppLink{smpp: s, key: key, address: u.Host, secure: u.Scheme == "smpps", system: config.AccountID, turn: make(chan struct{}, 1)}
	l.words = endpoint{hostShown: u.Host, timeout: config.AttemptTimeout(),
		mask: newMask(config.Secrets())}
	l.words.request.URL = u
	s.sweep()
	s.links[key] = l
	return l, nil
}

// sweep drops the ways that lead nowhere any more, once there are many.
func (s *smpp) sweep() {
	if len(s.links) < smppLinks {
		return
	}
	for key, l := range s.links {
		if l.session.Load() == nil {
			delete(s.links, key)
		}
	}
}

// started takes a session in, unless the adapter is being closed.
func (s *smpp) started(session *smppSession) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.sessions[session] = struct{}{}
	s.all.Go(session.read)
	s.all.Go(session.keep)
	return true
}

func (s *smpp) ended(session *smppSession) {
	session.link.session.CompareAndSwap(session, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, session)
}

// bound is a session to send by; it binds one where there is none.
func (l *smppLink) bound(outer, ctx context.Context) (*smppSession, error) {
	if session := l.session.Load(); session != nil && session.alive() {
		return session, nil
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return nil, l.words.failure(outer, ctx, ctx.Err())
	}
	if session := l.session.Load(); session != nil && session.alive() {
		return session, nil
	}
	if wait := l.until.Sub(l.smpp.now()); l.failure != nil && wait > 0 {
		return nil, l.again(wait)
	}
	session, err := l.bind(outer, ctx)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			l.wait = min(max(2*l.wait, smppBackoff), smppBackoffMax)
			l.failure, l.until = err, l.smpp.now().Add(l.wait)
		}
		return nil, err
	}
	l.failure, l.wait = nil, 0
	return session, nil
}

// again is the last failure, while the server is left alone.
func (l *smppLink) again(wait time.Duration) error {
	e := *AsError(l.failure)
	if e.Class != Permanent {
		e.After = max(e.After, wait)
	}
	return &e
}

// close ends all sessions and waits for their goroutines.
func (s *smpp) close() {
	s.mu.Lock()
	s.closed = true
	sessions := slices.Collect(maps.Keys(s.sessions))
	s.mu.Unlock()
	var stops sync.WaitGroup
	for _, session := range sessions {
		stops.Go(session.unbind)
	}
	stops.Wait()
	s.all.Wait()
}

// submit sends the parts of the text one after the other, so that a part that
// is refused keeps the ones behind it from being sent.
func (s *smpp) submit(ctx context.Context, job *smsJob, r *models.Recipient) (smsAnswer, error) {
	if r.State == models.RecipientUnknown && job.fresh {
		// It comes up again when no other number is left to try: then a person asked for it.
		return smsAnswer{}, &Error{Class: Permanent, Code: models.ErrProvider, Message: r.Detail}
	}
	r.State, r.IDs, r.Detail = "", nil, ""
	l, err := s.link(job.message.Channel, job.config)
	if err != nil {
		return smsAnswer{}, err
	}
	parts, encoding := models.SplitSegments(job.text)
	reference := byte(rand.Uint32())
	ids := make([]string, 0, len(parts))
	for i := range parts {
		part := smppPart{
			from: job.config.From, to: r.Address, octets: parts[i].Octets, encoding: encoding,
			reference: reference, number: i + 1, of: len(parts), awaits: job.config.AwaitReceipt && !job.message.Test,
		}
		id, err := l.submit(job.outer, ctx, &part, r)
		for i > 0 && mayFollow(err, r) && s.pause(ctx) {
			id, err = l.submit(job.outer, ctx, &part, r)
		}
		if err != nil && i > 0 {
			return smsAnswer{}, partly(err, i, len(parts), ids, r)
		}
		if err != nil {
			return smsAnswer{}, err
		}
		if id != "" {
			ids = append(ids, id)
		}
	}
	r.State, r.IDs = models.RecipientTaken, ids
	return smsAnswer{body: shownOutcome(r)}, nil
}

// mayFollow says that a part was not taken and may be a little later: within
// this try, since the parts before it cannot be called back.
func mayFollow(err error, r *models.Recipient) bool {
	var e *Error
	return errors.As(err, &e) && e.Class != Permanent && r.State == ""
}

// pause waits before a part is sent again; false when the time is over.
func (s *smpp) pause(ctx context.Context) bool {
	timer := time.NewTimer(s.partPause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// partly is the end of a text whose first parts were taken: sending all of it
// again by itself would double them.
func partly(err error, taken, of int, ids []string, r *models.Recipient) error {
	e := *AsError(err)
	r.State, r.IDs = models.RecipientUnknown, ids
	e.Class, e.After = Permanent, 0
	e.Message = fmt.Sprintf("%d of %d segments were taken, then: %s", taken, of, e.Message)
	if !strings.HasSuffix(e.Message, notRepeated) {
		e.Message += notRepeated
	}
	return &e
}

// notRepeated ends the errors of what may have been sent.
const notRepeated = "; it is not repeated by itself, retryDelivery sends it again"

// submit sends one part over a session that is bound.
func (l *smppLink) submit(outer, ctx context.Context, part *smppPart, r *models.Recipient) (id string, err error) {
	session, err := l.bound(outer, ctx)
	if err != nil {
		return "", err
	}
	return session.submit(outer, ctx, part, r)
}

// check sees to it that the server can deliver the receipts that it kept.
func (s *smpp) check(ctx context.Context, m *Message, config *models.SmsConfig) ([]models.Report, error) {
	l, err := s.link(m.Channel, config)
	if err != nil {
		return nil, err
	}
	session, err := l.bound(ctx, ctx)
	if err != nil {
		return nil, err
	}
	session.use()
	return nil, nil
}
