package store

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// uids is an array of ids that are few.
type uids = pgtype.FlatArray[uid]

// array is one column of many rows, in PostgreSQL's binary form, for unnest. It
// is built row by row without boxing a value: a batch has thousands of them.
type array struct{ data []byte }

// The parts of the form: dimensions, a flag for NULLs, the type of the elements,
// their number, the first index; then each element after its length.
const (
	arrayNulls  = 4
	arrayHeader = 20
)

// newArray makes room for n elements that are bytes long together.
func newArray(element uint32, n, bytes int) *array {
	a := &array{data: make([]byte, arrayHeader, arrayHeader+4*n+bytes)}
	for i, part := range []uint32{1, 0, element, uint32(n), 1} {
		binary.BigEndian.PutUint32(a.data[4*i:], part)
	}
	return a
}

func newUIDs(n int) *array    { return newArray(pgtype.UUIDOID, n, 16*n) }
func newBigints(n int) *array { return newArray(pgtype.Int8OID, n, 8*n) }
func newInts(n int) *array    { return newArray(pgtype.Int4OID, n, 4*n) }
func newBools(n int) *array   { return newArray(pgtype.BoolOID, n, n) }

// newTexts guesses at the length of words; what holds payloads grows.
func newTexts(n int) *array { return newArray(pgtype.TextOID, n, 16*n) }

func (a *array) length(n int) { a.data = binary.BigEndian.AppendUint32(a.data, uint32(n)) }

func (a *array) null() {
	a.data = binary.BigEndian.AppendUint32(a.data, 1<<32-1)
	a.data[arrayNulls+3] = 1
}

// uid adds an id; the zero one is NULL.
func (a *array) uid(u uid) {
	if u.zero() {
		a.null()
		return
	}
	a.length(len(u))
	a.data = append(a.data, u[:]...)
}

func (a *array) text(s string) {
	a.length(len(s))
	a.data = append(a.data, s...)
}

func (a *array) bytes(b []byte) {
	a.length(len(b))
	a.data = append(a.data, b...)
}

// word adds text; the empty one is NULL.
func (a *array) word(s string) {
	if s == "" {
		a.null()
		return
	}
	a.text(s)
}

func (a *array) textPtr(s *string) {
	if s == nil {
		a.null()
		return
	}
	a.text(*s)
}

func (a *array) bigint(v int64) {
	a.length(8)
	a.data = binary.BigEndian.AppendUint64(a.data, uint64(v))
}

func (a *array) bigintPtr(v *int64) {
	if v == nil {
		a.null()
		return
	}
	a.bigint(*v)
}

func (a *array) int(v int) {
	a.length(4)
	a.data = binary.BigEndian.AppendUint32(a.data, uint32(int32(v)))
}

func (a *array) intPtr(v *int) {
	if v == nil {
		a.null()
		return
	}
	a.int(*v)
}

func (a *array) bool(v bool) {
	a.length(1)
	if v {
		a.data = append(a.data, 1)
	} else {
		a.data = append(a.data, 0)
	}
}

func (a *array) boolPtr(v *bool) {
	if v == nil {
		a.null()
		return
	}
	a.bool(*v)
}

// learnArrays teaches a connection to take an array as it is.
func learnArrays(_ context.Context, conn *pgx.Conn) error {
	m := conn.TypeMap()
	for _, oid := range []uint32{pgtype.UUIDArrayOID, pgtype.TextArrayOID, pgtype.Int4ArrayOID, pgtype.Int8ArrayOID,
		pgtype.BoolArrayOID, pgtype.ByteaArrayOID} {
		if t, ok := m.TypeForOID(oid); ok {
			m.RegisterType(&pgtype.Type{Name: t.Name, OID: oid, Codec: arrayCodec{t.Codec}})
		}
	}
	return nil
}

// arrayCodec adds *array to what pgx's own codec takes.
type arrayCodec struct{ pgtype.Codec }

// PlanEncode is pgx's question how to encode a value.
func (c arrayCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.(*array); ok && format == pgtype.BinaryFormatCode {
		return arrayPlan{}
	}
	return c.Codec.PlanEncode(m, oid, format, value)
}

type arrayPlan struct{}

// Encode appends the array.
func (arrayPlan) Encode(value any, buf []byte) ([]byte, error) {
	return append(buf, value.(*array).data...), nil
}
