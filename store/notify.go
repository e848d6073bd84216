package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"carillon/models"
)

// notifyChannel is what the nodes on one PostgreSQL listen to.
const notifyChannel = "carillon"

const (
	// noticeBytes bounds the packed part of one notice, so that with base64 and the
	// rest it stays below the 8,000 bytes that PostgreSQL takes.
	noticeBytes = 5400
	// noticesMost bounds what is told at once, in notices; what needs more says that
	// everything is to be read anew.
	noticesMost = 32
)

// The packed forms: a lane is channel, webhook, bulk, microseconds and how many are
// fresh; a hold is channel and microseconds.
const (
	laneBytes = 16 + 16 + 1 + 8 + 4
	holdBytes = 16 + 8
)

// wire is a notice as it travels: ids are packed, 16 bytes each.
type wire struct {
	Events      int64     `json:"e,omitempty"`
	Attempts    int64     `json:"a,omitempty"`
	Node        uuid.UUID `json:"n"`
	Updates     []byte    `json:"u,omitempty"`
	Lanes       []byte    `json:"w,omitempty"`
	Tenants     []byte    `json:"t,omitempty"`
	Holds       []byte    `json:"h,omitempty"`
	Freed       []byte    `json:"f,omitempty"`
	Recoveries  bool      `json:"r,omitempty"`
	Nodes       bool      `json:"p,omitempty"`
	Catalog     bool      `json:"c,omitempty"`
	Interrupted bool      `json:"i,omitempty"`
}

// notices are the payloads that tell the news.
func (n *news) notices(node models.NodeID) []string {
	p := packer{node: node}
	p.wire.Events, p.wire.Attempts, p.wire.Catalog, p.wire.Interrupted = n.events, n.attempts, n.catalog, n.lost
	p.wire.Recoveries, p.wire.Nodes = n.recovers, n.nodes
	for _, id := range n.updates {
		p.room(16)
		p.wire.Updates = append(p.wire.Updates, id.UUID[:]...)
	}
	for _, l := range n.lanes.list {
		p.room(laneBytes)
		p.wire.Lanes = appendLane(p.wire.Lanes, &l)
	}
	for _, h := range n.holds {
		p.room(holdBytes)
		p.wire.Holds = append(p.wire.Holds, h.ChannelID.UUID[:]...)
		p.wire.Holds = binary.BigEndian.AppendUint64(p.wire.Holds, uint64(micros(h.Until)))
	}
	for _, t := range n.tenants {
		p.room(16)
		p.wire.Tenants = append(p.wire.Tenants, t.UUID[:]...)
	}
	for _, c := range n.freed {
		p.room(16)
		p.wire.Freed = append(p.wire.Freed, c.UUID[:]...)
	}
	p.flush()
	return p.done
}

func appendLane(b []byte, l *models.LaneDue) []byte {
	b = append(b, l.Lane.ChannelID.UUID[:]...)
	b = append(b, l.Lane.WebhookID.UUID[:]...)
	var bulk byte
	if l.Lane.Bulk {
		bulk = 1
	}
	b = binary.BigEndian.AppendUint64(append(b, bulk), uint64(micros(l.Due)))
	return binary.BigEndian.AppendUint32(b, uint32(min(l.Fresh, math.MaxInt32)))
}

func unappendLanes(b []byte) (lanes []models.LaneDue) {
	for ; len(b) >= laneBytes; b = b[laneBytes:] {
		lanes = append(lanes, models.LaneDue{
			Lane:  laneOf(uid(b[:16]), uid(b[16:32]), b[32] != 0),
			Due:   fromMicros(int64(binary.BigEndian.Uint64(b[33:]))),
			Fresh: int(binary.BigEndian.Uint32(b[41:])),
		})
	}
	return lanes
}

func unpackHolds(b []byte) (holds []models.Hold) {
	for ; len(b) >= holdBytes; b = b[holdBytes:] {
		holds = append(holds, models.Hold{ChannelID: uid(b[:16]).id(models.PrefixChannel),
			Until: fromMicros(int64(binary.BigEndian.Uint64(b[16:])))})
	}
	return holds
}

// packer fills one notice after the other.
type packer struct {
	node models.NodeID
	wire wire
	used int
	done []string
}

