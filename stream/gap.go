package stream

import "context"

// fill reads one page of what is missing behind position. A page that ends
// early may end in a hole, which an erased tenant leaves, or may come of a hint
// that promised too much: then only Head can tell.
func (h *Hub[T]) fill(ctx context.Context, position int64, todo task[T]) (progress, error) {
	items, err := h.cfg.Read(ctx, position, todo.upTo, readPage)
	if err != nil {
		return nothing, err
	}
	if len(items) == readPage {
		h.hand(items, h.inbox.last(items))
		return page, nil
	}
	if !todo.sure && (len(items) == 0 || h.inbox.last(items) < todo.upTo) {
		return h.verify(ctx, position, todo.upTo)
	}
	h.hand(items, todo.upTo)
	return something, nil
}

// verify reads anew, up to what Head says there is.
func (h *Hub[T]) verify(ctx context.Context, position, hinted int64) (progress, error) {
	head, err := h.cfg.Head(ctx)
	if err != nil {
		return nothing, err
	}
	if head < hinted {
		h.inbox.disbelieve(head)
	}
	if head <= position {
		return something, nil
	}
	return h.fill(ctx, position, task[T]{upTo: min(head, hinted), sure: true})
}

// lookup asks the log itself how far it goes. A request that comes while it is
// being answered stands for another time.
func (h *Hub[T]) lookup(ctx context.Context) error {
	h.inbox.looked()
	head, err := h.cfg.Head(ctx)
	if err != nil {
		h.inbox.ask()
		return err
	}
	h.inbox.hint(head)
	return nil
}

// noted logs the first of a row of failures, and the end of the row.
func (h *Hub[T]) noted(ctx context.Context, err error) error {
	switch {
	case err != nil && !h.failing && ctx.Err() == nil:
		h.failing = true
		h.log.Warn("the live stream cannot read its log; it tries again until it can", "error", err)
	case err == nil && h.failing:
		h.failing = false
		h.log.Info("the live stream reads its log again")
	}
	return err
}
