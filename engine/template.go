package engine

import (
	"context"
	"fmt"
	"sync"

	"carillon/channels"
	"carillon/models"
	"carillon/templates"
)

// maxVersions bounds the former versions that are remembered.
const maxVersions = 100

// versions finds the templates that messages are rendered by: what is in force
// from the table of routes, and former versions from memory.
type versions struct {
	load    func(ctx context.Context, id models.ID, version int) (models.TemplateVersion, error)
	builtin map[models.ID]*models.Template

	mu     sync.Mutex
	former map[models.TemplateRef]*models.Template
}

func newVersions(s Store) *versions {
	v := &versions{load: s.TemplateVersion, builtin: map[models.ID]*models.Template{}, former: map[models.TemplateRef]*models.Template{}}
	for _, t := range templates.Builtins() {
		v.builtin[t.ID] = &t
	}
	return v
}

// templateID names the template in force: the route's own, else the channel's.
// Zero stands for the built-in one of the kind.
func (p *place) templateID() models.ID {
	if p.webhook != nil {
		for i := range p.webhook.Routes {
			if r := &p.webhook.Routes[i]; r.ChannelID == p.channel.ID && !r.TemplateID.IsZero() {
				return r.TemplateID
			}
		}
	}
	return p.channel.TemplateID
}

// choose notes what the delivery is rendered by: what is in force for its first
// attempt, and the same version for each later one. Where that is nowhere any
// more, the attempt fails; an error means that it could not be found out.
func (v *versions) choose(ctx context.Context, t *table, to *place, d *models.Delivery) error {
	first := d.AttemptCount == 0
	ref := d.Template
	if first {
		ref = models.TemplateRef{ID: to.templateID()}
	}
	if ref.ID.IsZero() {
		return nil
	}
	if to.template = v.builtin[ref.ID]; to.template != nil {
		return nil
	}
	if newest := t.Templates[ref.ID]; newest != nil && (first || newest.Version == ref.Version) {
		to.template = newest
		return nil
	}
	var err error = models.NotFound("template", ref.ID)
	if !first {
		to.template, err = v.of(ctx, ref, to.channel.Kind)
	}
	if models.CodeOf(err) == models.CodeNotFound {
		to.lost = lost(ref)
		return nil
	}
	return err
}

func lost(ref models.TemplateRef) *channels.Error {
	e := &channels.Error{Class: channels.Permanent, Code: models.ErrTemplate, Message: fmt.Sprintf("the template %s is not there any more", ref.ID)}
	if ref.Version > 0 {
		e.Message = fmt.Sprintf("version %d of the template %s, which the first attempt used, is not there any more; replay the event to use the newest", ref.Version, ref.ID)
	}
	return e
}

// of gives a former version. A version never changes, so it may be kept.
func (v *versions) of(ctx context.Context, ref models.TemplateRef, kind models.ChannelKind) (*models.Template, error) {
	v.mu.Lock()
	t := v.former[ref]
	v.mu.Unlock()
	if t != nil {
		return t, nil
	}
	loaded, err := v.load(ctx, ref.ID, ref.Version)
	if err != nil {
		return nil, err
	}
	t = &models.Template{ID: ref.ID, Kind: kind, Version: loaded.Version, Parts: loaded.Parts}
	v.mu.Lock()
	defer v.mu.Unlock()
	for other := range v.former {
		if len(v.former) < maxVersions {
			break
		}
		delete(v.former, other)
	}
	v.former[ref] = t
	return t, nil
}

// refTo is what a delivery records of its template; zero for the built-in one.
func refTo(t *models.Template) models.TemplateRef {
	if t == nil {
		return models.TemplateRef{}
	}
	return models.TemplateRef{ID: t.ID, Version: t.Version}
}
