package client

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"carillon/models"
)

// Publish publishes one event and returns what the server stored.
func (c *Client) Publish(ctx context.Context, p Publication) (*Event, error) {
	var out struct{ Item json.RawMessage }
	if err := c.do(ctx, publishOne, map[string]any{"input": p}, &out); err != nil {
		return nil, err
	}
	return readItem[Event](out.Item)
}

// PublishAll publishes up to models.MaxBatch events, all or none.
func (c *Client) PublishAll(ctx context.Context, list []Publication) ([]*Event, error) {
	var out struct{ Items []json.RawMessage }
	if err := c.do(ctx, publishMany, map[string]any{"input": map[string]any{"events": list}}, &out); err != nil {
		return nil, err
	}
	return readItems[Event](out.Items)
}

// CountDeliveries says how many deliveries an event has; more is true where
// there are others beyond. The key needs READ.
func (c *Client) CountDeliveries(ctx context.Context, id models.ID) (n int, more bool, err error) {
	var out struct {
		Item *struct {
			Deliveries struct {
				Nodes    []struct{ ID models.ID }
				PageInfo struct{ HasNextPage bool }
			}
		}
	}
	if err := c.do(ctx, countDeliveries, map[string]any{"id": id}, &out); err != nil || out.Item == nil {
		return 0, false, err
	}
	return len(out.Item.Deliveries.Nodes), out.Item.Deliveries.PageInfo.HasNextPage, nil
}

// Example is the catalog's example of an event type. The key needs READ.
func (c *Client) Example(ctx context.Context, eventType string) (json.RawMessage, error) {
	var out struct {
		Item *struct{ Example json.RawMessage }
	}
	if err := c.do(ctx, catalogExample, map[string]any{"name": eventType}, &out); err != nil {
		return nil, err
	}
	switch {
	case out.Item == nil:
		return nil, fmt.Errorf("the catalog has no event type %s", eventType)
	case len(out.Item.Example) == 0 || string(out.Item.Example) == "null":
		return nil, fmt.Errorf("the catalog has no example of %s", eventType)
	}
	return out.Item.Example, nil
}

// ChannelNamed finds a channel by its exact name.
func (c *Client) ChannelNamed(ctx context.Context, tenant, name string) (string, error) {
	return c.named(ctx, "channel", findChannel, tenant, name)
}

// WebhookNamed finds a webhook by its exact name.
func (c *Client) WebhookNamed(ctx context.Context, tenant, name string) (string, error) {
	return c.named(ctx, "webhook", findWebhook, tenant, name)
}

func (c *Client) named(ctx context.Context, what, document, tenant, name string) (string, error) {
	var out struct{ Items struct{ Nodes []Named } }
	variables := map[string]any{"search": name}
	if tenant != "" {
		variables["tenant"] = tenant
	}
	if err := c.do(ctx, document, variables, &out); err != nil {
		return "", err
	}
	found := slices.DeleteFunc(out.Items.Nodes, func(n Named) bool { return n.Name != name })
	switch len(found) {
	case 0:
		return "", fmt.Errorf("there is no %s with the name %q", what, name)
	case 1:
		return found[0].ID.String(), nil
	}
	return "", fmt.Errorf("%d %ss have the name %q; give the id of one of them, or the tenant", len(found), what, name)
}

// NewestEvent is the id of the newest event before a time, or of all where it is
// zero; empty where there is none.
func (c *Client) NewestEvent(ctx context.Context, tenant string, before time.Time) (string, error) {
	filter := EventFilter{TenantID: tenant, IncludeTests: true}
	if !before.IsZero() {
		filter.To = &before
	}
	return c.newest(ctx, eventFeed(), filter)
}

// NewestAttempt is the id of the newest attempt; empty where there is none.
func (c *Client) NewestAttempt(ctx context.Context, tenant string) (string, error) {
	return c.newest(ctx, attemptFeed(false), AttemptFilter{TenantID: tenant, IncludeTests: true})
}

// attemptPage keeps a page with bodies within what the server lets one query cost.
const attemptPage = 100

// Attempts are the newest n that the filter takes, newest first.
func (c *Client) Attempts(ctx context.Context, filter AttemptFilter, n int, bodies bool) ([]*Attempt, error) {
	var all []*Attempt
	after := ""
	for len(all) < n {
		p, err := c.page(ctx, attemptFeed(bodies).list, filter, min(attemptPage, n-len(all)), after)
		if err != nil {
			return nil, err
		}
		items, err := readItems[Attempt](p.Nodes)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if !p.PageInfo.HasNextPage {
			break
		}
		after = p.PageInfo.EndCursor
	}
	return all, nil
}
