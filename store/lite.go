package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// lite is the connection that writes to SQLite, by the library's own interface:
// the hot paths run a handful of statements thousands of times a second, and
// keep them prepared.
type lite struct {
	conn  *sqlite3.Conn
	stmts map[string]*sqlite3.Stmt
}

func newLite(conn *sqlite3.Conn) *lite {
	return &lite{conn: conn, stmts: make(map[string]*sqlite3.Stmt)}
}

// close gives the statements back; a connection does not close before.
func (l *lite) close() error {
	for query, stmt := range l.stmts {
		if err := stmt.Close(); err != nil {
			return err
		}
		delete(l.stmts, query)
	}
	return nil
}

// liteTx runs work in one transaction, which holds the write lock from the start.
func (s *Store) liteTx(ctx context.Context, work func(l *lite) error) error {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(any) (err error) {
		l := s.lite // of this very connection: the pool holds one
		defer l.conn.SetInterrupt(l.conn.SetInterrupt(ctx))
		tx, err := l.conn.BeginImmediate()
		if err != nil {
			return err
		}
		defer tx.End(&err)
		return work(l)
	})
}

// exec runs a statement that yields nothing, and counts the rows that it changed.
func (l *lite) exec(query string, args ...any) (changed int64, err error) {
	stmt, err := l.prepare(query, args)
	if err != nil {
		return 0, err
	}
	if err := stmt.Exec(); err != nil {
		return 0, err
	}
	return l.conn.Changes(), nil
}

// query calls row for each row that the statement yields.
func (l *lite) query(row func(*sqlite3.Stmt) error, query string, args ...any) error {
	stmt, err := l.prepare(query, args)
	if err != nil {
		return err
	}
	for stmt.Step() {
		if err := row(stmt); err != nil {
			_ = stmt.Reset() // the row's error tells more
			return err
		}
	}
	if err := stmt.Err(); err != nil {
		_ = stmt.Reset() // which repeats the error
		return err
	}
	return stmt.Reset()
}

func (l *lite) prepare(query string, args []any) (*sqlite3.Stmt, error) {
	stmt := l.stmts[query]
	if stmt == nil {
		var err error
		if stmt, _, err = l.conn.PrepareFlags(query, sqlite3.PREPARE_PERSISTENT); err != nil {
			return nil, err
		}
		l.stmts[query] = stmt
	}
	for i, arg := range args {
		if err := bind(stmt, i+1, arg); err != nil {
			return nil, err
		}
	}
	return stmt, nil
}

func bind(stmt *sqlite3.Stmt, i int, arg any) error {
	switch v := arg.(type) {
	case string:
		return stmt.BindText(i, v)
	case json.RawMessage:
		return stmt.BindRawText(i, v)
	case []byte:
		return stmt.BindBlob(i, v)
	case uid:
		if v.zero() {
			return stmt.BindNull(i)
		}
		return stmt.BindBlob(i, v[:])
	case int:
		return stmt.BindInt64(i, int64(v))
	case int64:
		return stmt.BindInt64(i, v)
	case bool:
		return stmt.BindBool(i, v)
	case *string:
		if v != nil {
			return stmt.BindText(i, *v)
		}
		return stmt.BindNull(i)
	case *int64:
		if v != nil {
			return stmt.BindInt64(i, *v)
		}
		return stmt.BindNull(i)
	case *int:
		if v != nil {
			return stmt.BindInt64(i, int64(*v))
		}
		return stmt.BindNull(i)
	case *bool:
		if v != nil {
			return stmt.BindBool(i, *v)
		}
		return stmt.BindNull(i)
	case nil:
		return stmt.BindNull(i)
	}
	return fmt.Errorf("a %T cannot be bound", arg)
}

// columnUID reads an id; NULL is the zero uid.
func columnUID(stmt *sqlite3.Stmt, i int) (u uid) {
	copy(u[:], stmt.ColumnRawBlob(i))
	return u
}

// liteRow lets the codecs of rows.go read a row of SQLite's own interface, from
// the column first on.
type liteRow struct {
	stmt  *sqlite3.Stmt
	first int
}

// Scan reads the columns in order.
func (r liteRow) Scan(dest ...any) error {
	for i, d := range dest {
		if err := readColumn(r.stmt, r.first+i, d); err != nil {
			return err
		}
	}
	return nil
}

func readColumn(stmt *sqlite3.Stmt, i int, dest any) error {
	null := stmt.ColumnType(i) == sqlite3.NULL
	switch d := dest.(type) {
	case *uid:
		*d = columnUID(stmt, i)
	case *string:
		*d = stmt.ColumnText(i)
	case *int:
		*d = stmt.ColumnInt(i)
	case *int64:
		*d = stmt.ColumnInt64(i)
	case *bool:
		*d = stmt.ColumnBool(i)
	case **string:
		*d = nullable(null, stmt.ColumnText, i)
	case **int:
		*d = nullable(null, stmt.ColumnInt, i)
	case **int64:
		*d = nullable(null, stmt.ColumnInt64, i)
	case **bool:
		*d = nullable(null, stmt.ColumnBool, i)
	default:
		return fmt.Errorf("a column cannot be read into a %T", dest)
	}
	return nil
}

func nullable[T any](null bool, read func(int) T, i int) *T {
	if null {
		return nil
	}
	v := read(i)
	return &v
}
