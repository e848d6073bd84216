package store_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
)

// fixtures fill every table that a database has, whatever version its schema is
// of: the tables and columns are read from the database itself, so that what a
// later migration adds is filled as well.
type fixtures struct {
	t    testing.TB
	db   *sql.Conn
	lite bool
	keys *store.Keyring
}

// column is one of a table.
type column struct {
	name, kind string
	nullable   bool
}

func newFixtures(t testing.TB, url string, keys *store.Keyring) *fixtures {
	t.Helper()
	conn, err := rawDB(t, url).Conn(t.Context())
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	f := &fixtures{t: t, db: conn, lite: strings.HasPrefix(url, "sqlite:"), keys: keys}
	// Tables come in the order of their names, and not of who refers to whom.
	f.exec(f.either("PRAGMA foreign_keys = off", "SET session_replication_role = replica"))
	return f
}

func (f *fixtures) either(lite, postgres string) string {
	if f.lite {
		return lite
	}
	return postgres
}

func (f *fixtures) exec(query string, args ...any) {
	f.t.Helper()
	if _, err := f.db.ExecContext(f.t.Context(), query, args...); err != nil {
		f.t.Fatalf("%s: %v", query, err)
	}
}

// tables reads the schema, but for what says of itself which version it is.
func (f *fixtures) tables() map[string][]column {
	f.t.Helper()
	query := f.either(`SELECT m.name, c.name, c.type, NOT c."notnull" AND c.pk = 0 FROM sqlite_schema m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND m.name NOT IN ('goose_db_version', 'schema_floor') ORDER BY m.name, c.cid`,
		`SELECT table_name, column_name, data_type, is_nullable = 'YES' FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name NOT IN ('goose_db_version', 'schema_floor') ORDER BY table_name, ordinal_position`)
	rows, err := f.db.QueryContext(f.t.Context(), query)
	must(f.t, err)
	defer rows.Close()
	tables := make(map[string][]column)
	for rows.Next() {
		var table string
		var c column
		must(f.t, rows.Scan(&table, &c.name, &c.kind, &c.nullable))
		tables[table] = append(tables[table], c)
	}
	must(f.t, rows.Err())
	return tables
}

// uid is an id of a tenant's: the same row of the same noun bears the same one
// wherever it is referred to.
func (f *fixtures) uid(noun, tenant string, row int) uuid.UUID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%d", noun, tenant, row))
	id := uuid.UUID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

func (f *fixtures) id(p models.Prefix, tenant string, row int) models.ID {
	return models.ID{Prefix: p, UUID: f.uid(string(p), tenant, row)}
}

// platform is whose the rows are that belong to no tenant.
const platform = "nobody"

// owned says whether the rows of a table are a tenant's.
func owned(table string, columns []column) bool {
	return table == "tenants" || slices.ContainsFunc(columns, func(c column) bool {
		return c.name == "tenant_id" || references[c.name] != ""
	})
}

// fill puts two rows of a tenant, or of nobody, into every table where there are
// such: one with a value in every column, and one whose columns are NULL where
// they may be.
func (f *fixtures) fill(tenant string) {
	f.t.Helper()
	for table, columns := range f.tables() {
		if owned(table, columns) == (tenant == platform) {
			continue
		}
		if table == "tenants" || table == "backlog_alerts" { // a tenant has one
			f.insert(table, columns, tenant, 0)
			continue
		}
		for row := range 2 {
			f.insert(table, columns, tenant, row)
		}
	}
}

func (f *fixtures) insert(table string, columns []column, tenant string, row int) {
	f.t.Helper()
	names, marks, values := make([]string, len(columns)), make([]string, len(columns)), make([]any, len(columns))
	for i, c := range columns {
		names[i], marks[i] = c.name, f.either("?", fmt.Sprintf("$%d", i+1))
		values[i] = f.value(table, c, tenant, row)
	}
	f.exec("INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", values...)
}

// references are the columns that name a row of another table: that of the same number.
var references = map[string]models.Prefix{
	"event_id": models.PrefixEvent, "delivery_id": models.PrefixDelivery, "channel_id": models.PrefixChannel,
	"webhook_id": models.PrefixWebhook, "template_id": models.PrefixTemplate,
}

// ownIDs are what the rows of a table are called.
var ownIDs = map[string]models.Prefix{
	"tenants": models.PrefixTenant, "channels": models.PrefixChannel, "webhooks": models.PrefixWebhook, "templates": models.PrefixTemplate,
	"events": models.PrefixEvent, "deliveries": models.PrefixDelivery, "attempts": models.PrefixAttempt, "api_keys": models.PrefixApiKey,
	"event_types": models.PrefixEventType, "recoveries": models.PrefixRecovery,
}

// blobs are the columns of bytes that are no ids.
var blobs = map[string]bool{"sealed": true, "secrets": true, "hash": true, "fingerprint": true, "latencies": true}

// absent are the columns that say that a row is over, or names what is not there.
var absent = map[string]bool{"deleted_at": true, "revoked_at": true, "archived_at": true, "expires_at": true, "origin": true, "held_until": true, "batching": true}

