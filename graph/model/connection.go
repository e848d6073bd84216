// Package model holds what the API shows that is no noun of the house:
// connections, headers as clients see them, and the inputs of updates, which
// are generated. It decides nothing.
package model

import "carillon/models"

// Connection is one page of a list in Relay's form.
type Connection[T any] struct {
	page models.Connection[T]
}

// Connected gives a page Relay's form.
func Connected[T any](page models.Connection[T]) Connection[T] {
	return Connection[T]{page: page}
}

// Nodes are the page's items.
func (c *Connection[T]) Nodes() []T { return c.page.Nodes }

// Edges are the page's items with their cursors.
func (c *Connection[T]) Edges() []Edge[T] {
	edges := make([]Edge[T], len(c.page.Nodes))
	for i := range edges {
		edges[i] = Edge[T]{Cursor: c.page.Cursors[i], Node: c.page.Nodes[i]}
	}
	return edges
}

// PageInfo says where the page lies in its list.
func (c *Connection[T]) PageInfo() PageInfo {
	info := PageInfo{HasNextPage: c.page.HasNext, HasPreviousPage: c.page.HasPrevious}
	if n := len(c.page.Cursors); n > 0 {
		info.StartCursor, info.EndCursor = &c.page.Cursors[0], &c.page.Cursors[n-1]
	}
	return info
}

// Edge is an item and its place in the list.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// PageInfo says where a page lies in its list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// TenantConnection is a page of tenants; the others are pages likewise.
type (
	TenantConnection          = Connection[models.Tenant]
	ApiKeyConnection          = Connection[models.ApiKey]
	EventTypeConnection       = Connection[models.EventType]
	WebhookConnection         = Connection[models.Webhook]
	ChannelConnection         = Connection[models.Channel]
	EventConnection           = Connection[models.Event]
	DeliveryConnection        = Connection[models.Delivery]
	AttemptConnection         = Connection[models.Attempt]
	AuditEntryConnection      = Connection[models.AuditEntry]
	TemplateConnection        = Connection[models.Template]
	TemplateVersionConnection = Connection[models.TemplateVersion]
)

// TenantEdge is a tenant and its place in the list; the others likewise.
type (
	TenantEdge          = Edge[models.Tenant]
	ApiKeyEdge          = Edge[models.ApiKey]
	EventTypeEdge       = Edge[models.EventType]
	WebhookEdge         = Edge[models.Webhook]
	ChannelEdge         = Edge[models.Channel]
	EventEdge           = Edge[models.Event]
	DeliveryEdge        = Edge[models.Delivery]
	AttemptEdge         = Edge[models.Attempt]
	AuditEntryEdge      = Edge[models.AuditEntry]
	TemplateEdge        = Edge[models.Template]
	TemplateVersionEdge = Edge[models.TemplateVersion]
)
