package channels

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"os"

	"carillon/models"
)

// EmailOptions is what an email adapter needs.
type EmailOptions struct {
	// Guard judges the addresses of channels' own servers; without one only public
	// addresses are reached.
	Guard *Guard
	// Relay is the server for channels without their own, as CheckRelay takes it;
	// empty for none. The operator chose it, so the guard does not judge it.
	Relay string
	// RootCAs are the authorities to trust; the system's when nil.
	RootCAs *x509.CertPool
	// Hello is the name by which servers are greeted; the machine's when empty.
	Hello string
	// IdlePerServer is how many idle connections are kept to one login at one
	// server; 64 when 0.
	IdlePerServer int
	// Resolver looks names up; Go's own when nil.
	Resolver *net.Resolver
}

// Email sends through SMTP servers: each channel's own, or the server-wide one.
type Email struct {
	relay  *smtpServer // nil for none
	dial   *smtpDialer
	pool   *smtpPool
	routes *prepared[models.EmailConfig, emailRoute]
}

// NewEmail makes the adapter for channels of kind EMAIL. Close it in the end. It
// fails for a relay that cannot be; the error holds no part of its URL.
func NewEmail(o EmailOptions) (*Email, error) {
	if o.Guard == nil {
		o.Guard = NewGuard(nil)
	}
	if o.Hello == "" {
		o.Hello, _ = os.Hostname() // a machine without a name is localhost
	}
	if !helloName(o.Hello) {
		o.Hello = "localhost"
	}
	if o.IdlePerServer <= 0 {
		o.IdlePerServer = defaultIdlePerServer
	}
	e := &Email{dial: &smtpDialer{guard: o.Guard, roots: o.RootCAs, hello: o.Hello, resolver: o.Resolver}}
	if o.Relay != "" {
		relay, err := parseRelay(o.Relay)
		if err != nil {
			return nil, err
		}
		e.relay = relay
	}
	e.pool = newSmtpPool(o.IdlePerServer)
	e.routes = newPrepared(func(config *models.EmailConfig) (*emailRoute, error) { return newEmailRoute(config, e.relay) })
	return e, nil
}

// NewConfig is an empty models.EmailConfig.
func (e *Email) NewConfig() models.ChannelConfig { return new(models.EmailConfig) }

// Close takes leave of the servers whose connections are idle; call it when
// nothing is under way.
func (e *Email) Close() { e.pool.close() }

// Send makes one try for all recipients that neither have the message nor
// refused it for good. The configuration's timeout bounds it. An error is an
// *Error, but where ctx was canceled: then it wraps context.Canceled, and what
// became of the message is not known. The channel's configuration must not be
// changed after its first use.
func (e *Email) Send(ctx context.Context, m Message) (Receipt, error) {
	config, ok := m.Channel.Config.(*models.EmailConfig)
	if !ok || config == nil {
		return Receipt{}, &Error{Class: Permanent, Code: models.ErrConfig, Message: "the channel has no email configuration"}
	}
	receipt := Receipt{Target: config.Target(), Progress: m.Progress}
	r, err := e.routes.of(config)
	if err != nil {
		return receipt, err
	}
	letter, err := r.compose(&m)
	receipt.RequestHeaders, receipt.RequestBody = letter.record, letter.shown
	if err != nil {
		return receipt, err
	}
	state := r.begin(m.Progress)
	if len(state.pending) == 0 {
		return receipt, state.verdict(nil)
	}
	bounded, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	failure := e.hand(bounded, r, state, letter)
	if cut := ctx.Err(); errors.Is(cut, context.Canceled) && failure != nil {
		return receipt, &canceledError{cut}
	}
	if refused := (*refusal)(nil); errors.As(failure, &refused) && refused.step != stepTo {
		state.note(refused.step, refused.reply)
	}
	state.fill(&receipt)
	return receipt, state.verdict(r.failure(ctx, bounded, state, failure))
}

// canceledError says that a stop cut a try short.
type canceledError struct{ err error }

func (e *canceledError) Error() string { return "send: " + e.err.Error() }
func (e *canceledError) Unwrap() error { return e.err }

// hand brings the letter to the server, over a kept connection if there is one.
// A server may have closed that in the meantime; then a new one is made, once.
func (e *Email) hand(ctx context.Context, r *emailRoute, state *handover, l letter) error {
	if s := e.pool.take(r.server.key); s != nil {
		err := e.use(ctx, s, r, state, l)
		if err == nil || !s.stale || ctx.Err() != nil {
			return err
		}
		state.forget()
	}
	s, err := e.dial.open(ctx, r.server)
	if err != nil {
		return err
	}
	return e.use(ctx, s, r, state, l)
}

// use sends over the session and gives it back to the pool where it is still good.
func (e *Email) use(ctx context.Context, s *smtpSession, r *emailRoute, state *handover, l letter) error {
	release := s.bind(ctx)
	err := s.deliver(r.from.Address, state, l.body)
	if release() && s.good() {
		e.pool.put(s)
	} else {
		s.drop()
	}
	return err
}
