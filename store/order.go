package store

import (
	"cmp"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/ncruces/go-sqlite3"
	"gorm.io/gorm"

	"carillon/models"
)

// Of the rows of one entity in the queue of one channel all but the first are
// parked. Who publishes such a row and who removes one hold the same lock, before
// every other: so neither misses the other, and an entity is never left without a
// row that can go out, nor with two.
const (
	orderLocks = 0x6361726f // the class of these advisory locks
	lockOrder  = `SELECT pg_advisory_xact_lock($1::int, slot) FROM unnest($2::int[]) slot`
)

// holdOrder takes the locks of channels whose entities are ordered.
func (s *Store) holdOrder(tx *gorm.DB, channels []uid) error {
	if !s.postgres() {
		return nil // whoever writes holds back every other writer
	}
	for _, slot := range slotsOf(channels) {
		if err := tx.Exec("SELECT pg_advisory_xact_lock(?, ?)", orderLocks, slot).Error; err != nil {
			return err
		}
	}
	return nil
}

// orderedRow is a row of the queue whose entity is ordered.
type orderedRow struct {
	channel, message uid
	entity           string
}

func (r orderedRow) compare(other orderedRow) int {
	return cmp.Or(r.channel.compare(other.channel), cmp.Compare(r.entity, other.entity), r.message.compare(other.message))
}

// distinctRows names each entity once, sorted.
func distinctRows(rows []orderedRow) []orderedRow {
	slices.SortFunc(rows, orderedRow.compare)
	return slices.CompactFunc(rows, func(a, b orderedRow) bool { return a.channel == b.channel && a.entity == b.entity })
}

// nextOfEntity is the row that waits first. Where rows that left together with the
// removed one are still in the queue, they go first; || keeps the planner from
// looking for them among all that the entity has parked.
const nextOfEntity = `SELECT q.delivery_id FROM queue q
	WHERE q.channel_id = ? AND q.entity = ? AND q.due_at = 9223372036854775807
		AND NOT EXISTS (SELECT 1 FROM queue m WHERE m.message_id = ? AND m.entity || '' = ?)
	ORDER BY q.seq, q.delivery_id LIMIT 1`

const unpark = "UPDATE queue SET due_at = ? WHERE delivery_id = (" + nextOfEntity + ") RETURNING channel_id, webhook_id, bulk"

func unparkArgs(r orderedRow, due int64) []any {
	return []any{due, r.channel, r.entity, r.message, r.entity}
}

// unparkNext lets the next of each entity go whose first row was removed.
func (s *Store) unparkNext(tx *gorm.DB, removed []orderedRow, due int64, commit *models.Commit) error {
	var lanes laneDues
	for _, r := range distinctRows(removed) {
		freed, err := collect(tx.Raw(unpark, unparkArgs(r, due)...), scanPlainLane)
		if err != nil {
			return err
		}
		for _, lane := range freed {
			lanes.add(lane, fromMicros(due), 0)
		}
	}
	commit.Lanes = append(commit.Lanes, lanes.list...)
	return nil
}

// unparkNext does the same by SQLite's own interface.
func (l *lite) unparkNext(removed []orderedRow, due int64, lanes *laneDues) error {
	for _, r := range distinctRows(removed) {
		err := l.query(func(row *sqlite3.Stmt) error {
			lane, err := scanPlainLane(liteRow{stmt: row})
			lanes.add(lane, fromMicros(due), 0)
			return err
		}, unpark, unparkArgs(r, due)...)
		if err != nil {
			return err
		}
	}
	return nil
}

const unparkPostgres = `WITH next AS (
		SELECT n.delivery_id FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS g(channel_id, entity, message_id)
		CROSS JOIN LATERAL (SELECT q.delivery_id FROM queue q
			WHERE q.channel_id = g.channel_id AND q.entity = g.entity AND q.due_at = 9223372036854775807
			ORDER BY q.seq, q.delivery_id LIMIT 1) n
		WHERE NOT EXISTS (SELECT 1 FROM queue m WHERE m.message_id = g.message_id AND m.entity || '' = g.entity)
	)
	UPDATE queue q SET due_at = $4 FROM next WHERE q.delivery_id = next.delivery_id
	RETURNING q.channel_id, q.webhook_id, q.bulk`

// queueUnpark does the same for many at once.
func queueUnpark(batch *pgx.Batch, removed []orderedRow, due int64, lanes *laneDues) {
	removed = distinctRows(removed)
	channels, entities, messages := newUIDs(len(removed)), newTexts(len(removed)), newUIDs(len(removed))
	for i := range removed {
		channels.uid(removed[i].channel)
		entities.text(removed[i].entity)
		messages.uid(removed[i].message)
	}
	batch.Queue(unparkPostgres, channels, entities, messages, due).Query(func(rows pgx.Rows) error {
		return addLanes(rows, fromMicros(due), lanes)
	})
}
