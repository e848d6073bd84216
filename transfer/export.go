// Package transfer moves one tenant between servers as a file of JSON lines: its
// configuration and, if asked for, its events. It owns the format. It works for
// operators, straight on the store, and knows no principals; it delivers nothing,
// and takes neither keys nor deliveries along.
package transfer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"carillon/models"
)

// Source is what an export reads.
type Source interface {
	TenantsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Tenant, error)
	Templates(ctx context.Context, page models.Page, f models.TemplateFilter) (models.Connection[models.Template], error)
	TemplateVersions(ctx context.Context, id models.ID, page models.Page) (models.Connection[models.TemplateVersion], error)
	Channels(ctx context.Context, page models.Page, f models.ChannelFilter) (models.Connection[models.Channel], error)
	Webhooks(ctx context.Context, page models.Page, f models.WebhookFilter) (models.Connection[models.Webhook], error)
	EventsHead(ctx context.Context) (int64, error)
	EventsBetween(ctx context.Context, after, upTo int64, f models.EventFilter, limit int) ([]models.Event, error)
}

// Wanted says what an export has besides the configuration.
type Wanted struct {
	Tenant  models.ID
	Secrets bool // in the clear
	Events  bool
	Since   *time.Time // of the events, by when the server had them
}

// pageSize bounds what an export holds in memory: a page of channels or events.
const pageSize = 100

// Export writes a tenant. Events that are published meanwhile are not in it.
func Export(ctx context.Context, from Source, w io.Writer, wanted Wanted, now time.Time) error {
	found, err := from.TenantsByID(ctx, []models.ID{wanted.Tenant})
	if err != nil {
		return err
	}
	t, ok := found[wanted.Tenant]
	if !ok {
		return models.NotFound("tenant", wanted.Tenant)
	}
	x := &export{from: from, wanted: wanted, w: w}
	x.line(headerLine{Kind: kindHeader, Version: Version, ExportedAt: now.UTC()})
	x.line(tenantLine{Kind: kindTenant, ID: t.ID, Name: t.Name, ExternalID: t.ExternalID, Metadata: t.Metadata,
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt})
	for _, part := range []func(context.Context) error{x.templates, x.channels, x.webhooks, x.events} {
		if err := part(ctx); err != nil {
			return err
		}
		if x.err != nil {
			return x.err
		}
	}
	x.line(endLine{Kind: kindEnd, Lines: x.lines})
	return x.err
}

type export struct {
	from   Source
	wanted Wanted
	w      io.Writer
	lines  int
	err    error // of the writer; the first one ends the export
}

func (x *export) line(v any) {
	if x.err != nil {
		return
	}
	text, err := encoded(v)
	if err == nil {
		_, err = x.w.Write(text)
	}
	if err != nil {
		x.err = fmt.Errorf("write line %d: %w", x.lines+1, err)
	}
	x.lines++
}

// encoded is a line, with its end, that is no longer than it must be.
func encoded(v any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return text.Bytes(), err
}

// each walks a list page by page.
func each[T any](ctx context.Context, list func(context.Context, models.Page) (models.Connection[T], error), visit func(*T) error) error {
	for page := (models.Page{First: pageSize}); ; {
		c, err := list(ctx, page)
		if err != nil {
			return err
		}
		for i := range c.Nodes {
			if err := visit(&c.Nodes[i]); err != nil {
				return err
			}
		}
		if !c.HasNext {
			return nil
		}
		page.After = c.Cursors[len(c.Cursors)-1]
	}
}

