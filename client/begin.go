package client

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// emptyPoll is how often an empty log is looked at. A subscription on one could
// miss what comes while it is opened: there is nothing yet to go on behind.
const emptyPoll = 300 * time.Millisecond

// begin finds an item to go on behind, and takes the first that the filter
// takes. The newest is read before the first: what comes between the two is
// behind either.
func (f *follower[T, P]) begin(ctx context.Context) error {
	tick := time.NewTicker(emptyPoll)
	defer tick.Stop()
	newest := ""
	for {
		var err error
		if newest, err = f.c.newest(ctx, f.feed, f.all); err != nil {
			return err
		}
		f.opened = true
		if newest != "" {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if !f.skip {
		if err := f.first(ctx); err != nil || f.start.After != "" {
			return err
		}
	}
	f.start.After, f.skip = newest, false
	return nil
}

// first takes the oldest item that the filter takes, if there is one.
func (f *follower[T, P]) first(ctx context.Context) error {
	id, err := f.c.oldest(ctx, f.feed, f.filter)
	if err != nil || id == "" {
		return err
	}
	var out struct{ Item json.RawMessage }
	if err := f.c.do(ctx, f.feed.one, map[string]any{"id": id}, &out); err != nil {
		return err
	}
	if len(out.Item) == 0 || string(out.Item) == "null" {
		return errors.New("the first " + f.feed.name + " was removed while it was read")
	}
	v, err := readItem[T, P](out.Item)
	if err != nil {
		return err
	}
	return f.hand(v)
}
