package store

import (
	"cmp"
	"slices"

	"carillon/models"
)

// candidate is a row of the queue that may be put into a message.
type candidate struct {
	lane    int // its place among the lanes that batch
	id      uid
	due     int64
	rescued bool // its former lease has run out
	message uid  // that it was put into

	channel, webhook uid
	bulk             bool
	entity           string // empty where none is ordered
	seq              int64  // of a follower
}

// window is how many rows of a lane are looked at: enough for as many full
// messages as the quota has room for, and for one at least.
func window(q *models.LaneQuota) int {
	return max(q.Max/q.Batching.MaxEvents, 1) * q.Batching.MaxEvents
}

// pack is what a lane's candidates come to.
type pack struct {
	size  int
	now   int64
	taken []candidate // with the messages that they were put into
	made  []uid       // messages that were made before
	rest  []candidate // too few for a message
}

// packLane makes full messages of the lane's rows, whether these are due or not.
// A window that is not full holds all that there is.
func packLane(rows []candidate, lane int, q *models.LaneQuota, now int64) *pack {
	p := &pack{size: q.Batching.MaxEvents, now: now}
	var fresh []candidate
	seen := 0
	for _, c := range rows {
		switch {
		case c.lane != lane:
			continue
		case c.message.zero():
			fresh = append(fresh, c)
		default:
			p.made = append(p.made, c.message)
		}
		seen++
	}
	slices.SortFunc(fresh, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.due, b.due), a.id.compare(b.id)) })
	for len(fresh) >= p.size {
		p.take(fresh[:p.size])
		fresh = fresh[p.size:]
	}
	if seen < window(q) {
		p.rest = fresh
	}
	return p
}

// take makes one message.
func (p *pack) take(rows []candidate) {
	message := uidOf(models.NewID(models.PrefixMessage))
	for _, c := range rows {
		c.message = message
		p.taken = append(p.taken, c)
	}
}

// fill adds to what is too little for a message what waits behind it, as far as
// there is room. What is not full then goes if its oldest is due.
func (p *pack) fill(tx claimTx) error {
	if len(p.rest) == 0 {
		return nil
	}
	due := p.rest[0].due <= p.now
	var heads []candidate
	for _, c := range p.rest {
		if c.entity != "" {
			heads = append(heads, c)
		}
	}
	if len(heads) > 0 {
		room := p.size - len(p.rest)
		waiting, err := tx.followers(heads, min(room, max(16, 4*room/len(heads))))
		if err != nil {
			return err
		}
		waiting = ofSameLane(waiting, &heads[0])
		p.rest = append(p.rest, waiting[:min(room, len(waiting))]...)
	}
	if due || len(p.rest) == p.size {
		p.take(p.rest)
	}
	return nil
}

// ofSameLane leaves out what waits behind a delivery of another lane, and puts the
// rest in the order of publishing. Rows of one entity come one behind the other.
func ofSameLane(rows []candidate, head *candidate) []candidate {
	cut := make(map[string]bool)
	rows = slices.DeleteFunc(rows, func(c candidate) bool {
		cut[c.entity] = cut[c.entity] || c.webhook != head.webhook || c.bulk != head.bulk
		return cut[c.entity]
	})
	slices.SortStableFunc(rows, func(a, b candidate) int { return cmp.Or(cmp.Compare(a.seq, b.seq), a.id.compare(b.id)) })
	return rows
}
