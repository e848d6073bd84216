package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"carillon/models"
)

// Rekeyed is what stands sealed in the database, counted by the keys.
type Rekeyed struct {
	// Keys are those of the ring, in its order, and behind them unknown ones that
	// values name.
	Keys []SealKeyUse
	// Resealed counts the values that were encrypted anew.
	Resealed int
	// Broken names the values that do not open, such as "channel chn_…". They were left as they are.
	Broken []string
}

// SealKeyUse is how many values are under one key.
type SealKeyUse struct {
	ID     string // of the key, in hexadecimal: the first bytes of its hash
	Known  bool   // it is in the ring
	Values int
}

// rekeyPage is how many values are read at once.
const rekeyPage = 200

// rekeyRounds bounds how often the whole is gone through: a second time finds
// what a node that still seals with another key wrote meanwhile.
const rekeyRounds = 3

// sealedColumn is one place where sealed values stand. Every one belongs into sealedColumns.
type sealedColumn struct {
	table, key, column string
	byUID              bool // the key is an id, not a text
	// place is a row's associated data and name.
	place func(key any) (aad, name string)
}

// byUID says of which type the key is that place is called with.
func sealedColumns() []sealedColumn {
	return []sealedColumn{
		{table: "server_secrets", key: "name", column: "sealed", place: func(key any) (string, string) {
			r := secretRecord{Name: key.(string)}
			return r.aad(), "server secret " + r.Name
		}},
		{table: "channels", key: "id", column: "secrets", byUID: true, place: func(key any) (string, string) {
			id := key.(uid).id(models.PrefixChannel)
			return secretsAAD(id), "channel " + id.String()
		}},
	}
}

// SealedValues counts what is under which key, and opens every value to see that it can be.
func (s *Store) SealedValues(ctx context.Context) (Rekeyed, error) {
	return s.walkSealed(ctx, false, func(int) {})
}

// Rekey encrypts anew, with the first key of the ring, whatever is under
// another. Nodes may read and write meanwhile: a value is replaced only while it
// is the one that was read, in a statement of its own, so that no lock outlives
// it and no other change is lost. It may be cut short at any time and begun again.
// progress hears how many values were looked at.
func (s *Store) Rekey(ctx context.Context, progress func(seen int)) (Rekeyed, error) {
	resealed, seen := 0, 0
	for range rekeyRounds {
		done, err := s.walkSealed(ctx, true, func(n int) { seen += n; progress(seen) })
		resealed += done.Resealed
		if err != nil {
			done.Resealed = resealed
			return done, err
		}
		if done.Resealed == 0 {
			break
		}
	}
	now, err := s.SealedValues(ctx)
	now.Resealed = resealed
	return now, err
}

func (s *Store) walkSealed(ctx context.Context, change bool, progress func(seen int)) (Rekeyed, error) {
	if s.keys == nil {
		return Rekeyed{}, errNoKeyring
	}
	walk := &sealedWalk{store: s, change: change, progress: progress, uses: map[string]int{}}
	for _, column := range sealedColumns() {
		if err := walk.column(ctx, column); err != nil {
			return walk.result(), fmt.Errorf("go through the secrets of %s: %w", column.table, err)
		}
	}
	return walk.result(), nil
}

// sealedWalk goes through all sealed values once.
type sealedWalk struct {
	store    *Store
	change   bool
	progress func(int)
	uses     map[string]int
	resealed int
	broken   []string
}

func (w *sealedWalk) result() Rekeyed {
	out := Rekeyed{Resealed: w.resealed, Broken: w.broken}
	for i := range w.store.keys.keys {
		id := hex.EncodeToString(w.store.keys.keys[i].id[:])
		if !slices.ContainsFunc(out.Keys, func(k SealKeyUse) bool { return k.ID == id }) {
			out.Keys = append(out.Keys, SealKeyUse{ID: id, Known: true, Values: w.uses[id]})
		}
		delete(w.uses, id)
	}
	strange := len(out.Keys)
	for id, n := range w.uses {
		out.Keys = append(out.Keys, SealKeyUse{ID: id, Values: n})
	}
	slices.SortFunc(out.Keys[strange:], func(a, b SealKeyUse) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	return out
}

// sealedRow is a value with its row's key.
type sealedRow struct {
	key    any
	sealed []byte
}

// column goes through one place in the order of its keys, a page at a time.
func (w *sealedWalk) column(ctx context.Context, c sealedColumn) error {
	var after any = ""
	if c.byUID {
		after = uuid.Nil[:]
		if w.store.postgres() {
			after = uuid.Nil.String()
		}
	}
	for {
		page, err := w.page(ctx, c, after)
		if err != nil {
			return err
		}
		for _, row := range page {
			if err := w.value(ctx, c, row); err != nil {
				return err
			}
			after = row.key
		}
		w.progress(len(page))
		if len(page) < rekeyPage {
			return nil
		}
	}
}

func (w *sealedWalk) page(ctx context.Context, c sealedColumn, after any) ([]sealedRow, error) {
	query := fmt.Sprintf("SELECT %s, %s FROM %s WHERE %s IS NOT NULL AND %s > ? ORDER BY %s LIMIT %d", c.key, c.column, c.table, c.column, c.key, c.key, rekeyPage)
	rows, err := w.store.read.WithContext(ctx).Raw(query, after).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []sealedRow
	for rows.Next() {
		var row sealedRow
		var id uid
		var name string
		var to any = &name
		if c.byUID {
			to = &id
		}
		if err := rows.Scan(to, &row.sealed); err != nil {
			return nil, err
		}
		row.key = name
		if c.byUID {
			row.key = id
		}
		page = append(page, row)
	}
	return page, rows.Err()
}

// value looks at one, and where it is to be changed goes on until what stands
// in the row is under the first key or does not open.
func (w *sealedWalk) value(ctx context.Context, c sealedColumn, row sealedRow) error {
	aad, name := c.place(row.key)
	for len(row.sealed) > 0 {
		fresh, err := w.store.keys.reseal(row.sealed, aad)
		switch {
		case err != nil:
			w.broken = append(w.broken, name)
		case fresh != nil && w.change:
			changed, err := w.replace(ctx, c, row, fresh)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if !changed { // somebody was quicker: what is there now is looked at
				if row.sealed, err = w.again(ctx, c, row.key); err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				continue
			}
			w.resealed++
			row.sealed = fresh
		}
		w.uses[hex.EncodeToString(row.sealed[:min(sealIDSize, len(row.sealed))])]++
		return nil
	}
	return nil // it was deleted meanwhile
}

// replace changes a value that is still the one that was read.
func (w *sealedWalk) replace(ctx context.Context, c sealedColumn, row sealedRow, fresh []byte) (bool, error) {
	query := fmt.Sprintf("UPDATE %s SET %s = ? WHERE %s = ? AND %s = ?", c.table, c.column, c.key, c.column)
	q := w.store.write.WithContext(ctx).Exec(query, fresh, row.key, row.sealed)
	return q.RowsAffected > 0, q.Error
}

func (w *sealedWalk) again(ctx context.Context, c sealedColumn, key any) (sealed []byte, err error) {
	query := fmt.Sprintf("SELECT %s FROM %s WHERE %s = ?", c.column, c.table, c.key)
	var found [][]byte
	if err := w.store.read.WithContext(ctx).Raw(query, key).Scan(&found).Error; err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
