package engine

import (
	"context"
	"time"

	"carillon/models"
)

// A channel is failing once more than half of its attempts within
// models.WatchWindow have failed, of failingLeast or more. It has recovered once less
// than a tenth of them has, and some have succeeded. Between the two it stays what it is.
const (
	failingLeast  = 20
	failingPart   = 2  // of one failed attempt in so many, or more, a channel is failing
	recoveredPart = 10 // of less than one in so many it has recovered
)

// lateFor is how long a backlog must be found late before it is told.
const lateFor = time.Minute

// What a channel has recovered from.
const (
	fromFailing  = "failing"
	fromDisabled = "disabled"
)

// watchLoop looks now and then how channels and backlogs stand, until ctx ends. Of all
// nodes one at a time does.
func (e *Engine) watchLoop(ctx context.Context) {
	for ctx.Err() == nil {
		now := e.clock.Now().UTC().Truncate(time.Microsecond)
		w := models.Watch{Now: now, Every: e.cfg.Watch, Least: failingLeast/failingPart + 1, Late: max(e.cfg.BacklogAlert, 0)}
		told, err := e.store.Watch(ctx, w, func(seen *models.Watched) models.Alarms { return alarms(&w, seen) })
		switch {
		case err != nil && ctx.Err() == nil:
			e.log.Warn("it could not be found out how channels and backlogs stand", "error", err)
		case told:
			e.rouseSignals()
		}
		e.rest(ctx, now.Add(e.cfg.Watch), nil)
	}
}

// alarms is pure: how things stand, and what was told before, make what is told now.
func alarms(w *models.Watch, seen *models.Watched) models.Alarms {
	a := models.Alarms{Channels: map[models.ID]models.ChannelAlert{}, Backlogs: map[models.ID]models.BacklogAlert{}}
	for i := range seen.Channels {
		c := &seen.Channels[i]
		is, signal := channelAlarm(w, c)
		if is != c.Alert {
			a.Channels[c.Channel.ID] = is
		}
		if signal != nil {
			a.Signals = append(a.Signals, *signal)
		}
	}
	for i := range seen.Backlogs {
		b := &seen.Backlogs[i]
		is, signal := backlogAlarm(w, b)
		if is != b.Alert {
			a.Backlogs[b.TenantID] = is
		}
		if signal != nil {
			a.Signals = append(a.Signals, *signal)
		}
	}
	return a
}

func channelAlarm(w *models.Watch, c *models.WatchedChannel) (models.ChannelAlert, *models.Signal) {
	is, n := c.Alert, c.Succeeded+c.Failed
	switch {
	case c.Status == "":
		return models.ChannelAlert{}, nil // it is deleted
	case is.DisabledAt != nil && c.Works:
		s := watchSignal(w, c, models.TypeChannelRecovered)
		s.Data.From, s.Data.Since = fromDisabled, is.DisabledAt
		is.DisabledAt, is.FailingSince = nil, nil
		return over(w, is), s
	case is.FailingSince != nil:
		if is.DisabledAt != nil || c.Succeeded == 0 || c.Failed*recoveredPart >= n {
			return is, nil
		}
		s := counted(watchSignal(w, c, models.TypeChannelRecovered), c)
		s.Data.From, s.Data.Since = fromFailing, is.FailingSince
		is.FailingSince = nil
		return over(w, is), s
	case c.Status == models.ChannelActive && n >= failingLeast && c.Failed*failingPart > n && !w.Now.Before(is.QuietUntil):
		s := counted(watchSignal(w, c, models.TypeChannelFailing), c)
		since := c.Since
		s.Data.Since, s.Data.Error = &since, said(c.LastError)
		is.FailingSince = &since
		return is, s
	}
	return over(w, is), nil
}

// over forgets an alert that says nothing any more.
func over(w *models.Watch, is models.ChannelAlert) models.ChannelAlert {
	if is.FailingSince == nil && is.DisabledAt == nil && !w.Now.Before(is.QuietUntil) {
		return models.ChannelAlert{}
	}
	return is
}

func watchSignal(w *models.Watch, c *models.WatchedChannel, eventType string) *models.Signal {
	channel := c.Channel
	return &models.Signal{ID: models.NewID(models.PrefixSignal), TenantID: c.TenantID, Type: eventType, EntityID: channel.ID.String(),
		At: w.Now, Data: models.SignalData{Channel: &channel}}
}

// counted adds what the signal goes by.
func counted(s *models.Signal, c *models.WatchedChannel) *models.Signal {
	n, failed := c.Succeeded+c.Failed, c.Failed
	s.Data.Window, s.Data.Attempts, s.Data.Failed = models.FormatDuration(models.WatchWindow), &n, &failed
	return s
}

func backlogAlarm(w *models.Watch, b *models.WatchedBacklog) (models.BacklogAlert, *models.Signal) {
	is, late := b.Alert, len(b.Late) > 0
	switch {
	case late && is.LateSince == nil:
		return models.BacklogAlert{LateSince: &w.Now}, nil
	case late && is.ToldAt == nil && w.Now.Sub(*is.LateSince) >= lateFor:
		is.ToldAt = &w.Now
		s := backlogSignal(w, b, models.TypeBacklogHigh)
		waiting, oldest := 0, b.Late[0].OldestAt
		for i := range b.Late {
			waiting += b.Late[i].Waiting
		}
		s.Data.Since, s.Data.OldestAt, s.Data.Waiting, s.Data.Channels = is.LateSince, &oldest, &waiting, b.Late
		return is, s
	case !late && is.ToldAt == nil:
		return models.BacklogAlert{}, nil
	case is.ToldAt != nil && b.Oldest == nil:
		s := backlogSignal(w, b, models.TypeBacklogNormal)
		s.Data.Since = is.ToldAt
		return models.BacklogAlert{}, s
	}
	return is, nil
}

func backlogSignal(w *models.Watch, b *models.WatchedBacklog, eventType string) *models.Signal {
	return &models.Signal{ID: models.NewID(models.PrefixSignal), TenantID: b.TenantID, Type: eventType, EntityID: b.TenantID.String(), At: w.Now}
}
