package migrations_test

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"carillon/migrations"
)

// Steps up to this one came before the first release: nobody ran without them.
const unreleased = 4

// harm is what a step must not do while nodes of the release before still run.
type harm struct {
	form     string
	why      string
	postgres bool // only there: SQLite has one process
}

var harms = []harm{
	{form: `\bDROP (TABLE|COLUMN)\b`, why: "programs of the release before use it"},
	{form: `\bRENAME\b`, why: "programs of the release before know the old name"},
	{form: `\bSET NOT NULL\b`, why: "programs of the release before may leave it NULL"},
	{form: `\bALTER COLUMN \w+ (SET DATA )?TYPE\b`, why: "the table is written anew under a lock"},
	{form: `^ALTER TABLE .*\bADD (CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN)\b`, why: "programs of the release before do not keep to it, and the check locks the table"},
	{form: `^VACUUM\b|^CLUSTER\b|^REINDEX (?:.*CONCURRENTLY)?`, why: "the table is locked meanwhile"},
}

// hot are the tables that may have a hundred million rows.
var hot = []string{"events", "deliveries", "queue", "attempts", "idempotency_keys", "attempt_stats", "failures"}

var (
	comments   = regexp.MustCompile(`(?m)--.*$`)
	spaces     = regexp.MustCompile(`\s+`)
	addsColumn = regexp.MustCompile(`(?i)\bADD COLUMN \w+ [^,]*`)
	newIndex   = regexp.MustCompile(`(?i)^CREATE (UNIQUE )?INDEX (CONCURRENTLY )?(IF NOT EXISTS )?\w+ ON (\w+)`)
	newTable   = regexp.MustCompile(`(?i)^CREATE (?:UNLOGGED )?TABLE (\w+)`)
	writesAll  = regexp.MustCompile(`(?i)^(?:UPDATE (\w+)|DELETE FROM (\w+)|INSERT INTO \w+ .*\bFROM (\w+))`)
)

// check names what is wrong with the Up part of a step. A step that must take
// something away says "-- contract:" and why, and raises the floor.
func check(text string, postgres bool) (wrong []string) {
	up, _, _ := strings.Cut(text, "-- +goose Down")
	contract := strings.Contains(up, "-- contract:")
	floor := strings.Contains(up, "UPDATE schema_floor")
	if contract != floor {
		wrong = append(wrong, `"-- contract:" and UPDATE schema_floor belong together`)
	}
	var fresh []string // tables of this step: empty, and unknown to anybody
	for statement := range strings.SplitSeq(comments.ReplaceAllString(up, ""), ";") {
		statement = strings.TrimSpace(spaces.ReplaceAllString(statement, " "))
		if m := newTable.FindStringSubmatch(statement); m != nil {
			fresh = append(fresh, m[1])
		}
		say := func(why string) { wrong = append(wrong, fmt.Sprintf("%.70s: %s", statement, why)) }
		for _, h := range harms {
			if !contract && (postgres || !h.postgres) && regexp.MustCompile(`(?i)`+h.form).MatchString(statement) {
				say(h.why)
			}
		}
		for _, column := range addsColumn.FindAllString(statement, -1) {
			if upper := strings.ToUpper(column); strings.Contains(upper, "NOT NULL") && !strings.Contains(upper, "DEFAULT") {
				say("programs of the release before insert no value; give a DEFAULT")
			}
		}
		if m := newIndex.FindStringSubmatch(statement); m != nil && !slices.Contains(fresh, m[4]) {
			if m[1] != "" && !contract {
				say("programs of the release before do not keep to it")
			}
			if postgres && m[2] == "" && slices.Contains(hot, m[4]) {
				say("nobody can write meanwhile; give CONCURRENTLY, in a step of its own with -- +goose NO TRANSACTION")
			}
		}
		if m := writesAll.FindStringSubmatch(statement); m != nil && slices.Contains(hot, m[1]+m[2]+m[3]) {
			say("all of a great table in one transaction; let the program do it in steps")
		}
	}
	if strings.Contains(strings.ToUpper(up), "CONCURRENTLY") && !strings.Contains(text, "-- +goose NO TRANSACTION") {
		wrong = append(wrong, "CONCURRENTLY works only with -- +goose NO TRANSACTION")
	}
	return wrong
}

