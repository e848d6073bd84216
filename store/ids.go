package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"carillon/models"
)

// uid is an id as a column keeps it: 16 bytes in SQLite, a uuid in PostgreSQL.
// The zero uid is NULL. The prefix of the models.ID follows from the column.
type uid uuid.UUID

func uidOf(id models.ID) uid { return uid(id.UUID) }

// uidsOf keeps the order.
func uidsOf(ids []models.ID) []uid {
	out := make([]uid, len(ids))
	for i, id := range ids {
		out[i] = uidOf(id)
	}
	return out
}

// id gives the prefix back; the zero uid is the zero ID.
func (u uid) id(p models.Prefix) models.ID {
	if u.zero() {
		return models.ID{}
	}
	return models.ID{Prefix: p, UUID: uuid.UUID(u)}
}

// pointer is id, but nil for the zero uid.
func (u uid) pointer(p models.Prefix) *models.ID {
	if u.zero() {
		return nil
	}
	id := u.id(p)
	return &id
}

// uidOfPtr is zero for nil.
func uidOfPtr(id *models.ID) uid {
	if id == nil {
		return uid{}
	}
	return uidOf(*id)
}

func (u uid) zero() bool { return u == uid{} }

// Value is read by database/sql: bytes serve both databases.
func (u uid) Value() (driver.Value, error) {
	if u.zero() {
		return nil, nil
	}
	return u[:], nil
}

// Scan takes what database/sql hands over: bytes from SQLite, text from PostgreSQL.
func (u *uid) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*u = uid{}
		return nil
	case []byte:
		if len(v) == len(u) {
			copy(u[:], v)
			return nil
		}
		return (*uuid.UUID)(u).UnmarshalText(v)
	case string:
		parsed, err := uuid.Parse(v)
		*u = uid(parsed)
		return err
	}
	return fmt.Errorf("a column of type %T is no id", src)
}

// UUIDValue is read by pgx, which then needs no text.
func (u uid) UUIDValue() (pgtype.UUID, error) {
	return pgtype.UUID{Bytes: u, Valid: !u.zero()}, nil
}

// ScanUUID takes what pgx hands over.
func (u *uid) ScanUUID(v pgtype.UUID) error {
	*u = uid(v.Bytes) // zero when NULL
	return nil
}

// micros is the form of a time in both databases. The zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

func microsPtr(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	us := micros(*t)
	return &us
}

func fromMicrosPtr(us *int64) *time.Time {
	if us == nil {
		return nil
	}
	t := fromMicros(*us)
	return &t
}

// stringPtr makes NULL of the empty string.
func stringPtr(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func fromStringPtr(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (u uid) compare(other uid) int { return bytes.Compare(u[:], other[:]) }

// inIDs is a condition on a list of any length with one placeholder, and the
// value for it: the statement stays the same, and so prepared.
func (s *Store) inIDs(column string, ids []uid) (condition, list string) {
	texts := make([]string, len(ids))
	if s.postgres() {
		for i, id := range ids {
			texts[i] = uuid.UUID(id).String()
		}
		return column + " = ANY (?::uuid[])", "{" + strings.Join(texts, ",") + "}"
	}
	for i, id := range ids {
		texts[i] = `"` + hex.EncodeToString(id[:]) + `"`
	}
	return column + " IN (SELECT unhex(value) FROM json_each(?))", "[" + strings.Join(texts, ",") + "]"
}

func scanUID(row scanner) (u uid, err error) {
	err = row.Scan(&u)
	return u, err
}
