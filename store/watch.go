package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"carillon/models"
)

// Watch looks how channels and backlogs stand, lets decide say what that leads to,
// and stores it together with what is told, in one transaction. Of all nodes one
// looks at a time; told is false where it was not this one's turn, or nothing is told.
func (s *Store) Watch(ctx context.Context, w models.Watch, decide func(*models.Watched) models.Alarms) (told bool, err error) {
	turn, err := s.takeWatch(ctx, &w)
	if err != nil || !turn {
		return false, watchError(err)
	}
	seen, err := s.look(ctx, &w)
	if err != nil {
		return false, watchError(err)
	}
	alarms := decide(&seen)
	if len(alarms.Channels)+len(alarms.Backlogs) == 0 {
		return false, nil
	}
	err = s.retryDeadlocks(ctx, func() error {
		return s.write.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.storeAlarms(tx, &w, &seen, &alarms) })
	})
	if errors.Is(err, errCounted) {
		return false, nil // another node looks meanwhile
	}
	return len(alarms.Signals) > 0 && err == nil, watchError(err)
}

func watchError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("look how channels and backlogs stand: %w", err)
}

// takeWatch takes the turn, where it is time for one.
func (s *Store) takeWatch(ctx context.Context, w *models.Watch) (bool, error) {
	q := s.write.WithContext(ctx).Exec("UPDATE log_heads SET position = ? WHERE name = 'watch' AND position <= ?",
		micros(w.Now), micros(w.Now.Add(-w.Every)))
	return q.RowsAffected > 0, q.Error
}

// storeAlarms writes what a look has led to, while the turn is still its own.
func (s *Store) storeAlarms(tx *gorm.DB, w *models.Watch, seen *models.Watched, alarms *models.Alarms) error {
	var mine []int64
	q := tx.Table("log_heads").Clauses(clause.Locking{Strength: "UPDATE"}).Where("name = 'watch'")
	if err := q.Pluck("position", &mine).Error; err != nil {
		return err
	}
	if len(mine) == 0 || mine[0] != micros(w.Now) {
		return errCounted
	}
	tenants := make(map[models.ID]models.ID, len(seen.Channels))
	former := make(map[models.ID]models.ChannelAlert, len(seen.Channels))
	for i := range seen.Channels {
		c := &seen.Channels[i]
		tenants[c.Channel.ID], former[c.Channel.ID] = c.TenantID, c.Alert
	}
	for _, id := range sortedIDs(setKeys(alarms.Channels)) {
		if err := storeChannelAlert(tx, id, tenants[id], former[id], alarms.Channels[id]); err != nil {
			return err
		}
	}
	for _, id := range sortedIDs(setKeys(alarms.Backlogs)) {
		if err := storeBacklogAlert(tx, id, alarms.Backlogs[id]); err != nil {
			return err
		}
	}
	return s.keepSignals(tx, alarms.Signals)
}

// storeChannelAlert leaves alone what a completion has written since the look: then
// the channel was disabled once more, and the next look goes by that.
func storeChannelAlert(tx *gorm.DB, channel, tenant models.ID, was, is models.ChannelAlert) error {
	same := "channel_id = ? AND COALESCE(disabled_at, 0) = ?"
	disabled := int64(0)
	if was.DisabledAt != nil {
		disabled = micros(*was.DisabledAt)
	}
	var q *gorm.DB
	switch {
	case is == models.ChannelAlert{}:
		q = tx.Exec("DELETE FROM channel_alerts WHERE "+same, uidOf(channel), disabled)
		return q.Error
	case was == models.ChannelAlert{}:
		q = tx.Exec(`INSERT INTO channel_alerts (channel_id, tenant_id, failing_since, quiet_until) VALUES (?, ?, ?, 0)
			ON CONFLICT (channel_id) DO NOTHING`, uidOf(channel), uidOf(tenant), microsPtr(is.FailingSince))
	default:
		q = tx.Exec("UPDATE channel_alerts SET failing_since = ?, disabled_at = ? WHERE "+same,
			microsPtr(is.FailingSince), microsPtr(is.DisabledAt), uidOf(channel), disabled)
	}
	if q.Error == nil && q.RowsAffected == 0 {
		return errCounted // the signals with it
	}
	return q.Error
}

func storeBacklogAlert(tx *gorm.DB, tenant models.ID, is models.BacklogAlert) error {
	if is == (models.BacklogAlert{}) {
		return tx.Exec("DELETE FROM backlog_alerts WHERE tenant_id = ?", uidOf(tenant)).Error
	}
	return tx.Exec(`INSERT INTO backlog_alerts (tenant_id, late_since, told_at) VALUES (?, ?, ?)
		ON CONFLICT (tenant_id) DO UPDATE SET late_since = excluded.late_since, told_at = excluded.told_at`,
		uidOf(tenant), microsPtr(is.LateSince), microsPtr(is.ToldAt)).Error
}

func (s *Store) look(ctx context.Context, w *models.Watch) (seen models.Watched, err error) {
	if seen.Channels, err = s.watchChannels(ctx, w); err != nil {
		return seen, err
	}
	seen.Backlogs, err = s.watchBacklogs(ctx, w)
	return seen, err
}

// watchCounts counts the ordinary attempts of the last minutes of channels that have
// failed or of which something was told.
const watchCounts = `SELECT s.channel_id, CAST(sum(s.succeeded) AS bigint), CAST(sum(s.failed - s.throttled) AS bigint),
		min(CASE WHEN s.failed > s.throttled THEN s.start END)
	FROM attempt_stats s WHERE s.unit = 'm' AND s.start >= ? AND s.event_type NOT LIKE 'carillon.%'
	GROUP BY s.channel_id HAVING sum(s.failed - s.throttled) >= ?
		OR s.channel_id IN (SELECT channel_id FROM channel_alerts)`

