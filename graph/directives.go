package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"carillon/auth"
	"carillon/models"
)

// scope is @scope: it lets through whoever has one of the scopes, or any key
// where none is named.
func scope(ctx context.Context, _ any, next graphql.Resolver, anyOf []models.Scope) (any, error) {
	p := auth.From(ctx)
	if p == nil || len(anyOf) > 0 {
		if err := p.Need(anyOf...); err != nil {
			return nil, err
		}
	}
	return next(ctx)
}

// idOf is @idOf: it refuses ids of another kind.
func idOf(ctx context.Context, _ any, next graphql.Resolver, prefix string) (any, error) {
	value, err := next(ctx)
	if err != nil {
		return nil, err
	}
	id, ok := value.(models.ID)
	if p, given := value.(*models.ID); given && p != nil {
		id, ok = *p, true
	}
	if ok && !id.IsZero() && id.Prefix != models.Prefix(prefix) {
		return nil, models.Invalid("", "%q is an id of another kind; an id that begins with %s_ is needed here", id, prefix)
	}
	return value, nil
}

// exactlyOne is @exactlyOne. The raw object tells what was given; null is not.
func exactlyOne(ctx context.Context, obj any, next graphql.Resolver) (any, error) {
	given, _ := obj.(map[string]any)
	for _, value := range given {
		if value == nil || len(given) > 1 {
			return nil, models.Invalid("", "has more than one field, or null; give exactly one")
		}
	}
	if len(given) == 0 {
		return nil, models.Invalid("", "is empty; give exactly one of its fields")
	}
	return next(ctx)
}
