package wire

import (
	"context"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// call is one operation on its way, whichever transport brought it. It travels
// in the context, where the executor's query cache and its mutator find it.
type call struct {
	id         string // the request's id
	credential string // the Authorization that was taken
	request    request
	params     *graphql.RawParams
	plan       *plan
	variables  map[string]any
	fault      *gqlerror.Error // what is wrong with the variables
	ending     atomic.Pointer[error]
	watch      Watch
	code       string // of the first error that was answered
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// EndSubscription makes err the end of the subscription that ctx belongs to.
// A resolver calls it before it closes its channel: the client then gets err,
// through the executor's error presenter, instead of a completion. The first
// error counts.
func EndSubscription(ctx context.Context, err error) {
	if c := callOf(ctx); c != nil && err != nil {
		c.ending.CompareAndSwap(nil, &err)
	}
}

// prepare parses, validates and reads the variables; all that is left is to
// run the operation. The request's buffer is not needed after it.
func (h *Handler) prepare(ctx context.Context, c *call) (*graphql.OperationContext, gqlerror.List) {
	c.params = &graphql.RawParams{
		Query:         c.request.query,
		OperationName: c.request.operationName,
		Extensions:    c.request.extensions,
		Headers:       c.request.headers,
	}
	c.params.ReadTime.Start = graphql.GetStartTime(ctx)
	c.params.ReadTime.End = graphql.Now()
	op, errs := h.exec.CreateOperationContext(ctx, c.params)
	c.request.variables = nil
	return op, contract(errs)
}

// documents is the executor's query cache. Executor and plan meet here: the
// document is known and the variables are not yet looked at, so this is where
// they are read, by the types that the document gives them.
type documents struct{ h *Handler }

// Get is called with every query.
func (d documents) Get(ctx context.Context, query string) (*ast.QueryDocument, bool) {
	c := callOf(ctx)
	p := c.plan
	if p == nil || p.query != query {
		if p = d.h.plans.get([]byte(query)); p == nil {
			return nil, false
		}
	}
	c.adopt(p)
	return p.doc, true
}

// Add is called with a query that Get did not have, once it is valid.
func (d documents) Add(ctx context.Context, query string, doc *ast.QueryDocument) {
	p := newPlan(query, doc, d.h.inputs)
	d.h.plans.add(p)
	callOf(ctx).adopt(p)
}

func (c *call) adopt(p *plan) {
	c.plan = p
	c.variables, c.fault = p.read(&c.request)
}

// variables hands the executor what the plan has read. It is the first of the
// mutators: those of Configure may look at variables.
type variables struct{}

// ExtensionName is for the executor's registry.
func (variables) ExtensionName() string { return "Variables" }

// Validate takes every schema.
func (variables) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext sets the variables, or refuses them.
func (variables) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	c := callOf(ctx)
	if c.fault != nil {
		return c.fault
	}
	op.Variables = c.variables
	return nil
}
