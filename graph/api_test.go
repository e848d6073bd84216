package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/lru"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"carillon/auth"
	"carillon/graph"
	"carillon/models"
)

// bundle is an API over fakes, and what it logged.
type bundle struct {
	api     *graph.API
	exec    *executor.Executor
	control *fakeControl
	engine  *fakeEngine
	reader  *fakeReader
	log     *bytes.Buffer
}

func setup(t testing.TB, change ...func(*graph.Config)) *bundle {
	t.Helper()
	b := &bundle{control: &fakeControl{}, engine: &fakeEngine{}, reader: newFakeReader(), log: &bytes.Buffer{}}
	cfg := graph.Config{
		Control: b.control, Engine: b.engine, Reader: b.reader,
		Now:       time.Now,
		RequestID: func(context.Context) string { return "req-1" },
		Log:       slog.New(slog.NewTextHandler(b.log, nil)),
	}
	for _, fn := range change {
		fn(&cfg)
	}
	b.api = graph.New(cfg)
	b.exec = newExecutor(b.api)
	t.Cleanup(b.api.Close)
	return b
}

func newExecutor(api *graph.API) *executor.Executor {
	e := executor.New(api.Schema())
	e.SetQueryCache(lru.New[*ast.QueryDocument](100))
	api.Configure(e)
	return e
}

// answer is what a client gets.
type answer struct {
	Data   json.RawMessage
	Errors gqlerror.List
}

// do executes one query or mutation; vars is JSON.
func do(t testing.TB, e *executor.Executor, p *auth.Principal, query, vars string) answer {
	t.Helper()
	return runVariables(t, e, p, query, variables(t, vars))
}

func runVariables(t testing.TB, e *executor.Executor, p *auth.Principal, query string, vars map[string]any) answer {
	t.Helper()
	ctx := graphql.StartOperationTrace(context.Background())
	if p != nil {
		ctx = auth.With(ctx, p)
	}
	params := &graphql.RawParams{Query: query, Variables: vars}
	op, errs := e.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		return answer{Errors: e.DispatchError(graphql.WithOperationContext(ctx, op), errs).Errors}
	}
	next, ctx := e.DispatchOperation(ctx, op)
	resp := next(ctx)
	return answer{Data: resp.Data, Errors: resp.Errors}
}

func (b *bundle) do(t testing.TB, p *auth.Principal, query, vars string) answer {
	t.Helper()
	return do(t, b.exec, p, query, vars)
}

func variables(t testing.TB, vars string) map[string]any {
	t.Helper()
	if vars == "" {
		return nil
	}
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(vars))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

// data fails on errors and gives the answer's data.
func (a answer) data(t testing.TB) string {
	t.Helper()
	if len(a.Errors) > 0 {
		t.Fatalf("errors: %v", a.Errors)
	}
	return string(a.Data)
}

// refused fails unless the first error has the code and the field.
func (a answer) refused(t testing.TB, code models.Code, field string) *gqlerror.Error {
	t.Helper()
	if len(a.Errors) == 0 {
		t.Fatalf("no error; data %s", a.Data)
	}
	err := a.Errors[0]
	encoded, _ := json.Marshal(err.Extensions)
	var ext struct {
		Code  models.Code
		Field string
	}
	if _, text := err.Extensions["code"].(string); !text {
		t.Errorf("the code is a %T", err.Extensions["code"])
	}
	if json.Unmarshal(encoded, &ext) != nil || ext.Code != code || ext.Field != field {
		t.Fatalf("got %s %q, want %s about %q", encoded, err.Message, code, field)
	}
	return err
}

func admin() *auth.Principal {
	return &auth.Principal{KeyID: models.NewID(models.PrefixApiKey), Scopes: []models.Scope{models.ScopeAdmin}}
}

func keyOf(tenant models.ID, scopes ...models.Scope) *auth.Principal {
	return &auth.Principal{KeyID: models.NewID(models.PrefixApiKey), TenantID: &tenant, Scopes: scopes}
}
