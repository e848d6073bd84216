package graph_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"carillon/auth"
	"carillon/graph"
	"carillon/models"
	"carillon/stream"
)

// liveBundle is a bundle with streams, and why a subscription ended.
type liveBundle struct {
	*bundle
	hub   *stream.Hub[models.Attempt]
	board *stream.Board[models.Delivery]
	mu    sync.Mutex
	ended error
}

func setupLive(t *testing.T, change ...func(*graph.Config)) *liveBundle {
	t.Helper()
	l := &liveBundle{}
	head := func(context.Context) (int64, error) { return int64(len(l.reader.attempts)), nil }
	l.hub = stream.NewHub(stream.Config[models.Attempt]{
		Head: head,
		Read: func(ctx context.Context, after, upTo int64, limit int) ([]models.Attempt, error) {
			return l.reader.AttemptsBetween(ctx, after, upTo, models.AttemptFilter{IncludeTests: true}, limit)
		},
		Seq:    func(a *models.Attempt) int64 { return a.Seq },
		Buffer: 4,
	})
	l.board = stream.NewBoard[models.Delivery](4)
	l.bundle = setup(t, append([]func(*graph.Config){func(cfg *graph.Config) {
		cfg.Attempts, cfg.Updates = l.hub, l.board
		cfg.EndSubscription = func(_ context.Context, err error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.ended = err
		}
	}}, change...)...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.hub.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return l
}

// feed is the reading side of a subscription.
type feed struct {
	next func() *graphql.Response
	stop context.CancelFunc
}

func subscribe(t *testing.T, e *executor.Executor, p *auth.Principal, query, vars string) feed {
	t.Helper()
	ctx, cancel := context.WithCancel(graphql.StartOperationTrace(context.Background()))
	t.Cleanup(cancel)
	if p != nil {
		ctx = auth.With(ctx, p)
	}
	op, errs := e.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: variables(t, vars)})
	if len(errs) > 0 {
		resp := e.DispatchError(graphql.WithOperationContext(ctx, op), errs)
		return feed{next: func() *graphql.Response { return resp }, stop: cancel}
	}
	responses, ctx := e.DispatchOperation(ctx, op)
	return feed{next: func() *graphql.Response { return responses(ctx) }, stop: cancel}
}

// takes fails unless the next message is want.
func (f feed) takes(t *testing.T, want string) {
	t.Helper()
	resp := f.next()
	if resp == nil || len(resp.Errors) > 0 || string(resp.Data) != want {
		t.Fatalf("got %+v, want %s", resp, want)
	}
}

func (f feed) refused(t *testing.T, code models.Code, field string) {
	t.Helper()
	resp := f.next()
	if resp == nil {
		t.Fatal("it ended without an answer")
	}
	answer{Data: resp.Data, Errors: resp.Errors}.refused(t, code, field)
}

func attemptsOf(tenant models.ID, n int) []models.Attempt {
	all := make([]models.Attempt, n)
	for i := range all {
		all[i] = models.Attempt{
			ID: models.NewID(models.PrefixAttempt), Seq: int64(i + 1), TenantID: tenant, Number: i + 1,
			Status: models.AttemptSucceeded, Trigger: models.TriggerAutomatic,
		}
	}
	return all
}

func TestAttemptsResumeBehindTheLastOneSeen(t *testing.T) {
	t.Parallel()
	l := setupLive(t)
	tenant := models.NewID(models.PrefixTenant)
	l.reader.attempts = attemptsOf(tenant, 5)
	f := subscribe(t, l.exec, keyOf(tenant, models.ScopeRead), `subscription($a: ID) { deliveryAttempts(after: $a) { number } }`,
		`{"a": "`+l.reader.attempts[1].ID.String()+`"}`)
	for n := 3; n <= 5; n++ {
		f.takes(t, fmt.Sprintf(`{"deliveryAttempts":{"number":%d}}`, n))
	}
	f.stop()
	if resp := f.next(); resp != nil {
		t.Errorf("a message after the end: %s", resp.Data)
	}
}

