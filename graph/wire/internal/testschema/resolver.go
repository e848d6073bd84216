package testschema

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// Resolver answers every field. Its functions are the seams of the tests; nil
// ones are not called.
type Resolver struct {
	// End is called before a subscription ends with an error.
	End func(ctx context.Context, err error)
	// Me names the caller.
	Me func(ctx context.Context) string
	// Block is what the field blocks does.
	Block func(ctx context.Context)
	// Feed is what the subscription published sends.
	Feed func(ctx context.Context) <-chan Published

	published atomic.Int64

	mu      sync.Mutex
	live    int
	changed chan struct{}
}

// Live is how many subscriptions run; changed is closed when it is no longer so.
func (r *Resolver) Live() (n int, changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == nil {
		r.changed = make(chan struct{})
	}
	return r.live, r.changed
}

func (r *Resolver) count(by int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.live += by
	if r.changed != nil {
		close(r.changed)
		r.changed = nil
	}
}

// Query is the root of queries.
func (r *Resolver) Query() QueryResolver { return query{r} }

// Mutation is the root of mutations.
func (r *Resolver) Mutation() MutationResolver { return mutation{r} }

// Subscription is the root of subscriptions.
func (r *Resolver) Subscription() SubscriptionResolver { return subscription{r} }

var errBroken = errors.New("it broke")

type query struct{ *Resolver }

func (query) Hello(_ context.Context, name string) (string, error) { return "hello " + name, nil }

func (query) Echo(_ context.Context, data json.RawMessage) (json.RawMessage, error) {
	return data, nil
}

func (query) EchoAll(_ context.Context, list []json.RawMessage) ([]json.RawMessage, error) {
	return list, nil
}

func (query) Loose(_ context.Context, value any) (string, error) {
	text, err := json.Marshal(value)
	return fmt.Sprintf("%T %s", value, text), err
}

func (query) Tags(_ context.Context, input Item) ([]string, error) { return input.Tags, nil }

func (query) Inner(_ context.Context, input Item) (json.RawMessage, error) {
	if input.Inner == nil {
		return nil, nil
	}
	return input.Inner.Data, nil
}

func (query) Scalars(_ context.Context, in Item) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", in.Type)
	show(&b, in.Note)
	show(&b, in.Count)
	show(&b, in.Ratio)
	show(&b, in.Ready)
	show(&b, in.Color)
	show(&b, in.ID)
	return b.String(), nil
}

func show[T any](b *strings.Builder, v *T) {
	if v == nil {
		b.WriteString(" -")
		return
	}
	fmt.Fprintf(b, " %v", *v)
}

func (query) Choose(_ context.Context, choice Choice) (string, error) {
	if choice.Text != nil {
		return *choice.Text, nil
	}
	return string(choice.Data), nil
}

func (q query) Me(ctx context.Context) (*string, error) {
	if q.Resolver.Me == nil {
		return nil, nil
	}
	name := q.Resolver.Me(ctx)
	if name == "" {
		return nil, nil
	}
	return &name, nil
}

func (query) Fails(context.Context) (string, error)        { return "", errBroken }
func (query) FailsSoftly(context.Context) (*string, error) { return nil, errBroken }
func (query) Panics(context.Context) (*string, error)      { panic("a resolver panicked") }

func (q query) Blocks(ctx context.Context) (*string, error) {
	q.Block(ctx)
	return nil, ctx.Err()
}

type mutation struct{ *Resolver }

func (m mutation) Publish(_ context.Context, input Item) (Published, error) {
	return Published{ID: fmt.Sprint(m.published.Add(1)), Type: input.Type, Data: input.Data}, nil
}

func (m mutation) PublishAll(ctx context.Context, input Items) ([]Published, error) {
	all := make([]Published, len(input.Items))
	for i, item := range input.Items {
		all[i], _ = m.Publish(ctx, item)
	}
	return all, nil
}

type subscription struct{ *Resolver }

// stream runs send until it is done or the client is gone.
func stream[T any](ctx context.Context, r *Resolver, send func(put func(T) bool)) <-chan T {
	ch := make(chan T)
	r.count(1)
	go func() {
		defer r.count(-1)
		defer close(ch)
		send(func(v T) bool {
			select {
			case ch <- v:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	return ch
}

func (s subscription) Count(ctx context.Context, to int) (<-chan int, error) {
	return stream(ctx, s.Resolver, func(put func(int) bool) {
		for i := 1; i <= to && put(i); i++ {
		}
	}), nil
}

func (s subscription) Quiet(ctx context.Context) (<-chan int, error) {
	return stream(ctx, s.Resolver, func(func(int) bool) { <-ctx.Done() }), nil
}

func (s subscription) Ends(ctx context.Context) (<-chan int, error) {
	return stream(ctx, s.Resolver, func(put func(int) bool) {
		put(1)
		s.End(ctx, errBroken)
	}), nil
}

func (subscription) Refused(context.Context) (<-chan int, error) { return nil, errBroken }
func (subscription) Panics(context.Context) (<-chan int, error)  { panic("a subscription panicked") }

func (s subscription) Flood(ctx context.Context, size int) (<-chan string, error) {
	text := strings.Repeat("x", size)
	return stream(ctx, s.Resolver, func(put func(string) bool) {
		for put(text) {
		}
	}), nil
}

func (s subscription) Published(ctx context.Context) (<-chan Published, error) {
	return s.Feed(ctx), nil
}
