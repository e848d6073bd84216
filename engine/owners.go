package engine

import (
	"context"
	"sync"
	"time"

	"carillon/models"
)

// owners knows which channels this node works alone, and which another node
// does. Both end by the database's clock, as leases do.
type owners struct {
	own  func(ctx context.Context, r models.OwnRequest) ([]models.Ownership, error)
	node models.NodeID
	now  func() time.Time
	last time.Duration // of an ownership that is not renewed

	mu        sync.Mutex
	mine      map[models.ID]*ownership
	elsewhere map[models.ID]time.Time // until when
}

type ownership struct {
	until time.Time
	used  bool // since it was last renewed
}

func newOwners(cfg *Config) *owners {
	return &owners{
		own: cfg.Store.Own, node: cfg.Node, now: cfg.Clock.Now, last: cfg.Lease,
		mine: map[models.ID]*ownership{}, elsewhere: map[models.ID]time.Time{},
	}
}

// lost says that this node may not send to an owned channel (any more).
func (o *owners) lost(channel models.ID, now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.mine[channel]
	if m == nil || !now.Before(m.until) {
		return true
	}
	m.used = true
	return false
}

// other tells until when another node works the channel, as far as is known.
func (o *owners) other(channel models.ID, now time.Time) (until time.Time, yes bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	until, yes = o.elsewhere[channel]
	if yes && !now.Before(until) {
		delete(o.elsewhere, channel)
		return until, false
	}
	return until, yes
}

// acquire asks for channels, or to keep them.
func (o *owners) acquire(ctx context.Context, channels []models.ID) error {
	if len(channels) == 0 {
		return nil
	}
	now := o.now().UTC().Truncate(time.Microsecond)
	list, err := o.own(ctx, models.OwnRequest{Node: o.node, Channels: channels, Now: now, Until: now.Add(o.last)})
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range list {
		if one.Node != o.node {
			delete(o.mine, one.ChannelID)
			o.elsewhere[one.ChannelID] = one.Until
			continue
		}
		delete(o.elsewhere, one.ChannelID)
		if m := o.mine[one.ChannelID]; m != nil {
			m.until, m.used = one.Until, false
		} else {
			o.mine[one.ChannelID] = &ownership{until: one.Until}
		}
	}
	return nil
}

// keep renews those that were used, and forgets those that have ended.
func (o *owners) keep(ctx context.Context, active func(models.ID) bool) error {
	now := o.now()
	var ids, used []models.ID
	o.mu.Lock()
	for id, m := range o.mine {
		switch {
		case m.used:
			used = append(used, id)
		case now.Before(m.until):
			ids = append(ids, id)
		default:
			delete(o.mine, id)
		}
	}
	o.mu.Unlock()
	for _, id := range ids {
		if active(id) {
			used = append(used, id)
		}
	}
	for len(used) > 0 {
		step := used[:min(extendStep, len(used))]
		used = used[len(step):]
		if err := o.acquire(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// freed hears that their owner has let go of channels.
func (o *owners) freed(channels []models.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range channels {
		delete(o.elsewhere, id)
	}
}

// forgetOthers lets it be asked anew who works which channel.
func (o *owners) forgetOthers() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.elsewhere)
}

// release forgets all of this node's, and lists them.
func (o *owners) release() (channels []models.ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id := range o.mine {
		channels = append(channels, id)
	}
	clear(o.mine)
	return channels
}