func TestSubscriptionsAreWalled(t *testing.T) {
	t.Parallel()
	l := setupLive(t)
	mine, theirs := models.NewID(models.PrefixTenant), models.NewID(models.PrefixTenant)
	l.reader.attempts = append(attemptsOf(theirs, 2), models.Attempt{ID: models.NewID(models.PrefixAttempt), TenantID: mine, Seq: 3, Number: 3})
	p := keyOf(mine, models.ScopeRead)
	const after = `subscription($a: ID) { deliveryAttempts(after: $a) { number } }`
	subscribe(t, l.exec, p, after, `{"a": "`+l.reader.attempts[0].ID.String()+`"}`).refused(t, models.CodeBadUserInput, "after")
	subscribe(t, l.exec, p, after, `{"a": "`+models.NewID(models.PrefixAttempt).String()+`"}`).refused(t, models.CodeBadUserInput, "after")
	subscribe(t, l.exec, p, after, `{"a": "`+models.NewID(models.PrefixEvent).String()+`"}`).refused(t, models.CodeBadUserInput, "after")
	subscribe(t, l.exec, p, `subscription($f: DeliveryAttemptFilter) { deliveryAttempts(filter: $f) { id } }`,
		`{"f": {"tenantId": "`+theirs.String()+`"}}`).refused(t, models.CodeNotFound, "")
	subscribe(t, l.exec, nil, `subscription { deliveryAttempts { id } }`, ``).refused(t, models.CodeUnauthenticated, "")
	subscribe(t, l.exec, keyOf(mine, models.ScopePublish), `subscription { deliveryAttempts { id } }`, ``).refused(t, models.CodeForbidden, "")

	board := subscribe(t, l.exec, p, `subscription { deliveryUpdated { status } }`, ``)
	l.board.Post([]models.Delivery{
		{ID: models.NewID(models.PrefixDelivery), TenantID: theirs, Status: models.DeliveryFailed},
		{ID: models.NewID(models.PrefixDelivery), TenantID: mine, Status: models.DeliverySucceeded},
	})
	board.takes(t, `{"deliveryUpdated":{"status":"SUCCEEDED"}}`)
}

func TestSlowSubscribersAreTold(t *testing.T) {
	t.Parallel()
	l := setupLive(t)
	f := subscribe(t, l.exec, admin(), `subscription { deliveryUpdated { status } }`, ``)
	for range 20 {
		l.board.Post([]models.Delivery{{ID: models.NewID(models.PrefixDelivery), Status: models.DeliveryFailed}})
	}
	for f.next() != nil {
	}
	l.api.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !errors.Is(l.ended, stream.ErrSlow) {
		t.Fatalf("it ended with %v", l.ended)
	}
}

func TestSubscriptionsEndWithTheirKey(t *testing.T) {
	t.Parallel()
	l := setupLive(t, func(cfg *graph.Config) { cfg.Recheck = time.Millisecond })
	tenant := models.NewID(models.PrefixTenant)
	p := keyOf(tenant, models.ScopeRead)
	l.reader.keys[p.KeyID] = models.ApiKey{ID: p.KeyID, TenantID: &tenant}
	f := subscribe(t, l.exec, p, `subscription { deliveryUpdated { status } }`, ``)
	l.board.Post([]models.Delivery{{TenantID: tenant, Status: models.DeliveryFailed}})
	f.takes(t, `{"deliveryUpdated":{"status":"FAILED"}}`)

	l.reader.mu.Lock()
	now := time.Now()
	l.reader.keys[p.KeyID] = models.ApiKey{ID: p.KeyID, TenantID: &tenant, RevokedAt: &now}
	l.reader.mu.Unlock()
	if resp := f.next(); resp != nil {
		t.Fatalf("a message after the end: %+v", resp)
	}
	l.api.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if models.CodeOf(l.ended) != models.CodeUnauthenticated || !strings.Contains(l.ended.Error(), "revoked") {
		t.Fatalf("it ended with %v", l.ended)
	}
}
