package graph

import (
	"context"

	"carillon/auth"
	"carillon/graph/model"
	"carillon/models"
)

// page reads the arguments of a list.
func page(first *int, after *string) (models.Page, error) {
	p := models.Page{First: models.DefaultPage}
	if first != nil {
		p.First = *first
	}
	if p.First < 1 || p.First > models.MaxPage {
		return p, models.Invalid("first", "%d is out of range; give 1 to %d", p.First, models.MaxPage)
	}
	if after != nil {
		p.After = *after
	}
	return p, nil
}

// listed reads a page of a list that a tenant's key sees its own part of.
// wall points at the filter's tenant.
func listed[F, T any](
	ctx context.Context, first *int, after *string, filter *F, wall func(*F) **models.ID,
	read func(context.Context, models.Page, F) (models.Connection[T], error),
) (model.Connection[T], error) {
	p, err := page(first, after)
	if err != nil {
		return model.Connection[T]{}, err
	}
	f, err := walled(ctx, filter, wall)
	if err != nil {
		return model.Connection[T]{}, err
	}
	c, err := read(ctx, p, f)
	return connected(ctx, c, err)
}

// below reads a page of what belongs to one thing, which the caller sees.
func below[T any](
	ctx context.Context, id models.ID, first *int, after *string,
	read func(context.Context, models.ID, models.Page) (models.Connection[T], error),
) (model.Connection[T], error) {
	p, err := page(first, after)
	if err != nil {
		return model.Connection[T]{}, err
	}
	c, err := read(ctx, id, p)
	return connected(ctx, c, err)
}

func connected[T any](ctx context.Context, c models.Connection[T], err error) (model.Connection[T], error) {
	from(ctx).met(c.Nodes)
	return model.Connected(c), err
}

// walled limits a filter to what the caller may see; nil takes all of that.
func walled[F any](ctx context.Context, filter *F, wall func(*F) **models.ID) (F, error) {
	var f F
	if filter != nil {
		f = *filter
	}
	tenant := wall(&f)
	var err error
	*tenant, err = auth.From(ctx).Filter(*tenant)
	return f, err
}

func eventWall(f *models.EventFilter) **models.ID       { return &f.TenantID }
func deliveryWall(f *models.DeliveryFilter) **models.ID { return &f.TenantID }
func auditWall(f *models.AuditFilter) **models.ID       { return &f.TenantID }
func attemptWall(f *models.AttemptFilter) **models.ID   { return &f.TenantID }
