package chaos

import (
	"context"
	"fmt"
	"slices"
	"time"

	"carillon/testkit"
)

// storedEvent, storedDelivery and storedAttempt are what the API shows.
type storedEvent struct{ ID, Type, IdempotencyKey string }

type storedDelivery struct {
	ID, Status                 string
	StatusReason               *string
	AttemptCount               int
	NextAttemptAt, CompletedAt *time.Time
	Event                      struct{ ID string }
	Channel                    struct{ ID string }
}

type storedAttempt struct {
	ID, Status, RequestID, Latency string
	Number                         int
	ResponseCode                   *int
	ResponseHeaders                []struct{ Name, Value string }
	Error                          *struct {
		Code, Message string
		Retryable     bool
	}
	StartedAt time.Time
	Delivery  struct{ ID string }
	Event     struct{ ID string }
}

const (
	eventFields    = `id type idempotencyKey`
	deliveryFields = `id status statusReason attemptCount nextAttemptAt completedAt event { id } channel { id }`
	attemptFields  = `id status requestId latency number responseCode responseHeaders { name value } error { code message retryable } startedAt delivery { id } event { id }`
)

// pages reads a whole list, oldest first.
func pages[T any](ctx context.Context, nodes []*node, field, fields string) ([]T, error) {
	var all []T
	var after *string
	for {
		var out map[string]struct {
			Nodes    []T
			PageInfo struct {
				HasNextPage bool
				EndCursor   *string
			}
		}
		query := fmt.Sprintf(`query($after: String) { %s(first: 500, after: $after) { nodes { %s } pageInfo { hasNextPage endCursor } } }`, field, fields)
		if err := askAny(ctx, nodes, query, testkit.Vars{"after": after}, &out); err != nil {
			return nil, fmt.Errorf("read %s: %w", field, err)
		}
		all = append(all, out[field].Nodes...)
		if !out[field].PageInfo.HasNextPage {
			slices.Reverse(all)
			return all, nil
		}
		after = out[field].PageInfo.EndCursor
	}
}

// settle waits until no delivery waits any more; false says that some still do.
func settle(ctx context.Context, nodes []*node) bool {
	for {
		var out struct {
			Deliveries struct{ Nodes []struct{ ID string } }
		}
		err := askAny(ctx, nodes, `query { deliveries(first: 1, filter: {statuses: [PENDING, DELIVERING, RETRYING]}) { nodes { id } } }`, nil, &out)
		if err == nil && len(out.Deliveries.Nodes) == 0 {
			return true
		}
		if !until(ctx, time.Now().Add(200*time.Millisecond)) {
			return false
		}
	}
}

// gather reads what the server says in the end.
func (e *evidence) gather(ctx context.Context, nodes []*node, channels map[string]kind) error {
	events, err := pages[storedEvent](ctx, nodes, "events", eventFields)
	if err != nil {
		return err
	}
	deliveries, err := pages[storedDelivery](ctx, nodes, "deliveries", deliveryFields)
	if err != nil {
		return err
	}
	attempts, err := pages[storedAttempt](ctx, nodes, "deliveryAttempts", attemptFields)
	if err != nil {
		return err
	}
	e.Events = events
	for i := range deliveries {
		d := &deliveries[i]
		e.Deliveries = append(e.Deliveries, delivery{
			ID: d.ID, Event: d.Event.ID, Kind: channels[d.Channel.ID], Status: d.Status, Reason: deref(d.StatusReason),
			Count: d.AttemptCount, Completed: deref(d.CompletedAt), Next: deref(d.NextAttemptAt),
		})
	}
	for i := range attempts {
		if e.Attempts, err = appendAttempt(e.Attempts, &attempts[i]); err != nil {
			return err
		}
	}
	return nil
}

func appendAttempt(all []attempt, a *storedAttempt) ([]attempt, error) {
	latency, err := time.ParseDuration(a.Latency)
	if err != nil {
		return nil, fmt.Errorf("read the latency of attempt %s: %w", a.ID, err)
	}
	out := attempt{
		ID: a.ID, Delivery: a.Delivery.ID, Event: a.Event.ID, Request: a.RequestID, Number: a.Number,
		Succeeded: a.Status == "SUCCEEDED", Code: deref(a.ResponseCode), Started: a.StartedAt, Ended: a.StartedAt.Add(latency),
		NamesPause: slices.ContainsFunc(a.ResponseHeaders, func(h struct{ Name, Value string }) bool { return h.Name == "Retry-After" }),
	}
	if a.Error != nil {
		out.Error, out.Permanent = a.Error.Code, !a.Error.Retryable
	}
	return append(all, out), nil
}

func deref[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
