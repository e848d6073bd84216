package store

import (
	"bytes"
	"cmp"
	"strings"
	"time"
)

// How long attempts stay counted by the minute; by the hour they do as long as
// the attempts themselves. Old rows go an hour later than they are last read.
const (
	minutesKept = 48 * time.Hour
	minutesGone = minutesKept + time.Hour
)

// statUnit is the length of time that one row counts.
type statUnit string

const (
	statMinute statUnit = "m"
	statHour   statUnit = "h"
)

func (u statUnit) length() time.Duration {
	if u == statHour {
		return time.Hour
	}
	return time.Minute
}

// of is the beginning of the unit that a time lies in.
func (u statUnit) of(t time.Time) time.Time { return t.UTC().Truncate(u.length()) }

// after is the beginning of the first unit that lies wholly behind a time.
func (u statUnit) after(t time.Time) time.Time {
	if begin := u.of(t); begin.Before(t) {
		return begin.Add(u.length())
	}
	return t.UTC()
}

type statRecord struct {
	Unit      string `gorm:"column:unit"`
	Start     int64  `gorm:"column:start"`
	Tenant    uid    `gorm:"column:tenant_id"`
	Channel   uid    `gorm:"column:channel_id"`
	Webhook   uid    `gorm:"column:webhook_id"`
	Type      string `gorm:"column:event_type"`
	Kind      string `gorm:"column:kind"`
	Succeeded int64  `gorm:"column:succeeded"`
	Failed    int64  `gorm:"column:failed"`
	Throttled int64  `gorm:"column:throttled"` // of those that failed
	Latencies []byte `gorm:"column:latencies"`
}

func (statRecord) TableName() string { return "attempt_stats" }

// statKey names a row of attempt_stats.
type statKey struct {
	unit             statUnit
	start            int64
	channel, webhook uid
	kind             string
}

func (r *statRecord) key() statKey {
	return statKey{unit: statUnit(r.Unit), start: r.Start, channel: r.Channel, webhook: r.Webhook, kind: r.Type}
}

func compareStats(a, b statRecord) int {
	return cmp.Or(bytes.Compare(a.Channel[:], b.Channel[:]), strings.Compare(a.Unit, b.Unit), cmp.Compare(a.Start, b.Start),
		bytes.Compare(a.Webhook[:], b.Webhook[:]), strings.Compare(a.Type, b.Type))
}