func (x *export) templates(ctx context.Context) error {
	list := func(ctx context.Context, page models.Page) (models.Connection[models.Template], error) {
		return x.from.Templates(ctx, page, models.TemplateFilter{TenantID: &x.wanted.Tenant})
	}
	return each(ctx, list, func(t *models.Template) error {
		if t.TenantID != x.wanted.Tenant {
			return nil
		}
		x.line(templateLine{Kind: kindTemplate, ID: t.ID, Name: t.Name, Description: t.Description, ChannelKind: t.Kind,
			Version: t.Version, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt})
		versions := func(ctx context.Context, page models.Page) (models.Connection[models.TemplateVersion], error) {
			return x.from.TemplateVersions(ctx, t.ID, page)
		}
		return each(ctx, versions, func(v *models.TemplateVersion) error {
			x.line(versionLine{Kind: kindVersion, TemplateID: t.ID, Version: v.Version, Parts: v.Parts, CreatedAt: v.CreatedAt})
			return x.err
		})
	})
}

func (x *export) channels(ctx context.Context) error {
	list := func(ctx context.Context, page models.Page) (models.Connection[models.Channel], error) {
		return x.from.Channels(ctx, page, models.ChannelFilter{TenantID: &x.wanted.Tenant})
	}
	return each(ctx, list, func(c *models.Channel) error {
		line, err := x.channel(c)
		if err != nil {
			return err
		}
		x.line(line)
		for _, s := range c.Suppressed {
			x.line(suppressionLine{Kind: kindSuppression, ChannelID: c.ID, Address: s.Address, Reason: s.Reason, CreatedAt: s.CreatedAt})
		}
		return x.err
	})
}

func (x *export) channel(c *models.Channel) (line channelLine, err error) {
	if _, unknown := c.Config.(*models.UnknownConfig); unknown {
		return line, fmt.Errorf("channel %s is of the kind %s, which this program does not know; export by one that does", c.ID, c.Kind)
	}
	line = channelLine{Kind: kindChannel, ID: c.ID, Name: c.Name, ChannelKind: c.Kind, TemplateID: c.TemplateID,
		RetryPolicy: c.RetryPolicy, Limits: c.Limits, Batching: c.Batching, Ordering: c.Ordering,
		Status: c.Status, StatusReason: c.StatusReason, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	if line.Config, err = encoded(c.Config); err != nil {
		return line, fmt.Errorf("write the configuration of channel %s: %w", c.ID, err)
	}
	for _, secret := range c.Config.Secrets() {
		switch {
		case x.wanted.Secrets:
			line.Secrets = append(line.Secrets, secret.Reveal())
		case !secret.Empty():
			line.SecretsLeftOut++
		}
	}
	return line, nil
}

func (x *export) webhooks(ctx context.Context) error {
	list := func(ctx context.Context, page models.Page) (models.Connection[models.Webhook], error) {
		return x.from.Webhooks(ctx, page, models.WebhookFilter{TenantID: &x.wanted.Tenant})
	}
	return each(ctx, list, func(w *models.Webhook) error {
		line := webhookLine{Kind: kindWebhook, ID: w.ID, Name: w.Name, Description: w.Description, EventTypes: w.EventTypes,
			Filter: w.Filter, Routes: []routeLine{}, Status: w.Status, CreatedAt: w.CreatedAt, UpdatedAt: w.UpdatedAt}
		for _, r := range w.Routes {
			line.Routes = append(line.Routes, routeLine(r))
		}
		x.line(line)
		return x.err
	})
}

func (x *export) events(ctx context.Context) error {
	if !x.wanted.Events {
		return nil
	}
	head, err := x.from.EventsHead(ctx)
	if err != nil {
		return err
	}
	for after := int64(0); ; {
		f := models.EventFilter{TenantID: &x.wanted.Tenant, From: x.wanted.Since}
		page, err := x.from.EventsBetween(ctx, after, head, f, pageSize)
		if err != nil {
			return err
		}
		for i := range page {
			e := &page[i]
			x.line(eventLine{Kind: kindEvent, ID: e.ID, Type: e.Type, Version: e.Version, EntityID: e.EntityID, Tags: e.Tags,
				Data: e.Data, IdempotencyKey: e.IdempotencyKey, Timestamp: e.Timestamp, CreatedAt: e.CreatedAt})
			after = e.Seq
		}
		if len(page) < pageSize || x.err != nil {
			return x.err
		}
	}
}
