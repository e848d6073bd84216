package channels

import (
	"context"
	"crypto/tls"
	"errors"
	"time"
)

// relayTime bounds the way to the relay and the login there.
const relayTime = 20 * time.Second

// Relay is how the server-wide SMTP server was reached.
type Relay struct {
	Address string
	TLS     string // TLS 1.3; empty in the clear
	LogIn   bool   // a login was made
}

// TryRelay connects to the server-wide SMTP server, encrypts, logs in and takes
// leave, as for a message and without one. The error is an *Error whose text holds
// no secret.
func (e *Email) TryRelay(ctx context.Context) (Relay, error) {
	if e.relay == nil {
		return Relay{}, errors.New(RelaySetting + " is not set")
	}
	r := &emailRoute{server: e.relay, mask: loginMask(e.relay), timeout: relayTime}
	bounded, cancel := context.WithTimeout(ctx, relayTime)
	defer cancel()
	s, err := e.dial.open(bounded, e.relay)
	if err != nil {
		return Relay{}, r.failure(ctx, bounded, &handover{}, err)
	}
	defer s.leave()
	found := Relay{Address: e.relay.key.address, LogIn: e.relay.key.username != ""}
	if s.tls != nil {
		found.TLS = tls.VersionName(s.tls.ConnectionState().Version)
	}
	return found, nil
}
