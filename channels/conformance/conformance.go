// Package conformance is the one suite that every channel adapter must pass. An
// adapter brings a provider on loopback that misbehaves on demand; the suite
// proves what the rest of the server relies on. It is for tests alone.
package conformance

import (
	"fmt"
	"testing"
	"time"

	"carillon/channels"
	"carillon/models"
)

// Behaviour is how a provider answers.
type Behaviour int

// What a provider can be made to do.
const (
	// Accept takes every message.
	Accept Behaviour = iota
	// RefuseForGood refuses the message in a way that another try cannot help.
	RefuseForGood
	// RefuseChannel refuses because of the channel itself: it must be disabled.
	RefuseChannel
	// FailForNow fails in a way that another try may help.
	FailForNow
	// Throttle asks for a pause.
	Throttle
	// Hang accepts the connection, and never answers.
	Hang
	// Trickle begins to answer, and goes on for ever in drops.
	Trickle
	// Oversize answers with Endless bytes.
	Oversize
	// Drop closes the connection in the middle.
	Drop
	// EchoSecrets fails for now, and repeats all that it got in its answer.
	EchoSecrets
)

var behaviours = [...]string{"Accept", "RefuseForGood", "RefuseChannel", "FailForNow", "Throttle", "Hang", "Trickle", "Oversize", "Drop", "EchoSecrets"}

func (b Behaviour) String() string {
	if b < 0 || int(b) >= len(behaviours) {
		return fmt.Sprintf("Behaviour(%d)", int(b))
	}
	return behaviours[b]
}

// Endless is how much a provider sends that answers Oversize: more than any
// adapter may hold, and little enough that one which does is caught alive.
const Endless = 128 << 20

// Part is something that most protocols have, and some do not.
type Part string

// What a subject may lack.
const (
	ResponseCode    Part = "ResponseCode"
	ResponseBody    Part = "ResponseBody"
	RequestHeaders  Part = "RequestHeaders"
	ResponseHeaders Part = "ResponseHeaders"
	// Pause is the length of the pause that a throttling provider asks for.
	Pause Part = "Pause"
	// Identity is what lets the receiver drop a message that comes twice.
	Identity Part = "Identity"
	// Stop is that a try which the server's stop cuts short leaves no trace. An
	// adapter lacks it that says instead, in the progress, what may have been sent.
	Stop Part = "Stop"
)

// Verdict is what an adapter must make of a behaviour.
type Verdict struct {
	Class channels.Class
	Codes []models.AttemptErrorCode // any of these
}

// Subject is an adapter with a provider that the suite can make behave.
type Subject struct {
	// New makes a fresh provider on loopback, and an adapter with a channel that
	// leads to it; t's cleanup ends the provider.
	New func(t *testing.T) Provider
	// Skips are the behaviours that the protocol cannot have, each with the reason.
	Skips map[Behaviour]string
	// Lacks are the parts that the protocol does not have, each with the reason.
	Lacks map[Part]string
	// Verdicts stand in for the usual ones.
	Verdicts map[Behaviour]Verdict
}

// Provider is one provider with its adapter. An adapter that has a Close method
// is closed by the suite where it counts what is left behind, and by the
// provider's cleanup; closing twice must be harmless.
type Provider interface {
	Adapter() channels.Adapter
	// Message is a good message, with secrets in its channel's configuration. Its
	// channel is the same each time.
	Message() channels.Message
	// Rules are the settings under which the configuration is valid.
	Rules() models.ConfigRules
	// Secrets are the texts that must never show, beside those that the
	// configuration lists: parts of them, and forms that the protocol makes.
	Secrets() []string
	// Behave says how the provider answers from now on.
	Behave(b Behaviour)
	// Received is, for each message taken, what the receiver can tell a double
	// by; empty texts where the protocol has nothing of the kind.
	Received() []string
}

// Shortener is a Provider whose configuration holds a timeout. Without it, the
// suite bounds a try by its context.
type Shortener interface {
	// Shorten sets the channel's timeout; it is called before the first message.
	Shorten(timeout time.Duration)
}

// Run proves that the subject keeps the contract. The test must not be parallel:
// part of the suite measures the memory of the whole process.
func Run(t *testing.T, s Subject) {
	t.Helper()
	for b, why := range s.Skips {
		if why == "" || b == Accept {
			t.Errorf("the subject skips %s; only what the protocol cannot have is skipped, and with the reason", b)
		}
	}
	for part, why := range s.Lacks {
		if why == "" {
			t.Errorf("the subject lacks %s without a reason", part)
		}
	}
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			if !c.serial {
				t.Parallel()
			}
			if why, skipped := s.Skips[c.behaviour]; skipped {
				t.Skip(why)
			}
			if why, lacking := s.Lacks[c.part]; lacking {
				t.Skip(why)
			}
			for _, failure := range c.failures(t, s) {
				t.Error(failure)
			}
		})
	}
}
