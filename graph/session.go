package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// session gives every response what lives as long as it does: loaders, so that
// no message of a subscription and no mutation sees what was read before it.
type session struct{ reader Reader }

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.ResponseInterceptor
	graphql.RootFieldInterceptor
} = (*session)(nil)

// ExtensionName names the extension.
func (*session) ExtensionName() string { return "Session" }

// Validate takes every schema.
func (*session) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptOperation makes room for what a subscription's resolver says of its
// responses.
func (s *session) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		ctx = context.WithValue(ctx, showingKey{}, &showing{})
	}
	return next(ctx)
}

// InterceptResponse gives a response its loaders, wherever it comes from.
func (s *session) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	execute := func(ctx context.Context) *graphql.Response { return next(s.fresh(ctx)) }
	if showing := showingOf(ctx); showing != nil && showing.next != nil {
		return showing.next(ctx, execute)
	}
	return execute(ctx)
}

// InterceptRootField gives each mutation of an operation loaders of its own.
func (s *session) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if root := graphql.GetRootFieldContext(ctx); root != nil && root.Object == "Mutation" {
		ctx = s.fresh(ctx)
	}
	return next(ctx)
}

type loadersKey struct{}

func (s *session) fresh(ctx context.Context) context.Context {
	return context.WithValue(ctx, loadersKey{}, &loaders{reader: s.reader, patient: follows(ctx)})
}

// follows says that ctx is of a subscription; a request that was refused has no
// operation.
func follows(ctx context.Context) bool {
	if !graphql.HasOperationContext(ctx) {
		return false
	}
	op := graphql.GetOperationContext(ctx).Operation
	return op != nil && op.Operation == ast.Subscription
}

func from(ctx context.Context) *loaders {
	return ctx.Value(loadersKey{}).(*loaders) // every response has them
}
