package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
)

// grow makes of a schema what a later release may make of it: it only adds. The
// floor is the least migration that programs must know from then on.
func (r *room) grow(t *testing.T, floor int64) {
	t.Helper()
	f := newFixtures(t, r.url, r.keys)
	for table := range f.tables() {
		f.exec("ALTER TABLE " + table + " ADD COLUMN later text")
		f.exec("ALTER TABLE " + table + " ADD COLUMN later_number integer NOT NULL DEFAULT 7")
		f.exec("CREATE INDEX " + table + "_later ON " + table + " (later)")
	}
	f.exec("CREATE TABLE later (tenant_id " + f.either("blob", "uuid") + " REFERENCES tenants (id) ON DELETE CASCADE)")
	f.exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, " + f.either("1", "true") + ")")
	if floor > 0 {
		f.exec("INSERT INTO schema_floor (version) VALUES (9999)")
	}
}

// TestThisProgramWorksOnANewerSchema: nodes of the release before go on while
// those of the next one have migrated, and a release can be taken back.
func TestThisProgramWorksOnANewerSchema(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx := t.Context()
		f := newFixtures(t, r.url, r.keys)
		f.fill(platform)
		f.fill("acme")
		read := func() {
			f.readAll(r.Store, "acme")
			if found, err := r.Templates(ctx, models.Page{First: 10}, models.TemplateFilter{}); err != nil || len(found.Nodes) != 2 {
				t.Errorf("%d templates, %v", len(found.Nodes), err)
			}
		}
		read() // so that statements are prepared, which a new column must not break
		r.grow(t, 0)
		read()
		must(t, r.MigrateUp(ctx))
		expectReady(t, r.Store)
		old, _ := r.open(t, nil) // a node that starts only now
		must(t, old.MigrateUp(ctx))

		succeeds, fails, waits := r.leased(), r.leased(), r.keyed("once", "e-1")
		r.publish(t, succeeds, fails, waits)
		if again := r.publish(t, r.keyed("once", "e-1")); again[0].Event.ID != waits.Event.ID {
			t.Error("the key is forgotten")
		}
		if !r.complete(t, r.outcome(succeeds, models.DeliverySucceeded)) || !r.complete(t, r.outcome(fails, models.DeliveryFailed)) {
			t.Error("results are refused")
		}
		if work := r.claim(t, 10); len(work) != 1 {
			t.Errorf("%d deliveries are claimed, want 1", len(work))
		}
		second := r.newLane(t, "second")
		_, err := r.UpdateChannel(ctx, second.ChannelID, func(c *models.Channel) error { c.Name = "renamed"; return nil })
		must(t, err)
		_, err = r.RollStats(ctx, 100)
		must(t, err)
		events, err := r.Events(ctx, models.Page{First: 10}, models.EventFilter{TenantID: &r.tenant})
		must(t, err)
		attempts, err := r.Attempts(ctx, models.Page{First: 10}, models.AttemptFilter{TenantID: &r.tenant})
		must(t, err)
		if len(events.Nodes) != 3 || len(attempts.Nodes) != 2 {
			t.Errorf("%d events and %d attempts", len(events.Nodes), len(attempts.Nodes))
		}
		_, _, err = r.PurgeOld(ctx, r.now.Add(time.Hour), 100)
		must(t, err)
		must(t, r.DeleteTenant(ctx, r.tenant, r.now))
		r.now = r.now.Add(time.Hour)
		purgeAll(t, r.Store, 100)
		if left := countRows(t, r.url, "tenants"); left != 1 {
			t.Errorf("%d tenants are left, want the other one", left)
		}
	})
}

func expectReady(t *testing.T, s *store.Store) {
	t.Helper()
	if ready, err := s.Migrated(t.Context()); err != nil || !ready {
		t.Errorf("ready: %t, %v", ready, err)
	}
}

// TestAStepThatTakesAwayKeepsOldProgramsOut: also those that run already.
func TestAStepThatTakesAwayKeepsOldProgramsOut(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.grow(t, 9999)
		late, err := store.Open(t.Context(), store.Config{URL: r.url, Keys: r.keys, Node: uuid.New()})
		must(t, err)
		t.Cleanup(func() { must(t, late.Close()) })
		const want = "the database needs a newer carillon: its schema takes a program that knows migration 9999"
		if err := late.MigrateUp(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the start says %v", err)
		}
		if ready, err := r.Migrated(t.Context()); err == nil || ready || !strings.Contains(err.Error(), want) {
			t.Errorf("ready: %t, %v", ready, err)
		}
		if err := r.MigrateDown(t.Context()); err == nil || !strings.Contains(err.Error(), "take it back with the program that brought it") {
			t.Errorf("down: %v", err)
		}
	})
}
