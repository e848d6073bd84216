package e2e

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"carillon/testkit"
)

// backup is a way to copy a database under a running server, and to make one of
// the copy elsewhere.
type backup struct {
	copy    func(t *testing.T, database string)
	restore func(t *testing.T) (database string)
}

// TestBackupAndRestore copies the database while events are published and
// delivered. Everything that was answered before is in the copy; a server on it
// goes on, sends again what was under way, and leaves the first one's alone.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "copy.db")
		restoreUnderLoad(t, testkit.SQLite(t), backup{
			copy: func(t *testing.T, database string) {
				if stdout, stderr, code := command(t, database, "backup", file); code != 0 || stdout != file+"\n" {
					t.Fatalf("backup: %q, %q, code %d", stdout, stderr, code)
				}
				if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("the copy is %v, %v", info, err)
				}
			},
			restore: func(t *testing.T) string {
				place := filepath.Join(t.TempDir(), "data", "carillon.db")
				text, err := os.ReadFile(file)
				if err == nil {
					err = os.MkdirAll(filepath.Dir(place), 0o700)
				}
				if err == nil {
					err = os.WriteFile(place, text, 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
				return "sqlite:" + place
			},
		})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		server, file := testkit.Server(t), ""
		for _, name := range []string{"first", "second"} {
			if err := server.Exec(t.Context(), "postgres", "CREATE DATABASE "+name); err != nil {
				t.Fatal(err)
			}
		}
		restoreUnderLoad(t, server.URL("first"), backup{
			copy: func(t *testing.T, _ string) {
				var err error
				if file, err = server.Dump("first", "copy.dump"); err != nil {
					t.Fatal(err)
				}
			},
			restore: func(t *testing.T) string {
				if err := server.Restore("second", file); err != nil {
					t.Fatal(err)
				}
				return server.URL("second")
			},
		})
	})
}

func restoreUnderLoad(t *testing.T, database string, b backup) {
	n := start(t, database)
	w := newWorld(t, n)
	seen := newTally()
	mark := w.mark()
	w.webhook("load", w.channel(seen.receiver(t).URL, retries("100ms", "1s", "1s", "1s")))
	away := testkit.NewReceiver(t, testkit.Answers(func(testkit.Received) testkit.Answer { return testkit.Answer{Status: 500} }))
	w.webhook("later", w.channel(away.URL, retries("1h")))
	waiting := w.publish("later", `{"waits":true}`)
	l := newLoad(w, "load")
	l.more(100 + rand.IntN(100))
	before := l.snapshot()
	b.copy(t, database)
	l.more(100)
	l.stop()
	lost := w.publish("load", `{"after":"the copy"}`)
	n.kill()

	w = w.at(start(t, b.restore(t)))
	w.awaitSuccess(mark, before)
	checkSettled(w, before)
	for w.delivery(waiting).Status != "RETRYING" { // it may have been under way when the copy was made
		if w.ctx.Err() != nil {
			t.Fatalf("what waited is %+v", w.deliveries(waiting))
		}
	}
	// Who had read on is told, and begins anew at a place that there is.
	s, err := w.api.Subscribe(t, `subscription($after: ID) { events(after: $after) { id } }`, testkit.Vars{"after": lost})
	if err == nil {
		err = s.Next(w.ctx, nil)
		s.Close()
	}
	if refusal, ok := testkit.Refusal(err); !ok || refusal.Extensions.Code != "BAD_USER_INPUT" {
		t.Errorf("a stream after an event that is not there: %v", err)
	}
	again := w.publish("load", `{"after":"the restore"}`)
	w.awaitSuccess(mark, map[string]bool{again: true})
}