const watchAlerts = `SELECT a.channel_id, a.failing_since, a.disabled_at, a.looked, a.quiet_until FROM channel_alerts a`

// watchedAlert is a row of channel_alerts.
type watchedAlert struct {
	models.ChannelAlert
	looked int64
}

func (s *Store) watchChannels(ctx context.Context, w *models.Watch) ([]models.WatchedChannel, error) {
	tx := s.read.WithContext(ctx)
	alerts := make(map[uid]watchedAlert)
	_, err := collect(tx.Raw(watchAlerts), func(row scanner) (none struct{}, err error) {
		var id uid
		var failing, disabled *int64
		var a watchedAlert
		var quiet int64
		err = row.Scan(&id, &failing, &disabled, &a.looked, &quiet)
		a.FailingSince, a.DisabledAt, a.QuietUntil = fromMicrosPtr(failing), fromMicrosPtr(disabled), fromMicros(quiet)
		alerts[id] = a
		return none, err
	})
	if err != nil {
		return nil, err
	}
	found := make(map[uid]models.WatchedChannel)
	_, err = collect(tx.Raw(watchCounts, micros(statMinute.of(w.Now.Add(-models.WatchWindow))), w.Least), func(row scanner) (none struct{}, err error) {
		var id uid
		var c models.WatchedChannel
		var since *int64
		err = row.Scan(&id, &c.Succeeded, &c.Failed, &since)
		if since != nil {
			c.Since = fromMicros(*since)
		}
		found[id] = c
		return none, err
	})
	if err != nil {
		return nil, err
	}
	for id := range alerts {
		if _, counted := found[id]; !counted {
			found[id] = models.WatchedChannel{}
		}
	}
	return s.describeWatched(tx, w, found, alerts)
}

// describeWatched reads what else is to be known of the channels. One that is deleted
// stays without a status, and what was told of it is forgotten.
func (s *Store) describeWatched(tx *gorm.DB, w *models.Watch, found map[uid]models.WatchedChannel, alerts map[uid]watchedAlert) ([]models.WatchedChannel, error) {
	ids := setKeys(found)
	if len(ids) == 0 {
		return nil, nil
	}
	slices.SortFunc(ids, uid.compare)
	in, list := s.inIDs("id", ids)
	_, err := collect(tx.Raw("SELECT id, tenant_id, name, kind, status FROM channels WHERE deleted_at IS NULL AND "+in, list), func(row scanner) (none struct{}, err error) {
		var id, tenant uid
		var name, kind, status string
		err = row.Scan(&id, &tenant, &name, &kind, &status)
		c := found[id]
		c.TenantID, c.Channel.Name, c.Channel.Kind, c.Status = tenant.id(models.PrefixTenant), name, models.ChannelKind(kind), models.ChannelStatus(status)
		found[id] = c
		return none, err
	})
	if err != nil {
		return nil, err
	}
	out := make([]models.WatchedChannel, 0, len(ids))
	for _, id := range ids {
		c, alert := found[id], alerts[id]
		c.Channel.ID, c.Alert = id.id(models.PrefixChannel), alert.ChannelAlert
		if c.Failed >= w.Least && alert.FailingSince == nil {
			if c.LastError, err = s.lastError(tx, id); err != nil {
				return nil, err
			}
		}
		if alert.DisabledAt != nil && c.Status == models.ChannelActive {
			if c.Works, err = s.worksAgain(tx, id, alert); err != nil {
				return nil, err
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// lastError is that of the newest failure among the newest attempts of a channel.
func (s *Store) lastError(tx *gorm.DB, channel uid) (string, error) {
	found, err := collect(tx.Raw(`SELECT COALESCE(a.error_message, '') FROM
		(SELECT seq, status, error_message, trigger_kind FROM attempts WHERE channel_id = ? ORDER BY seq DESC LIMIT 100) a
		WHERE a.status = 'FAILED' AND a.trigger_kind <> 'TEST' ORDER BY a.seq DESC LIMIT 1`, channel), func(row scanner) (text string, err error) {
		err = row.Scan(&text)
		return text, err
	})
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// lookStep is how many attempts of a channel one look goes through.
const lookStep = 10_000

// worksAgain says whether an ordinary attempt has succeeded that began after the
// channel was disabled. Each attempt is looked at once.
func (s *Store) worksAgain(tx *gorm.DB, channel uid, alert watchedAlert) (works bool, err error) {
	var reached *int64
	err = tx.Raw(`SELECT max(a.seq), COALESCE(max(CASE WHEN a.status = 'SUCCEEDED' AND a.trigger_kind <> 'TEST'
			AND a.started_at >= ? AND a.event_type NOT LIKE 'carillon.%' THEN 1 ELSE 0 END), 0) = 1
		FROM (SELECT seq, status, trigger_kind, started_at, event_type FROM attempts WHERE channel_id = ? AND seq > ? ORDER BY seq LIMIT ?) a`,
		micros(*alert.DisabledAt), channel, alert.looked, lookStep).Row().Scan(&reached, &works)
	if err != nil || works || reached == nil {
		return works, err
	}
	return false, s.write.WithContext(tx.Statement.Context).Exec("UPDATE channel_alerts SET looked = ? WHERE channel_id = ? AND looked = ?",
		*reached, channel, alert.looked).Error
}

// compareLate puts what waits longest first.
func compareLate(a, b models.SignalLateLane) int {
	return cmp.Or(a.OldestAt.Compare(b.OldestAt), a.ID.Compare(b.ID))
}

// watchOldest bounds the deliveries of a lane among which an ordinary one is looked for.
const watchOldest = 200

// mostLate bounds the channels that are named as late.
const mostLate = 5
