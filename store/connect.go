package store

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// connectTime bounds the way to one host, unless the URL's connect_timeout
	// says otherwise, so that one that is silent does not keep from the next.
	connectTime = 5 * time.Second
	// pingTime bounds the look whether a connection that idled still lives.
	pingTime = 5 * time.Second
	// statementTime is the default of Config.StatementTime: far more than any
	// statement of ours takes.
	statementTime = time.Minute
)

// connections are how PostgreSQL is reached: the settings that the URL leaves
// open are set for servers that come, go and change places.
func (s *Store) connections(ctx context.Context, setting string) (*pgxpool.Config, error) {
	conf, err := pgxpool.ParseConfig(setting)
	if err != nil {
		return nil, fmt.Errorf("read the database's URL: %w", err) // pgx masks the password
	}
	if !strings.Contains(setting, "pool_max_conns") {
		conf.MaxConns = poolSize
	}
	if conf.PingTimeout == 0 {
		conf.PingTimeout = pingTime
	}
	conn := conf.ConnConfig
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = connectTime
	}
	if conn.ValidateConnect == nil && !strings.Contains(setting, "target_session_attrs") {
		// A standby is of no use, also where one address leads now here, now there.
		conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if len(conn.Fallbacks) > 0 {
		s.hosts.watch(conn)
		conf.BeforeConnect = func(_ context.Context, conn *pgx.ConnConfig) error {
			s.hosts.prefer(conn)
			return nil
		}
	}
	if !strings.Contains(setting, "default_query_exec_mode") {
		pooled, err := throughPooler(ctx, conn)
		if err != nil {
			return nil, fmt.Errorf("reach the database: %w", err)
		}
		if pooled {
			// Nothing is left behind on a connection that the next transaction may not get.
			conn.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
			s.pooled = true
		}
	}
	conn.OnPgError = s.keepAfter(conn.OnPgError)
	conn.Tracer = statements{cmp.Or(s.cfg.StatementTime, statementTime)}
	return conf, nil
}

// connection is the configuration of one that does not come from a pool.
func (s *Store) connection() *pgx.ConnConfig {
	conf := s.pool.Config().ConnConfig
	s.hosts.prefer(conf)
	return conf
}

// throughPooler says whether a pooler stands between: then the process that
// answers is another one than the connection was told when it began. (A pooler
// cannot tell the truth there, for the answers come from one server process now
// and from another one later.)
func throughPooler(ctx context.Context, conf *pgx.ConnConfig) (pooled bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, statementTime)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, conf)
	if err != nil {
		return false, err
	}
	defer conn.Close(ctx)
	var pid uint32
	err = conn.QueryRow(ctx, "SELECT pg_backend_pid()", pgx.QueryExecModeSimpleProtocol).Scan(&pid)
	return pid != conn.PgConn().PID(), err
}

// readOnly is what PostgreSQL answers where it takes no writes (any more).
const readOnly = "25006"

// keepAfter says whether a connection is kept after an error. One to a server
// that has become a standby is not, nor are its siblings, so that the next ones
// find the server that takes writes.
func (s *Store) keepAfter(others pgconn.PgErrorHandler) pgconn.PgErrorHandler {
	return func(conn *pgconn.PgConn, err *pgconn.PgError) bool {
		if !expected(err) {
			s.cfg.Observer.StatementFailed(classOf(err))
		}
		if err.Code == readOnly {
			s.reconnect()
			return false
		}
		return others(conn, err)
	}
}

// reconnect lets go of all connections: those in use when they come back.
func (s *Store) reconnect() {
	for _, pool := range []*pgxpool.Pool{s.pool, s.rest} {
		if pool != nil {
			pool.Reset()
		}
	}
}

// statements gives every statement an end, for the loops that work as long as
// the server does would else wait for ever for a database that fell silent.
type statements struct{ limit time.Duration }

type statementEnd struct{}

func (t statements) begin(ctx context.Context) context.Context {
	if _, bounded := ctx.Deadline(); bounded {
		return ctx
	}
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	return context.WithValue(ctx, statementEnd{}, cancel)
}

func (statements) end(ctx context.Context) {
	if cancel, ok := ctx.Value(statementEnd{}).(context.CancelFunc); ok {
		cancel()
	}
}

// TraceQueryStart is called before a statement is sent; its context is the statement's.
func (t statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return t.begin(ctx)
}

// TraceQueryEnd is called when all rows of a statement are read.
func (t statements) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	t.end(ctx)
}

// TraceBatchStart is TraceQueryStart for a batch.
func (t statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return t.begin(ctx)
}

// TraceBatchQuery is called for each statement of a batch.
func (statements) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd is TraceQueryEnd for a batch.
func (t statements) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	t.end(ctx)
}
