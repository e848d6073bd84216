package client

import (
	"context"
	"encoding/json"
	"fmt"

	"carillon/models"
)

type page struct {
	Nodes    []json.RawMessage
	PageInfo struct {
		HasNextPage bool
		EndCursor   string
	}
}

func (c *Client) page(ctx context.Context, document string, filter any, first int, after string) (page, error) {
	variables := map[string]any{"first": first, "filter": filter}
	if after != "" {
		variables["after"] = after
	}
	var out struct{ Items page }
	err := c.do(ctx, document, variables, &out)
	return out.Items, err
}

func (c *Client) newest(ctx context.Context, f feed, filter any) (string, error) {
	p, err := c.page(ctx, f.ids, filter, 1, "")
	if err != nil || len(p.Nodes) == 0 {
		return "", err
	}
	return idOf(p.Nodes[0])
}

// oldest goes through all ids, since lists begin with the newest.
func (c *Client) oldest(ctx context.Context, f feed, filter any) (string, error) {
	last, after := json.RawMessage(nil), ""
	for {
		p, err := c.page(ctx, f.ids, filter, models.MaxPage, after)
		if err != nil {
			return "", err
		}
		if n := len(p.Nodes); n > 0 {
			last = p.Nodes[n-1]
		}
		if !p.PageInfo.HasNextPage {
			break
		}
		after = p.PageInfo.EndCursor
	}
	if last == nil {
		return "", nil
	}
	return idOf(last)
}

func idOf(raw json.RawMessage) (string, error) {
	var node struct{ ID string }
	err := json.Unmarshal(raw, &node)
	return node.ID, err
}

// item is what a feed consists of.
type item[T any] interface {
	*T
	identity() string
	keep(raw json.RawMessage)
}

func readItem[T any, P item[T]](raw json.RawMessage) (P, error) {
	v := P(new(T))
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, fmt.Errorf("the server's answer is not what this version expects: %w", err)
	}
	v.keep(raw)
	return v, nil
}

func readItems[T any, P item[T]](raws []json.RawMessage) ([]P, error) {
	list := make([]P, len(raws))
	for i, raw := range raws {
		v, err := readItem[T, P](raw)
		if err != nil {
			return nil, err
		}
		list[i] = v
	}
	return list, nil
}
