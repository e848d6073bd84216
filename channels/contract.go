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
	// Time is when this try is made; it is part of signatures.
	Time        time.Time
	ContentType string
	Body        []byte
}

// Receipt is what was sent and what came back, as far as the try went; it is
// filled on failures too. Secrets are masked in it.
type Receipt struct {
	Target          string
	RequestHeaders  []models.Header
	ResponseCode    *int
	ResponseHeaders []models.Header
	ResponseBody    *string // the first models.MaxResponseBody bytes, valid UTF-8
}

// Adapter sends to one kind of channel. It is safe for concurrent use. The
// context bounds the try; the adapter honours the channel's own timeout as well.
type Adapter interface {
	Kind() models.ChannelKind
	Send(ctx context.Context, m Message) (Receipt, error)
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
		r[a.Kind()] = a
	}
	return r
}

// Send hands the message to the adapter of its channel's kind.
func (r Registry) Send(ctx context.Context, m Message) (Receipt, error) {
	a, ok := r[m.Channel.Kind]
	if !ok {
		return Receipt{Target: m.Channel.Config.Target()}, &Error{Class: Permanent, Code: models.ErrConfig,
			Message: fmt.Sprintf("this server cannot send to channels of kind %s", m.Channel.Kind)}
	}
	return a.Send(ctx, m)
}
