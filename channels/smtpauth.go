package channels

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"

	gosmtp "github.com/wneessen/go-mail/smtp"
)

// maxIterations bounds the work that a server can ask for by SCRAM: it says how
// often the password is hashed.
const maxIterations = 1_000_000

var (
	errNoMechanism = errors.New("no way to log in that both know")
	errChallenge   = errors.New("an answer that does not belong to the way of logging in")
)

// mechanisms lists the ways to log in, the strongest first. XOAUTH2 sends a
// token, not a password, and so is taken only where nothing else is offered or
// the relay's URL names it.
func mechanisms() []string {
	return []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1", "CRAM-MD5", "PLAIN", "LOGIN", "XOAUTH2"}
}

func knownMechanism(name string) bool { return slices.Contains(mechanisms(), name) }

// login authenticates by the strongest way that the server offers. It goes on to
// the next where the server does not know what it offered itself, but never
// after a password was refused, which could lock the account.
func (s *smtpSession) login() error {
	offered := strings.Fields(strings.ToUpper(s.extensions["AUTH"]))
	err := error(&stepError{step: stepLogin, err: errNoMechanism})
	for _, name := range mechanisms() {
		switch {
		case s.server.mechanism != "" && name != s.server.mechanism,
			!slices.Contains(offered, name),
			strings.HasSuffix(name, "-PLUS") && s.tls == nil:
			continue
		}
		err = s.loginBy(name)
		var refused *refusal
		if !errors.As(err, &refused) || refused.reply.code != 504 {
			return err
		}
	}
	return err
}

func (s *smtpSession) mechanism(name string) gosmtp.Auth {
	username, password := s.server.key.username, s.server.key.password.Reveal()
	var state *tls.ConnectionState
	if s.tls != nil {
		now := s.tls.ConnectionState()
		state = &now
	}
	// In the clear the dialer lets nobody but private networks be reached.
	const clear = true
	switch name {
	case "SCRAM-SHA-256-PLUS":
		return gosmtp.ScramSHA256PlusAuth(username, password, state)
	case "SCRAM-SHA-1-PLUS":
		return gosmtp.ScramSHA1PlusAuth(username, password, state)
	case "SCRAM-SHA-256":
		return gosmtp.ScramSHA256Auth(username, password)
	case "SCRAM-SHA-1":
		return gosmtp.ScramSHA1Auth(username, password)
	case "CRAM-MD5":
		return gosmtp.CRAMMD5Auth(username, password)
	case "LOGIN":
		return gosmtp.LoginAuth(username, password, s.server.host, clear)
	case "XOAUTH2":
		return gosmtp.XOAuth2Auth(username, password)
	}
	return gosmtp.PlainAuth("", username, password, s.server.host, clear)
}

func (s *smtpSession) loginBy(name string) error {
	auth := s.mechanism(name)
	_, first, err := auth.Start(&gosmtp.ServerInfo{Name: s.server.host, TLS: s.tls != nil})
	if err != nil {
		return &stepError{step: stepLogin, err: err}
	}
	line := "AUTH " + name
	if first != nil {
		line += " " + base64.StdEncoding.EncodeToString(first)
	}
	// The longest exchange is SCRAM's, of three challenges.
	for range 6 {
		reply, err := s.command(stepLogin, line)
		switch {
		case err != nil:
			return err
		case reply.code == 235:
			return nil
		case reply.code != 334:
			return &refusal{step: stepLogin, reply: reply}
		}
		challenge, err := base64.StdEncoding.DecodeString(strings.TrimSpace(reply.text))
		if err != nil || excessive(name, challenge) {
			break
		}
		next, err := auth.Next(challenge, true)
		if err != nil {
			break
		}
		line = base64.StdEncoding.EncodeToString(next)
	}
	s.broken = true
	return &stepError{step: stepLogin, err: errChallenge}
}

// excessive says that a SCRAM challenge asks for more hashing than a password is worth.
func excessive(name string, challenge []byte) bool {
	if !strings.HasPrefix(name, "SCRAM") {
		return false
	}
	for part := range strings.SplitSeq(string(challenge), ",") {
		if count, ok := strings.CutPrefix(part, "i="); ok {
			n, err := strconv.Atoi(count)
			return err != nil || n < 1 || n > maxIterations
		}
	}
	return false
}