func (p *packer) room(n int) {
	if p.used += n; p.used > noticeBytes {
		p.flush()
		p.used = n
	}
}

func (p *packer) flush() {
	p.wire.Node = p.node
	text, _ := json.Marshal(p.wire) // numbers, bytes and a UUID always marshal
	p.done = append(p.done, string(text))
	p.wire = wire{}
}

// The waits between two tries to listen again.
const (
	relistenFirst = 100 * time.Millisecond
	relistenMost  = 5 * time.Second
)

// Listen tells of the commits of the other nodes until ctx ends, one after the
// other. It connects again by itself, and then, as at the start, tells that
// notices may have been lost. Where a pooler keeps notices from coming, it looks
// for them. On SQLite there are no other nodes: it waits for ctx.
func (s *Store) Listen(ctx context.Context, heard func(models.Notice)) error {
	if !s.postgres() {
		<-ctx.Done()
		return ctx.Err()
	}
	wait, told := relistenFirst, false
	again := func() { wait = relistenFirst }
	for {
		err := s.listenOnce(ctx, heard, again)
		if errors.Is(err, errDeaf) {
			if !told {
				s.log.Info("a connection pooler keeps the notices of other nodes from this one, which looks for them instead",
					"every", pollPace)
			}
			told = true
			err = s.poll(ctx, heard, again)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.log.Warn("the connection that hears of other nodes was lost", "error", err, "retry_in", wait)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		wait = min(2*wait, relistenMost)
	}
}

// aliveEvery is how long the connection that listens may be quiet before it is
// asked whether it lives: a server that vanished does not say so.
const aliveEvery = 10 * time.Second

// listenOnce listens on a connection of its own until that is lost.
func (s *Store) listenOnce(ctx context.Context, heard func(models.Notice), connected func()) error {
	conf := s.connection()
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(closing) // it is of no more use either way
	}()
	if err := s.hears(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+notifyChannel); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	connected()
	heard(models.Notice{Interrupted: true})
	for {
		n, err := waitNotice(ctx, conn, aliveEvery)
		switch {
		case err != nil:
			return fmt.Errorf("wait for a notice: %w", err)
		case n == nil:
			err = s.ping(ctx, conn)
		case n.Channel == notifyChannel:
			if notice := s.readNotice(n.Payload); notice.Node != s.cfg.Node {
				heard(notice)
			}
		}
		if err != nil {
			return fmt.Errorf("look whether the connection lives: %w", err)
		}
	}
}

func (s *Store) ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, pingTime)
	defer cancel()
	return conn.Ping(ctx)
}

// waitNotice waits a while for one; nil when none came.
func waitNotice(ctx context.Context, conn *pgx.Conn, while time.Duration) (*pgconn.Notification, error) {
	waiting, cancel := context.WithTimeout(ctx, while)
	defer cancel()
	n, err := conn.WaitForNotification(waiting)
	if err != nil && waiting.Err() != nil && ctx.Err() == nil && !conn.IsClosed() {
		return nil, nil
	}
	return n, err
}

// readNotice takes what it cannot read for lost.
func (s *Store) readNotice(payload string) models.Notice {
	var w wire
	if err := json.Unmarshal([]byte(payload), &w); err != nil {
		s.log.Warn("a notice of another node is unreadable", "error", err)
		return models.Notice{Interrupted: true}
	}
	return models.Notice{Node: w.Node, EventsUpTo: w.Events, AttemptsTo: w.Attempts,
		Updates: unpackIDs(w.Updates, models.PrefixDelivery), Tenants: unpackIDs(w.Tenants, models.PrefixTenant),
		Lanes: unappendLanes(w.Lanes), Holds: unpackHolds(w.Holds), Freed: unpackIDs(w.Freed, models.PrefixChannel),
		Catalog: w.Catalog, Recoveries: w.Recoveries, Nodes: w.Nodes, Interrupted: w.Interrupted}
}

func unpackIDs(packed []byte, p models.Prefix) (ids []models.ID) {
	for ; len(packed) >= 16; packed = packed[16:] {
		ids = append(ids, uid(packed[:16]).id(p))
	}
	return ids
}
