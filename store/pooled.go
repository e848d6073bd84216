package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"carillon/models"
)

const (
	// pollPace is how often a node looks for notices that cannot come to it.
	pollPace = 100 * time.Millisecond
	// pollTime bounds one look.
	pollTime = 5 * time.Second
	// pollRenew is how often such a node says that it is there; pollLapse is how
	// long that holds, and how long a notice is kept.
	pollRenew = 10 * time.Second
	pollLapse = time.Minute
	// pollMost bounds the notices of one look.
	pollMost = 500
	// hearTime is how long a notice may take to come to the node that sent it.
	hearTime = 2 * time.Second
)

// errDeaf says that a connection listens to no avail.
var errDeaf = errors.New("no notice comes through this connection")

// hears proves that notices reach the connection, by one on a channel of its
// own. Through a pooler that hands each transaction another session they do not,
// and nobody says so.
func (s *Store) hears(ctx context.Context, conn *pgx.Conn) error {
	channel := notifyChannel + "_" + hex.EncodeToString(s.cfg.Node[:])
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if _, err := s.rest.Exec(ctx, "SELECT pg_notify($1, '')", channel); err != nil {
		return fmt.Errorf("send a notice to itself: %w", err)
	}
	n, err := waitNotice(ctx, conn, hearTime)
	if err != nil {
		return fmt.Errorf("wait for its own notice: %w", err)
	}
	if n == nil {
		err = errDeaf
	}
	// Where the session is somebody else's by now, it bears a channel on which
	// nothing more is sent.
	if _, forget := conn.Exec(ctx, "UNLISTEN "+channel); err == nil && forget != nil {
		err = fmt.Errorf("listen: %w", forget)
	}
	return err
}

// hasty lets a transaction of notices end before it is on disk: they are hints.
const hasty = "SELECT set_config('synchronous_commit', 'off', true)"

// keepNotice keeps a notice for the nodes that look, if there are any.
const keepNotice = `WITH time AS (
		SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
	), head AS (
		UPDATE log_heads SET position = position + 1 FROM time WHERE name = 'notices'
			AND (SELECT position FROM log_heads WHERE name = 'pollers') > time.now
		RETURNING position, time.now
	)
	INSERT INTO notices (position, told_at, payload) SELECT position, now, $1::text FROM head`

// renewPoller says that this node looks until $1 microseconds from now, removes
// notices that are older than that, and answers whether none may have been kept
// before, because nobody looked.
const renewPoller = `WITH time AS (
		SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
	), former AS (
		SELECT position FROM log_heads WHERE name = 'pollers' FOR UPDATE
	), gone AS (
		DELETE FROM notices USING time WHERE told_at < time.now - $1::bigint
	)
	UPDATE log_heads h SET position = greatest(h.position, time.now + $1::bigint) FROM time, former
	WHERE h.name = 'pollers' RETURNING former.position <= time.now`

// poll looks for notices, which their nodes keep meanwhile, until the database
// does not answer.
func (s *Store) poll(ctx context.Context, heard func(models.Notice), connected func()) error {
	p := poller{s: s, heard: heard}
	if _, err := p.renew(ctx); err != nil {
		return err
	}
	if err := p.begin(ctx); err != nil {
		return err
	}
	connected()
	look, renew := time.NewTicker(pollPace), time.NewTicker(pollRenew)
	defer look.Stop()
	defer renew.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
			err = p.look(ctx)
		case <-renew.C:
			var lapsed bool
			if lapsed, err = p.renew(ctx); lapsed && err == nil {
				err = p.begin(ctx)
			}
		}
		if err != nil {
			return err
		}
	}
}

// poller reads the notices in their order.
type poller struct {
	s     *Store
	heard func(models.Notice)
	done  int64 // the position up to which they were read
}

func (p *poller) renew(ctx context.Context) (lapsed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	if err := p.s.rest.QueryRow(ctx, renewPoller, pollLapse.Microseconds()).Scan(&lapsed); err != nil {
		return false, fmt.Errorf("ask for notices to be kept: %w", err)
	}
	return lapsed, nil
}

// begin goes on from what is told next; what was told before may be lost.
func (p *poller) begin(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	if err := p.s.rest.QueryRow(ctx, "SELECT position FROM log_heads WHERE name = 'notices'").Scan(&p.done); err != nil {
		return fmt.Errorf("read the position of the notices: %w", err)
	}
	p.heard(models.Notice{Interrupted: true})
	return nil
}

// look reads what was told since the last look.
func (p *poller) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTime)
	defer cancel()
	rows, err := p.s.rest.Query(ctx, `SELECT h.position, n.position, n.payload FROM log_heads h LEFT JOIN LATERAL (
		SELECT position, payload FROM notices WHERE position > $1 ORDER BY position LIMIT $2) n ON true
		WHERE h.name = 'notices' ORDER BY n.position`, p.done, pollMost)
	if err != nil {
		return fmt.Errorf("look for notices: %w", err)
	}
	var head int64
	var position *int64
	var payload *string
	_, err = pgx.ForEachRow(rows, []any{&head, &position, &payload}, func() error {
		p.read(head, position, payload)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look for notices: %w", err)
	}
	return nil
}

// read takes the next notice, or the head of the log where there is none.
// Positions are dense: where one is missing, it was removed before it was read.
func (p *poller) read(head int64, position *int64, payload *string) {
	if position == nil {
		if head != p.done {
			p.heard(models.Notice{Interrupted: true})
		}
		p.done = head
		return
	}
	if *position != p.done+1 {
		p.heard(models.Notice{Interrupted: true})
	}
	p.done = *position
	if n := p.s.readNotice(*payload); n.Node != p.s.cfg.Node {
		p.heard(n)
	}
}
