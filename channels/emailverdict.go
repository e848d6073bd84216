package channels

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"syscall"

	"carillon/models"
)

// failure classes what kept a message from being handed over. ctx is the
// caller's, bounded the one that also ends with the channel's timeout.
func (r *emailRoute) failure(ctx, bounded context.Context, state *handover, err error) *Error {
	if err == nil {
		return nil
	}
	var (
		refused *refusal
		broke   *stepError
	)
	if errors.As(err, &refused) {
		return r.refused(refused)
	}
	step := stepConnect
	if errors.As(err, &broke) {
		step = broke.step
	}
	if e := r.notConnected(err); e != nil {
		return e
	}
	if e := r.unprotected(err); e != nil {
		return e
	}
	if e := r.notLoggedIn(err); e != nil {
		return e
	}
	e := r.broken(ctx, bounded, step, err)
	if state.unsure {
		e.Message += "; it may have the message, and is given it again under the same Message-ID, by which receivers can drop the double"
	}
	return e
}

// asksLogin says that a server wants a login first, or another one.
func asksLogin(code int) bool { return code == 530 || code == 534 || code == 535 || code == 538 }

// refused is what an answer means: 4yz for now, 5yz for good.
func (r *emailRoute) refused(f *refusal) *Error {
	code := f.reply.code
	e := &Error{Code: models.ErrRejected, Message: fmt.Sprintf("%s answered %s with %s", r.shownServer(), f.step, r.clean(f.reply.String(), maxDetail))}
	switch {
	case code == 421:
		// The server closes the connection, as it does when it is overloaded or goes
		// down. That is HTTP's 503: everything for the channel waits.
		e.Class = Throttled
	case f.step == stepStartTLS:
		e.Code = models.ErrTLS
	case code/100 == 5 && f.step == stepLogin, asksLogin(code):
		return r.wrongLogin(e.Message)
	case code/100 == 5:
		e.Class = Permanent
	}
	return e
}

// wrongLogin is the channel's fault where the server is its own. The server-wide
// one is the operator's to mend, and no channel is disabled for it.
func (r *emailRoute) wrongLogin(message string) *Error {
	e := &Error{Code: models.ErrConfig, Message: message}
	if r.server.relay {
		e.Message += "; the login of " + RelaySetting + " is to be mended by the operator"
		return e
	}
	e.Class, e.Disable = Permanent, message
	return e
}

func (r *emailRoute) notLoggedIn(err error) *Error {
	switch {
	case errors.Is(err, errNoMechanism):
		return r.wrongLogin(fmt.Sprintf("%s offers no way to log in that is known here; those are %s", r.shownServer(), strings.Join(mechanisms(), ", ")))
	case errors.Is(err, errChallenge):
		return &Error{Code: models.ErrProvider, Message: r.shownServer() + " did not log in by the rules of the way that it offers"}
	}
	return nil
}

func (r *emailRoute) notConnected(err error) *Error {
	var (
		blocked *BlockedError
		public  *ClearError
		name    *net.DNSError
	)
	switch {
	case errors.As(err, &blocked):
		message := blocked.Error()
		if r.server.host != blocked.Addr.String() {
			message = r.server.host + " leads to an address that is refused: " + message
		}
		return &Error{Class: Permanent, Code: models.ErrBlockedAddress, Message: message}
	case errors.As(err, &public):
		if r.server.relay {
			return &Error{Code: models.ErrConfig, Message: public.Error() + "; " + RelaySetting + " is to be mended by the operator"}
		}
		return &Error{Class: Permanent, Code: models.ErrConfig, Message: public.Error()}
	case errors.As(err, &name):
		return &Error{Code: models.ErrDNS, Message: shownDNS(name)}
	}
	return nil
}

// unprotected are the failures of TLS. Nothing was sent in the clear.
func (r *emailRoute) unprotected(err error) *Error {
	var (
		handshake *handshakeError
		record    tls.RecordHeaderError
	)
	host := r.shownServer()
	switch {
	case errors.Is(err, errNoStartTLS):
		return &Error{Code: models.ErrTLS, Message: host + " does not offer STARTTLS, and nothing is sent in the clear; is its tls IMPLICIT?"}
	case errors.Is(err, errEarlyData):
		return &Error{Code: models.ErrTLS, Message: host + " sent more than its answer to STARTTLS, which somebody on the way may have put in"}
	case errors.As(err, &record):
		return &Error{Code: models.ErrTLS, Message: host + " does not begin with TLS; is its tls STARTTLS rather than IMPLICIT?"}
	case errors.As(err, &handshake) && !timedOut(handshake.err):
		return &Error{Code: models.ErrTLS, Message: shownTLS(host, &r.mask, handshake.err)}
	}
	return nil
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// broken are exchanges that did not come to their end.
func (r *emailRoute) broken(ctx, bounded context.Context, step string, err error) *Error {
	host := r.shownServer()
	var malformed textproto.ProtocolError
	switch {
	case bounded.Err() != nil && step == stepConnect:
		return &Error{Code: models.ErrTimeout, Message: fmt.Sprintf("no connection to %s in time", host)}
	case bounded.Err() != nil, step != stepConnect && timedOut(err):
		within := "in time"
		if ctx.Err() == nil {
			within = "within " + models.FormatDuration(r.timeout)
		}
		return &Error{Code: models.ErrTimeout, Message: fmt.Sprintf("%s did not come to an end with %s %s", step, host, within)}
	case timedOut(err):
		return &Error{Code: models.ErrTimeout, Message: fmt.Sprintf("no connection to %s within %s", host, models.FormatDuration(dialTimeout))}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Code: models.ErrConnect, Message: host + " refused the connection"}
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EADDRNOTAVAIL):
		return &Error{Code: models.ErrConnect, Message: fmt.Sprintf("there is no way to reach %s from this server", host)}
	case errors.Is(err, errFlood):
		return &Error{Code: models.ErrConnect, Message: fmt.Sprintf("%s answered %s with more than %d KiB", host, step, maxReply>>10)}
	case errors.As(err, &malformed):
		return &Error{Code: models.ErrConnect, Message: fmt.Sprintf("%s answered %s with what is not SMTP", host, step)}
	case lostConnection(err):
		return &Error{Code: models.ErrConnect, Message: fmt.Sprintf("%s closed the connection at %s", host, step)}
	}
	return &Error{Code: models.ErrConnect, Message: fmt.Sprintf("the exchange with %s failed at %s", host, step)}
}

// shownServer is the server as people know it.
func (r *emailRoute) shownServer() string { return r.server.key.address }
