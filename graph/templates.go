package graph

import (
	"context"
	"slices"
	"strings"

	"carillon/models"
	"carillon/templates"
)

// template shows built-in ones to everybody.
func (r *resolver) template(ctx context.Context, id models.ID) (*models.Template, error) {
	if t, ok := templates.BuiltinByID(id); ok {
		return &t, nil
	}
	return one(ctx, id, from(ctx).template, func(t *models.Template) models.ID { return t.TenantID })
}

// inForce is the template that renders for a route.
func inForce(ctx context.Context, route *models.Route) (*models.Template, error) {
	if !route.TemplateID.IsZero() {
		return from(ctx).template(ctx, route.TemplateID)
	}
	ch, err := from(ctx).channel(ctx, route.ChannelID)
	switch {
	case err != nil || ch == nil:
		return nil, err
	case !ch.TemplateID.IsZero():
		return from(ctx).template(ctx, ch.TemplateID)
	}
	return usual(ch.Kind), nil
}

// usual is the built-in template of a kind, the first that it has.
func usual(kind models.ChannelKind) *models.Template {
	all := templates.Builtins()
	i := slices.IndexFunc(all, func(t models.Template) bool { return t.Kind == kind })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// templateList lists what the database has, and behind it what is built in.
func (r *resolver) templateList(ctx context.Context, p models.Page, f models.TemplateFilter) (models.Connection[models.Template], error) {
	stored := func() (models.Connection[models.Template], error) { return r.cfg.Reader.Templates(ctx, p, f) }
	if f.BuiltIn != nil && *f.BuiltIn {
		stored = nil
	}
	return withBuiltIns(p, models.PrefixTemplate, templates.Builtins(), func(t *models.Template) models.ID { return t.ID },
		func(t *models.Template) bool { return takes(&f, t) }, stored)
}

// takes is the filter's rule for built-in ones, which are everybody's.
func takes(f *models.TemplateFilter, t *models.Template) bool {
	search := strings.ToLower(text(f.Search))
	return (f.BuiltIn == nil || *f.BuiltIn) && (f.Kind == nil || t.Kind == *f.Kind) &&
		(strings.Contains(strings.ToLower(t.Name), search) || strings.Contains(strings.ToLower(t.Description), search))
}

// versionsOf is the one version of a built-in template, or the history of another.
func (r *resolver) versionsOf(ctx context.Context, t *models.Template, p models.Page) (list models.Connection[models.TemplateVersion], err error) {
	if !t.BuiltIn {
		return r.cfg.Reader.TemplateVersions(ctx, t.ID, p)
	}
	if list.HasPrevious = p.After != ""; list.HasPrevious {
		_, err = models.DecodeSeqCursor("after", p.After)
		return list, err
	}
	list.Nodes = []models.TemplateVersion{{Version: t.Version, Parts: t.Parts, CreatedAt: t.CreatedAt}}
	list.Cursors = []string{models.EncodeCursor("1")}
	return list, nil
}