func (f *fixtures) value(table string, c column, tenant string, row int) any {
	if c.nullable && c.name != "tenant_id" && (row == 1 || absent[c.name] && table != "submissions") {
		return nil
	}
	kind := strings.ToLower(c.kind)
	switch {
	case c.name == "tenant_id", c.name == "id" && table == "tenants":
		return f.bytes(f.uid("tnt", tenant, 0))
	case blobs[c.name]:
		return f.blob(table, c.name, tenant, row)
	case kind == "blob" || kind == "uuid":
		p, found := references[c.name]
		if c.name == "id" {
			p, found = ownIDs[table]
		}
		if !found {
			p = models.Prefix(table + "." + c.name)
		}
		return f.bytes(f.uid(string(p), tenant, row))
	case kind == "bytea":
		f.t.Fatalf("%s.%s holds bytes: say in the fixtures which", table, c.name)
	case kind == "boolean":
		return c.name == "error_retryable"
	case kind == "integer" && !f.lite:
		return f.number("", c.name, tenant, row)
	case kind == "integer" || kind == "bigint":
		return f.number(table, c.name, tenant, row)
	}
	return f.text(table, c.name, tenant, row)
}

func (f *fixtures) bytes(id uuid.UUID) any {
	if f.lite {
		return id[:]
	}
	return id.String()
}

// blob is sealed as the store would, where that opens it.
func (f *fixtures) blob(table, name, tenant string, row int) any {
	switch name {
	case "latencies":
		return []byte{}
	case "secrets":
		id := f.id(models.PrefixChannel, tenant, row)
		return f.keys.Seal([]byte(`["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]`), "channels|"+id.String()+"|secrets")
	}
	sum := sha256.Sum256([]byte(table + name + tenant + fmt.Sprint(row)))
	return sum[:]
}

// number is of its own for each row, for positions are unique.
func (f *fixtures) number(table, name, tenant string, row int) any {
	switch name {
	case "generation", "attempt_count", "number", "version":
		return 1 + row
	case "test", "manual", "bulk", "retry_base", "error_retryable", "consecutive_failures":
		return 0
	case "response_code":
		return 500
	}
	if table == "" { // 32 bits
		return 7 + row
	}
	sum := sha256.Sum256([]byte(tenant))
	return 1_700_000_000_000_000 + int64(sum[0])*1000 + int64(sum[1])*10 + int64(row)
}

func (f *fixtures) text(table, name, tenant string, row int) any {
	mark := fmt.Sprintf("%s of %s %d", name, tenant, row)
	if table == "deliveries" && name == "status" && row == 1 { // whose completed_at is NULL
		return "PENDING"
	}
	if fixed, found := fixedTexts[table+"."+name]; found {
		return fixed
	}
	if fixed, found := fixedTexts[name]; found {
		return fixed
	}
	switch table + "." + name {
	case "tenants.metadata", "events.data":
		text, _ := json.Marshal(map[string]string{"is": mark})
		return string(text)
	case "channels.config":
		text, _ := json.Marshal(&models.HttpConfig{URL: "https://example.com/" + tenant, Method: models.MethodPost, Timeout: models.DefaultTimeout,
			Signing: models.Signing{Scheme: models.SigningStandardWebhooks, Secret: models.NewSecret("x")}})
		return string(text)
	case "channels.retry_policy":
		text, _ := json.Marshal(models.DefaultRetryPolicy())
		return string(text)
	}
	return mark
}

// fixedTexts are what the columns must hold for the store to read them.
var fixedTexts = map[string]string{
	"scopes": `["READ"]`, "webhooks.event_types": `["contact.*"]`, "tags": `["vip"]`, "schema": `{}`, "example": `{}`,
	"kind": "HTTP", "channel_kind": "HTTP", "recoveries.filter": `{}`, "webhooks.filter": "", "unit": "m", "parts": `[]`,
	"limits": `{"rate":null,"concurrency":100}`, "ordering": "NONE", "trigger_kind": "AUTOMATIC", "progress": `[]`,
	"channels.status": "ACTIVE", "webhooks.status": "ACTIVE", "deliveries.status": "FAILED", "attempts.status": "FAILED",
	"request_headers": `[]`, "response_headers": `[]`, "error_code": "REJECTED", "events.version": "1", "event_types.version": "1",
	"state": "FAILED", "hint": "ck_abc",
}

// row is one of a table as text, by the names of its columns.
type row map[string]string

func (r row) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r)) {
		fmt.Fprintf(&b, "%s=%s ", name, r[name])
	}
	return b.String()
}

// dump reads every row of every table.
func (f *fixtures) dump() map[string][]row {
	f.t.Helper()
	all := make(map[string][]row)
	for table, columns := range f.tables() {
		all[table] = f.rows(f.t.Context(), table, columns)
	}
	return all
}

func (f *fixtures) rows(ctx context.Context, table string, columns []column) []row {
	f.t.Helper()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = "CAST(" + c.name + " AS text)"
		if kind := strings.ToLower(c.kind); kind == "blob" {
			names[i] = "CASE WHEN " + c.name + " IS NOT NULL THEN lower(hex(" + c.name + ")) END"
		} else if kind == "bytea" {
			names[i] = "encode(" + c.name + ", 'hex')"
		} else if kind == "uuid" {
			names[i] = "replace(" + c.name + "::text, '-', '')"
		}
	}
	found, err := f.db.QueryContext(ctx, "SELECT "+strings.Join(names, ", ")+" FROM "+table)
	must(f.t, err)
	defer found.Close()
	var rows []row
	for found.Next() {
		values := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		must(f.t, found.Scan(into...))
		r := make(row, len(columns))
		for i, c := range columns {
			r[c.name] = "NULL"
			if values[i].Valid {
				r[c.name] = fmt.Sprintf("%q", values[i].String)
			}
		}
		rows = append(rows, r)
	}
	must(f.t, found.Err())
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.String(), b.String()) })
	return rows
}
