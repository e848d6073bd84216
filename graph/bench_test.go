package graph_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"carillon/auth"
	"carillon/models"
)

// BenchmarkPublishEvent is the cost of the executor around an engine that does
// nothing.
func BenchmarkPublishEvent(b *testing.B) {
	w := setup(b)
	ctx := auth.With(context.Background(), keyOf(models.NewID(models.PrefixTenant), models.ScopePublish))
	data := json.RawMessage(`{"text":"0123456789012345678901234567890123456789"}`)
	query := `mutation($in: PublishEventInput!) { publishEvent(input: $in) { id } }`
	b.ReportAllocs()
	for b.Loop() {
		ctx := graphql.StartOperationTrace(ctx)
		op, errs := w.exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: map[string]any{
			"in": map[string]any{"type": "contact.created", "data": data, "entityId": "e-1"},
		}})
		if errs != nil {
			b.Fatal(errs)
		}
		next, ctx := w.exec.DispatchOperation(ctx, op)
		if resp := next(ctx); len(resp.Errors) > 0 {
			b.Fatal(resp.Errors)
		}
	}
}
