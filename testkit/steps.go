package testkit

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/ncruces/go-sqlite3/driver"

	"carillon/models"
)

// WatchSteps makes a migrated database refuse every change of a delivery's status
// that models does not know, whoever makes it.
func WatchSteps(tb testing.TB, url string) {
	tb.Helper()
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		watchLite(tb, path)
		return
	}
	ctx := context.Background()
	config, err := pgxpool.ParseConfig(url) // knows parameters of pools too
	if err != nil {
		tb.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, fmt.Sprintf(`CREATE FUNCTION refuse_step() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN RAISE EXCEPTION 'a delivery may not go from %% to %%', OLD.status, NEW.status; END $$;
		CREATE TRIGGER steps BEFORE UPDATE OF status ON deliveries FOR EACH ROW WHEN (%s) EXECUTE FUNCTION refuse_step()`, illegal()))
	if err != nil {
		tb.Fatalf("watch the steps of deliveries: %v", err)
	}
}

func watchLite(tb testing.TB, path string) {
	tb.Helper()
	db, err := driver.Open("file:" + path + "?_pragma=busy_timeout(10000)")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(context.Background(), `CREATE TRIGGER steps BEFORE UPDATE OF status ON deliveries WHEN `+illegal()+`
		BEGIN SELECT RAISE(ABORT, 'a delivery may not go this step'); END`)
	if err != nil {
		tb.Fatalf("watch the steps of deliveries: %v", err)
	}
}

// illegal is the condition of a trigger.
func illegal() string {
	var legal []string
	steps := models.DeliverySteps()
	for from := range steps {
		for to := range steps {
			if from.MayBeStored(to) {
				legal = append(legal, fmt.Sprintf("'%s %s'", from, to))
			}
		}
	}
	return "OLD.status || ' ' || NEW.status NOT IN (" + strings.Join(legal, ", ") + ")"
}
