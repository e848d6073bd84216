package app

import (
	"context"
	"log/slog"
	"sync"

	"carillon/models"
	"carillon/stream"
)

// remoteUpdates shows this node's subscribers the deliveries whose status
// changed on another node, which tells ids and positions alone. It reads them
// only while somebody watches. What comes faster than it can be read is merged:
// a delivery is shown as it stands when it is read.
type remoteUpdates struct {
	store updateReader
	board *stream.Board[models.Delivery]
	log   *slog.Logger
	wake  chan struct{}

	mu       sync.Mutex
	changed  map[models.ID]bool
	told     int64  // attempts up to here are known to exist
	done     int64  // and up to here their deliveries were shown
	own      []span // of this node's attempts behind done, which were shown at once
	watching bool   // when it was last looked
}

type updateReader interface {
	AttemptsBetween(ctx context.Context, after, upTo int64, f models.AttemptFilter, limit int) ([]models.Attempt, error)
	DeliveriesByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Delivery, error)
}

// span is the positions from first to last.
type span struct{ first, last int64 }

// updatesRead bounds what is read at once, and updatesMost what waits to be read.
const (
	updatesRead = 500
	updatesMost = 10_000
)

func newRemoteUpdates(s updateReader, board *stream.Board[models.Delivery], log *slog.Logger) *remoteUpdates {
	return &remoteUpdates{store: s, board: board, log: log, wake: make(chan struct{}, 1), changed: map[models.ID]bool{}}
}

// committed hears which attempts were this node's own.
func (u *remoteUpdates) committed(attempts []models.Attempt) {
	if len(attempts) == 0 || !u.board.Watched() {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	first, last := attempts[0].Seq, attempts[len(attempts)-1].Seq
	if n := len(u.own); n > 0 && u.own[n-1].last+1 == first {
		u.own[n-1].last = last
	} else {
		u.own = append(u.own, span{first, last})
	}
	u.forget()
}

// noticed hears what another node changed.
func (u *remoteUpdates) noticed(n models.Notice) {
	watched := u.board.Watched()
	u.mu.Lock()
	defer u.mu.Unlock()
	if !watched || !u.watching {
		// Nobody has seen what was before: begin with what comes now.
		u.done, u.own, u.watching = max(u.told, n.AttemptsTo-1), nil, watched
		clear(u.changed)
	}
	u.told = max(u.told, n.AttemptsTo)
	if !watched {
		return
	}
	for _, id := range n.Updates {
		if len(u.changed) < updatesMost {
			u.changed[id] = true
		}
	}
	u.done = max(u.done, u.told-updatesMost)
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// run reads and shows until ctx ends.
func (u *remoteUpdates) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-u.wake:
		}
		for more := true; more && ctx.Err() == nil; {
			var err error
			if more, err = u.step(ctx); err != nil && ctx.Err() == nil {
				u.log.Warn("changes of other nodes could not be read; subscribers to deliveryUpdated miss some", "error", err)
			}
		}
	}
}

// step shows some of what is waiting.
func (u *remoteUpdates) step(ctx context.Context) (more bool, err error) {
	ids, after, upTo := u.next()
	if after < upTo {
		attempts, err := u.store.AttemptsBetween(ctx, after, upTo, models.AttemptFilter{}, updatesRead)
		if err != nil {
			return false, err
		}
		ids = append(ids, u.foreign(attempts, upTo)...)
	}
	if len(ids) == 0 {
		return after < upTo, nil
	}
	found, err := u.store.DeliveriesByID(ctx, ids)
	if err != nil {
		return false, err
	}
	batch := make([]models.Delivery, 0, len(found))
	for _, id := range ids {
		if d, ok := found[id]; ok {
			batch = append(batch, d)
			delete(found, id)
		}
	}
	u.board.Post(batch)
	return true, nil
}

// next hands out what to read.
func (u *remoteUpdates) next() (ids []models.ID, after, upTo int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id := range u.changed {
		if len(ids) == updatesRead {
			break
		}
		ids = append(ids, id)
		delete(u.changed, id)
	}
	return ids, u.done, min(u.told, u.done+updatesRead)
}

// foreign is the deliveries of those attempts that other nodes made; all up to
// a position are read then.
func (u *remoteUpdates) foreign(attempts []models.Attempt, upTo int64) (ids []models.ID) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for i := range attempts {
		if !u.isOwn(attempts[i].Seq) {
			ids = append(ids, attempts[i].DeliveryID)
		}
	}
	u.done = max(u.done, upTo)
	u.forget()
	return ids
}

func (u *remoteUpdates) isOwn(seq int64) bool {
	for _, s := range u.own {
		if s.first <= seq && seq <= s.last {
			return true
		}
	}
	return false
}

// forget drops spans of its own that were passed; of those to come it keeps a bounded number.
func (u *remoteUpdates) forget() {
	keep := u.own[:0]
	for _, s := range u.own {
		if s.last > u.done {
			keep = append(keep, s)
		}
	}
	u.own = keep[max(0, len(keep)-updatesMost):]
}
