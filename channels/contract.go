// Package channels sends rendered messages into the world: one adapter for
// each kind of channel, a guarded transport, and signing. It knows nothing of
// deliveries, retries or storage; what a failure means for a delivery is the
// engine's to decide, from the class of the error.
package channels

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carillon/models"
)

// Message is one rendered message on its way to one channel.
type Message struct {
	Channel *models.Channel
	// ID is the same on every try, so that the receiver can drop doubles: the event's id.
	ID string
	// Key is the same on every try too, and its own for each delivery: an event that
	// is replayed, or that two webhooks send, leaves under one ID and several keys.
	Key string
	// Time is when this try is made; it is part of signatures.
	Time time.Time
	// Begun is the same on every try: when its first delivery was made.
	Begun   time.Time
	Content models.Content
	// Thread is the message below which this one belongs; empty for none yet. Only
	// for configurations whose messages go into threads.
	Thread string
	// Progress is what became of it for each recipient so far.
	Progress []models.Recipient
	// Doubtful says that an earlier try may have been made of which nothing is
	// known: the node that made it died.
	Doubtful bool
	Test     bool
	// Trace goes along in the headers traceparent and tracestate, where the channel
	// has headers and sets none of these itself; empty for none.
	Trace models.Trace
}

// Receipt is what was sent and what came back, as far as the try went; it is
// filled on failures too. Secrets are masked in it.
type Receipt struct {
	Target         string
	RequestHeaders []models.Header
	// RequestBody is for the record, where it is not the content's body.
	RequestBody     string
	ResponseCode    *int
	ResponseHeaders []models.Header
	ResponseBody    *string // the first models.MaxResponseBody bytes, valid UTF-8
	// Thread is the message that later ones of the same entity go below; empty for none.
	Thread string
	// Progress is what became of it for each recipient, after this try; nil where
	// there is one receiver.
	Progress []models.Recipient
	// Awaits says that taken is not delivered: the provider's reports on the ids in
	// Progress complete the delivery.
	Awaits bool
	// Suppress are recipients that must not be sent to any more.
	Suppress []models.Suppression
}

// Adapter sends to one kind of channel. It is safe for concurrent use. The
// context bounds the try; the adapter honours the channel's own timeout as well.
type Adapter interface {
	// NewConfig is an empty configuration of its kind, to be read into.
	NewConfig() models.ChannelConfig
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Checker is an adapter that can ask what became of messages that were taken and
// not reported on: reports get lost, and some servers cannot be called back.
type Checker interface {
	// Check returns the reports that there are on the message's Progress, none for
	// what is still under way. A failure to ask says nothing of the message.
	Check(ctx context.Context, m Message) ([]models.Report, error)
}

// Class is what a failure means for another try.
type Class int

const (
	// Temporary means try again by the schedule. An error without a class is temporary.
	Temporary Class = iota
	// Permanent means another try could not help.
	Permanent
	// Throttled means the receiver asks for a pause; After says how long, 0 for unknown.
	Throttled
)

// Error is a failure with its class. Its text holds no secret.
type Error struct {
	Class   Class
	Code    models.AttemptErrorCode
	After   time.Duration // for Throttled, and for Temporary ones that named a time
	Disable string        // why the channel itself is at fault; empty where it is not
	Message string        // plain and short, for people
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// AsError gives every error a class: what is unknown is temporary.
func AsError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: models.ErrTimeout, Message: "no answer within the timeout"}
	case errors.Is(err, context.Canceled):
		return &Error{Code: models.ErrConnect, Message: "the attempt was cut short because the server stopped"}
	}
	return &Error{Code: models.ErrProvider, Message: "the message could not be sent"}
}

// Registry finds the adapter of a channel.
type Registry map[models.ChannelKind]Adapter

// NewRegistry lists adapters by their kind.
func NewRegistry(adapters ...Adapter) Registry {
	r := make(Registry, len(adapters))
	for _, a := range adapters {
		r[a.NewConfig().Kind()] = a
	}
	return r
}

// NewConfig is an empty configuration of the kind; nil where no adapter has it.
func (r Registry) NewConfig(kind models.ChannelKind) models.ChannelConfig {
	if a, ok := r[kind]; ok {
		return a.NewConfig()
	}
	return nil
}

// Send hands the message to the adapter of its channel's kind. Without one it
// fails; for now only, where another version wrote the channel: a node that has
// the kind, or the next version, may send the message yet.
func (r Registry) Send(ctx context.Context, m Message) (Receipt, error) {
	a, ok := r[m.Channel.Kind]
	if ok {
		return a.Send(ctx, m)
	}
	e := &Error{Class: Permanent, Code: models.ErrConfig, Message: fmt.Sprintf("this server cannot send to channels of kind %s", m.Channel.Kind)}
	if _, unknown := m.Channel.Config.(*models.UnknownConfig); unknown {
		e.Class, e.Message = Temporary, fmt.Sprintf("this version of the server knows no channels of kind %s", m.Channel.Kind)
	}
	return Receipt{Target: m.Channel.Config.Target()}, e
}

// Check asks the adapter of the channel's kind; one that cannot tell reports nothing.
func (r Registry) Check(ctx context.Context, m Message) ([]models.Report, error) {
	if a, ok := r[m.Channel.Kind].(Checker); ok {
		return a.Check(ctx, m)
	}
	return nil, nil
}