// TestStepsLeaveOldProgramsWorking holds every step since the first release to
// the rules of docs/backup-and-upgrade.md.
func TestStepsLeaveOldProgramsWorking(t *testing.T) {
	t.Parallel()
	for folder, files := range map[string]embed.FS{"postgres": migrations.Postgres, "sqlite": migrations.SQLite} {
		names, err := fs.Glob(files, folder+"/*.sql")
		if err != nil || len(names) < 5 {
			t.Fatalf("%d steps, %v", len(names), err)
		}
		for _, name := range names {
			text, err := files.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if down := strings.Index(string(text), "-- +goose Down"); down < 0 || !strings.Contains(string(text)[down:], ";") {
				t.Errorf("%s cannot be taken back", name)
			}
			var number int
			if _, err := fmt.Sscanf(strings.TrimPrefix(name, folder+"/"), "%d", &number); err != nil {
				t.Fatalf("%s has no number: %v", name, err)
			}
			if number <= unreleased {
				continue
			}
			for _, wrong := range check(string(text), folder == "postgres") {
				t.Errorf("%s: %s", name, wrong)
			}
		}
	}
}

// TestBothDatabasesHaveTheSameSteps, with the same names.
func TestBothDatabasesHaveTheSameSteps(t *testing.T) {
	t.Parallel()
	postgres, err := fs.Glob(migrations.Postgres, "postgres/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range postgres {
		if _, err := migrations.SQLite.ReadFile("sqlite/" + strings.TrimPrefix(name, "postgres/")); err != nil {
			t.Errorf("%s has no twin: %v", name, err)
		}
	}
	if sqlite, _ := fs.Glob(migrations.SQLite, "sqlite/*.sql"); len(sqlite) != len(postgres) {
		t.Errorf("SQLite has %d steps, PostgreSQL %d", len(sqlite), len(postgres))
	}
}

func TestRulesFindHarm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"ALTER TABLE channels ADD COLUMN a text; CREATE TABLE b (c text NOT NULL); CREATE UNIQUE INDEX d ON b (c);": "",
		"ALTER TABLE channels ADD COLUMN a text NOT NULL DEFAULT '', ADD COLUMN b bigint;":                          "",
		"CREATE INDEX a ON tenants (name);": "",
		"UPDATE tenants SET name = '';":     "",
		"-- contract: nobody reads it since 0.2\nALTER TABLE channels DROP COLUMN a; UPDATE schema_floor SET version = 9;": "",
		"-- +goose NO TRANSACTION\nCREATE INDEX CONCURRENTLY a ON events (type);":                                          "",

		"ALTER TABLE channels DROP COLUMN a;":                                         "use it",
		"drop table threads;":                                                         "use it",
		"ALTER TABLE channels RENAME COLUMN a TO b;":                                  "old name",
		"ALTER TABLE channels ADD COLUMN a text NOT NULL;":                            "give a DEFAULT",
		"ALTER TABLE channels\n\tADD COLUMN a text,\n\tADD COLUMN b bigint NOT NULL;": "give a DEFAULT",
		"ALTER TABLE channels ALTER COLUMN a SET NOT NULL;":                           "leave it NULL",
		"ALTER TABLE channels ALTER COLUMN a TYPE bigint;":                            "written anew",
		"ALTER TABLE channels ADD CONSTRAINT a CHECK (true);":                         "do not keep to it",
		"CREATE UNIQUE INDEX a ON channels (name);":                                   "do not keep to it",
		"CREATE INDEX a ON events (type);":                                            "CONCURRENTLY",
		"CREATE INDEX CONCURRENTLY a ON events (type);":                               "NO TRANSACTION",
		"UPDATE deliveries SET reason = '';":                                          "in steps",
		"INSERT INTO a (b) SELECT id FROM events WHERE test;":                         "in steps",
		"ALTER TABLE channels DROP COLUMN a; UPDATE schema_floor SET version = 9;":    "belong together",
		"-- contract: because\nALTER TABLE channels DROP COLUMN a;":                   "belong together",
	} {
		got := strings.Join(check(text+"\n-- +goose Down\nDROP TABLE x;", true), "; ")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
