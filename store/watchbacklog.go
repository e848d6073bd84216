package store

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// watchBacklogs finds the tenants whose deliveries wait for longer than they should,
// and those of which that is known. It steps from lane to lane, so that its cost is
// by their number, not by what waits. Recoveries are slow on purpose and do not count.
func (s *Store) watchBacklogs(ctx context.Context, w *models.Watch) ([]models.WatchedBacklog, error) {
	tx := s.read.WithContext(ctx)
	found, err := backlogAlerts(tx)
	if err != nil {
		return nil, err
	}
	if w.Late > 0 {
		lanes, err := s.Lanes(ctx)
		if err != nil {
			return nil, err
		}
		// What is over is told where nothing has waited for half the time.
		lanes = slices.DeleteFunc(lanes, func(l models.LaneDue) bool { return l.Lane.Bulk || l.Due.After(w.Now.Add(-w.Late/2)) })
		if err := s.sortLate(ctx, tx, lanes, w, found); err != nil {
			return nil, err
		}
	}
	out := make([]models.WatchedBacklog, 0, len(found))
	for _, id := range sortedIDs(setKeys(found)) {
		b := found[id]
		slices.SortFunc(b.Late, compareLate)
		b.Late = b.Late[:min(mostLate, len(b.Late))]
		if b.Alert.LateSince != nil && b.Alert.ToldAt == nil {
			if err := s.countLate(ctx, b.Late); err != nil {
				return nil, err
			}
		}
		out = append(out, *b)
	}
	return out, nil
}

func backlogAlerts(tx *gorm.DB) (map[models.ID]*models.WatchedBacklog, error) {
	found := make(map[models.ID]*models.WatchedBacklog)
	_, err := collect(tx.Raw("SELECT tenant_id, late_since, told_at FROM backlog_alerts"), func(row scanner) (none struct{}, err error) {
		var tenant uid
		var since, told *int64
		err = row.Scan(&tenant, &since, &told)
		id := tenant.id(models.PrefixTenant)
		found[id] = &models.WatchedBacklog{TenantID: id, Alert: models.BacklogAlert{LateSince: fromMicrosPtr(since), ToldAt: fromMicrosPtr(told)}}
		return none, err
	})
	return found, err
}

// watchedLane is what is to be known of a late lane.
type watchedLane struct {
	channel models.SignalChannel
	tenant  models.ID
}

// sortLate puts the lanes to their tenants, those that are late among what is late.
func (s *Store) sortLate(ctx context.Context, tx *gorm.DB, lanes []models.LaneDue, w *models.Watch, found map[models.ID]*models.WatchedBacklog) error {
	if len(lanes) == 0 {
		return nil
	}
	channels, named, err := s.lateChannels(tx, lanes)
	if err != nil {
		return err
	}
	late := make(map[models.ID]bool)
	for _, l := range lanes { // of a channel, the first is the oldest
		c, known := channels[l.Lane.ChannelID]
		if !known {
			continue // it was deleted meanwhile
		}
		due := l.Due
		if named[l.Lane.WebhookID] {
			if due, known, err = s.oldestOrdinary(tx, l); err != nil {
				return err
			} else if !known {
				continue
			}
		}
		b := found[c.tenant]
		if b == nil {
			b = &models.WatchedBacklog{TenantID: c.tenant}
			found[c.tenant] = b
		}
		if b.Oldest == nil || due.Before(*b.Oldest) {
			b.Oldest = &due
		}
		if !due.After(w.Now.Add(-w.Late)) && !late[c.channel.ID] {
			late[c.channel.ID] = true
			b.Late = append(b.Late, models.SignalLateLane{SignalChannel: c.channel, OldestAt: due})
		}
	}
	return ctx.Err()
}

// lateChannels describes the channels of lanes, and names the webhooks that may have
// operational events in them.
func (s *Store) lateChannels(tx *gorm.DB, lanes []models.LaneDue) (channels map[models.ID]watchedLane, named map[models.ID]bool, err error) {
	channels, named = make(map[models.ID]watchedLane), make(map[models.ID]bool)
	var ids, webhooks []uid
	for _, l := range lanes {
		ids, webhooks = append(ids, uidOf(l.Lane.ChannelID)), append(webhooks, uidOf(l.Lane.WebhookID))
	}
	in, list := s.inIDs("id", ids)
	_, err = collect(tx.Raw("SELECT id, tenant_id, name, kind FROM channels WHERE "+in, list), func(row scanner) (none struct{}, err error) {
		var id, tenant uid
		var name, kind string
		err = row.Scan(&id, &tenant, &name, &kind)
		channel := id.id(models.PrefixChannel)
		channels[channel] = watchedLane{tenant: tenant.id(models.PrefixTenant),
			channel: models.SignalChannel{ID: channel, Name: name, Kind: models.ChannelKind(kind)}}
		return none, err
	})
	if err != nil {
		return nil, nil, err
	}
	in, list = s.inIDs("id", webhooks)
	_, err = collect(tx.Raw(`SELECT id FROM webhooks WHERE event_types LIKE '%"carillon.%' AND `+in, list), func(row scanner) (none struct{}, err error) {
		var id uid
		err = row.Scan(&id)
		named[id.id(models.PrefixWebhook)] = true
		return none, err
	})
	return channels, named, err
}

// oldestOrdinary is when the first delivery was due in a lane that is not of an
// operational event, among the oldest ones of it.
func (s *Store) oldestOrdinary(tx *gorm.DB, l models.LaneDue) (due time.Time, some bool, err error) {
	found, err := collect(tx.Raw(`SELECT q.due_at FROM
			(SELECT delivery_id, due_at FROM queue WHERE channel_id = ? AND webhook_id = ? AND bulk = ? ORDER BY due_at LIMIT ?) q
		JOIN deliveries d ON d.id = q.delivery_id WHERE d.event_type NOT LIKE 'carillon.%' ORDER BY q.due_at LIMIT 1`,
		uidOf(l.Lane.ChannelID), uidOf(l.Lane.WebhookID), false, watchOldest), func(row scanner) (at int64, err error) {
		err = row.Scan(&at)
		return at, err
	})
	if err != nil || len(found) == 0 {
		return due, false, err
	}
	if due = fromMicros(found[0]); due.Before(l.Due) { // the channel was held for longer
		due = l.Due
	}
	return due, true, nil
}

// countLate counts what waits for the channels.
func (s *Store) countLate(ctx context.Context, late []models.SignalLateLane) error {
	if len(late) == 0 {
		return nil
	}
	ids := make([]uid, len(late))
	for i := range late {
		ids[i] = uidOf(late[i].ID)
	}
	counted, err := s.channelBacklogs(ctx, ids)
	if err != nil {
		return err
	}
	for i := range late {
		late[i].Waiting = counted[ids[i]].n
	}
	return nil
}
