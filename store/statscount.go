package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// tally counts attempts, each side by itself, so that one of them can be left out.
type tally struct{ succeeded, failed side }

type side struct {
	n         int64
	latencies histogram
}

func (t *tally) count(a *countedAttempt) {
	s := &t.failed
	if a.status == models.AttemptSucceeded {
		s = &t.succeeded
	}
	s.n++
	s.latencies.Add(a.latency)
}

// quantile is that of the latencies of both sides.
func (t *tally) quantile(q float64) *time.Duration {
	var both histogram
	both.Merge(&t.succeeded.latencies)
	both.Merge(&t.failed.latencies)
	return both.Quantile(q)
}

// blob is both histograms, the first one after its length.
func (t *tally) blob() []byte {
	succeeded := t.succeeded.latencies.blob()
	out := binary.AppendUvarint(nil, uint64(len(succeeded)))
	return append(append(out, succeeded...), t.failed.latencies.blob()...)
}

// add takes in what a row has counted: both sides, or the one that is asked for.
func (t *tally) add(succeeded, failed int64, latencies []byte, only *models.AttemptStatus) error {
	n, size := binary.Uvarint(latencies)
	if size <= 0 || n > uint64(len(latencies)-size) {
		return errHistogram
	}
	split := size + int(n)
	if only == nil || *only == models.AttemptSucceeded {
		t.succeeded.n += succeeded
		if err := t.succeeded.latencies.mergeBlob(latencies[size:split]); err != nil {
			return err
		}
	}
	if only == nil || *only == models.AttemptFailed {
		t.failed.n += failed
		return t.failed.latencies.mergeBlob(latencies[split:])
	}
	return nil
}

// countedAttempt is as much of an attempt as is counted.
type countedAttempt struct {
	tenant, channel, webhook uid
	kind, channelKind        string
	status                   models.AttemptStatus
	started                  time.Time
	latency                  time.Duration
	throttled                bool // the receiver only asked for a pause
}

const countedColumns = `a.tenant_id, a.channel_id, a.webhook_id, a.event_type, a.channel_kind, a.status, a.started_at, a.latency, COALESCE(a.error_code, '')`

func scanCounted(row scanner) (a countedAttempt, err error) {
	var status, code string
	var started, latency int64
	if err := row.Scan(&a.tenant, &a.channel, &a.webhook, &a.kind, &a.channelKind, &status, &started, &latency, &code); err != nil {
		return a, fmt.Errorf("read attempt: %w", err)
	}
	a.status, a.started, a.latency = models.AttemptStatus(status), fromMicros(started), time.Duration(latency)*time.Microsecond
	a.throttled = code == string(models.ErrRateLimited)
	return a, nil
}

// eachAttempt calls count for every attempt of the query.
func eachAttempt(q *gorm.DB, count func(*countedAttempt)) error {
	rows, err := q.Select(countedColumns).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		a, err := scanCounted(rows)
		if err != nil {
			return err
		}
		count(&a)
	}
	return rows.Err()
}

// An attempt enters the log when it has ended. It is taken to be recorded within
// logDelay from then, which an outage of the database alone can exceed.
const (
	logDelay    = 2 * time.Minute
	longestTry  = models.MaxTimeout
	boundsClose = 500 // rows that are rather read than looked between
)

// logBetween finds the part of the log, after lo and up to hi, that holds all
// attempts which began in a time. It looks at a few rows, however long the log is:
// positions are in the order of commits, and so almost in that of the ends.
func (s *Store) logBetween(tx *gorm.DB, from, to time.Time) (lo, hi int64, err error) {
	var head int64
	if err := tx.Raw("SELECT position FROM log_heads WHERE name = 'attempts'").Row().Scan(&head); err != nil {
		return 0, 0, err
	}
	if lo, _, err = logSearch(tx, 0, head+1, from.Add(-logDelay)); err != nil {
		return 0, 0, err
	}
	_, hi, err = logSearch(tx, lo, head+1, to.Add(logDelay+longestTry))
	return lo, min(hi, head), err
}

// logSearch halves the part between lo and hi: the attempt at the new lo ended
// before t, and the first one from the new hi on did not.
func logSearch(tx *gorm.DB, lo, hi int64, t time.Time) (int64, int64, error) {
	for hi-lo > boundsClose {
		middle := lo + (hi-lo)/2
		found, err := collect(tx.Raw("SELECT seq, started_at + latency FROM attempts WHERE seq >= ? ORDER BY seq LIMIT 1", middle),
			func(row scanner) (end [2]int64, err error) {
				err = row.Scan(&end[0], &end[1])
				return end, err
			})
		switch {
		case err != nil:
			return 0, 0, err
		case len(found) == 0 || found[0][0] >= hi:
			hi = middle // retention has taken what was between
		case found[0][1] < micros(t):
			lo = found[0][0]
		default:
			hi = middle
		}
	}
	return lo, hi, nil
}
