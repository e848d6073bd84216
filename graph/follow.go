package graph

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"carillon/auth"
	"carillon/models"
	"carillon/stream"
)

// showing is where a subscription's resolver says how its responses come about:
// it travels in the context of the operation.
type showing struct {
	next func(ctx context.Context, execute graphql.ResponseHandler) *graphql.Response // nil: the executor's way
}

type showingKey struct{}

func showingOf(ctx context.Context) *showing {
	s, _ := ctx.Value(showingKey{}).(*showing)
	return s
}

// follower is one subscription. Its responses are asked for by the goroutine
// that the transport runs it with: it takes the next item, and the response
// that shows it, which followers with an equal view share.
type follower[T any] struct {
	live *live
	sub  *stream.Subscription[T]
	view view
	out  chan T // to the executor
}

// follow makes the operation of ctx a follower of what a subscription brings,
// until its client leaves, it ends, or the key no longer opens.
func follow[T any](
	ctx context.Context, l *live, subscribe func(context.Context) (*stream.Subscription[T], error),
) (<-chan T, error) {
	sub, err := subscribe(ctx)
	if err != nil {
		return nil, err
	}
	f := &follower[T]{live: l, sub: sub, view: viewOf(ctx), out: make(chan T, 1)}
	leave := l.keys.watch(auth.From(ctx), sub.End)
	l.running.Add(1)
	sub.AfterEnd(func() {
		defer l.running.Done()
		leave()
	})
	showingOf(ctx).next = f.next
	return f.out, nil
}

// next waits for an item and shows it; nil ends the subscription. What waits
// when the key is revoked is not shown any more.
func (f *follower[T]) next(ctx context.Context, execute graphql.ResponseHandler) *graphql.Response {
	select {
	case item, open := <-f.sub.C():
		if open && f.sub.Err() == nil {
			if resp := f.show(ctx, item, execute); resp != nil {
				return resp
			}
		}
	case <-ctx.Done():
	}
	f.end(ctx)
	return nil
}

// showTime bounds the making of a response. It is made again where the database
// stayed away so long: an item that is shown with errors is a gap to its client.
const (
	showTime  = 30 * time.Second
	showTries = 10
)

// show executes the selection, once for all who see the same. One with errors
// is for its client alone: they name its request.
func (f *follower[T]) show(ctx context.Context, item *stream.Item[T], execute graphql.ResponseHandler) (resp *graphql.Response) {
	for range showTries {
		resp, _ = stream.Once(ctx, item, f.view, func(ctx context.Context) (*graphql.Response, bool) {
			return f.produce(ctx, item, execute)
		})
		if resp == nil || !broken(resp) || ctx.Err() != nil || f.sub.Err() != nil {
			break
		}
	}
	return resp
}

func (f *follower[T]) produce(ctx context.Context, item *stream.Item[T], execute graphql.ResponseHandler) (_ *graphql.Response, share bool) {
	ctx, cancel := context.WithTimeout(ctx, showTime)
	defer cancel()
	ctx = graphql.WithFreshResponseContext(ctx) // which bears no errors of a try before
	select {
	case <-f.out: // left by an execution that broke off
	default:
	}
	f.out <- item.Value
	resp := execute(ctx)
	if resp == nil {
		return nil, false
	}
	resp.Data = bytes.Clone(resp.Data) // the executor uses its buffer again
	return resp, len(resp.Errors) == 0
}

// broken says that the response tells of a failure of this server.
func broken(resp *graphql.Response) bool {
	for _, err := range resp.Errors {
		if code, _ := err.Extensions["code"].(string); code == string(models.CodeInternal) {
			return true
		}
	}
	return false
}

var errUnshown = errors.New("an item of a subscription could not be shown")

// end tells the transport why the subscription ends, unless its client has left.
func (f *follower[T]) end(ctx context.Context) {
	reason := context.Cause(ctx)
	if reason == nil {
		reason = errUnshown // unless it has ended before
	}
	f.sub.End(reason)
	showingOf(ctx).next = nil
	if err := f.sub.Err(); err != nil && ctx.Err() == nil && f.live.cfg.EndSubscription != nil {
		f.live.cfg.EndSubscription(ctx, err)
	}
}
