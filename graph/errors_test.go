package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"carillon/auth"
	"carillon/models"
)

const publishOne = `mutation { publishEvent(input: {type: "a", data: 1}) { id } }`

func publisher() *auth.Principal {
	return keyOf(models.NewID(models.PrefixTenant), models.ScopePublish)
}

func TestCodedErrorsAreShown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.engine.err = fmt.Errorf("wrapped: %w", models.Conflict("idempotencyKey", "was used for another event"))
	err := b.do(t, publisher(), publishOne, ``).refused(t, models.CodeConflict, "idempotencyKey")
	if err.Message != "idempotencyKey: was used for another event" || err.Path.String() != "publishEvent" || len(err.Locations) != 1 {
		t.Errorf("%q at %s %v", err.Message, err.Path, err.Locations)
	}
	b.engine.err = &models.Error{Code: models.CodeRateLimited, Message: "slow down", RetryAfter: 1500 * time.Millisecond}
	err = b.do(t, publisher(), publishOne, ``).refused(t, models.CodeRateLimited, "")
	if err.Extensions["retryAfter"] != 2 {
		t.Errorf("retryAfter %v", err.Extensions["retryAfter"])
	}
	if b.log.Len() > 0 {
		t.Errorf("logged: %s", b.log)
	}
}

func TestUnknownErrorsStayInTheLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.engine.err = errors.New("password 123 is wrong")
	err := b.do(t, publisher(), publishOne, ``).refused(t, models.CodeInternal, "")
	if err.Message != "internal error; request id req-1" {
		t.Errorf("the client learns %q", err.Message)
	}
	encoded, _ := json.Marshal(err)
	if strings.Contains(string(encoded), "password") {
		t.Errorf("the client learns %s", encoded)
	}
	if log := b.log.String(); strings.Count(log, "password 123") != 1 || !strings.Contains(log, "request_id=req-1") {
		t.Errorf("log: %s", log)
	}
}

func TestPanicsAreInternalErrors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.engine.crash = "the sky is falling"
	err := b.do(t, publisher(), publishOne, ``).refused(t, models.CodeInternal, "")
	if err.Message != "internal error; request id req-1" {
		t.Errorf("the client learns %q", err.Message)
	}
	if log := b.log.String(); strings.Count(log, "the sky is falling") != 1 || !strings.Contains(log, "PublishEvent") {
		t.Errorf("log without the cause or its stack: %s", log)
	}
	b.engine.crash = nil
	b.do(t, publisher(), publishOne, ``).data(t)
}

func TestGivenUpRequestsAreNotLogged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.engine.err = context.Canceled
	ctx, cancel := context.WithCancel(auth.With(graphql.StartOperationTrace(t.Context()), publisher()))
	op, errs := b.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: publishOne})
	if errs != nil {
		t.Fatal(errs)
	}
	next, inner := b.exec.DispatchOperation(ctx, op)
	_ = inner
	cancel()
	if resp := next(context.WithoutCancel(ctx)); resp == nil || len(resp.Errors) != 1 {
		t.Fatalf("response %v", resp)
	}
}

func TestDocumentErrorsKeepTheirCode(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for query, code := range map[string]models.Code{
		`{ colour }`:                "GRAPHQL_VALIDATION_FAILED",
		`{ viewer { scopes { x } }`: "GRAPHQL_PARSE_FAILED",
		`{ webhook { id } }`:        "GRAPHQL_VALIDATION_FAILED",
	} {
		b.do(t, admin(), query, ``).refused(t, code, "")
	}
}

func TestManyErrorsAreFoundQuickly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var query strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&query, `a%d: webhooks(first: "x") { nodes { id } } `, i)
	}
	begin := time.Now()
	b.do(t, admin(), `{ `+query.String()+` }`, ``).refused(t, models.CodeBadUserInput, "first")
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}
