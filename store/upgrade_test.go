package store_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

// versions are those of the steps that there are, oldest first.
func versions(t *testing.T, s *store.Store) (all []int64) {
	t.Helper()
	list, err := s.MigrateStatus(t.Context())
	must(t, err)
	for _, m := range list {
		all = append(all, m.Version)
	}
	return all
}

// openOld is an empty database at a version.
func openOld(t *testing.T, url string, keys *store.Keyring, version int64) *store.Store {
	t.Helper()
	now := time.UnixMicro(1_700_000_000_000_000)
	s, err := store.Open(t.Context(), store.Config{URL: url, Keys: keys, Node: uuid.New(), Now: func() time.Time { return now }})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	must(t, s.MigrateTo(t.Context(), version))
	return s
}

// TestEveryUpgradeKeepsEverything begins at each version with rows in every table
// and every column, migrates to the newest, and finds each row as it was.
func TestEveryUpgradeKeepsEverything(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		all := versions(t, openEmpty(t, url))
		for _, version := range all[:len(all)-1] {
			t.Run(fmt.Sprint(version), func(t *testing.T) {
				t.Parallel()
				url := testkit.SQLite(t)
				if !strings.HasPrefix(t.Name(), "TestEveryUpgradeKeepsEverything/sqlite") {
					url = testkit.Postgres(t)
				}
				keys := mustRing(t, store.NewEncryptionKey())
				s := openOld(t, url, keys, version)
				f := newFixtures(t, url, keys)
				for _, whose := range []string{platform, "acme", "globex"} {
					f.fill(whose)
				}
				before := f.dump()
				must(t, s.MigrateUp(t.Context()))
				f.expectKept(before)
				f.readAll(s, "acme")
			})
		}
	})
}

// TestDowngradesKeepWhatTheyCan goes down step by step with rows in every table,
// at each one up to the newest and back, and finds what the lower schema holds.
func TestDowngradesKeepWhatTheyCan(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		keys := mustRing(t, store.NewEncryptionKey())
		s := openOld(t, url, keys, 1)
		must(t, s.MigrateUp(t.Context()))
		f := newFixtures(t, url, keys)
		for _, whose := range []string{platform, "acme", "globex"} {
			f.fill(whose)
		}
		for _, version := range slices.Backward(versions(t, s)) {
			before := f.dump()
			must(t, s.MigrateDown(t.Context()))
			held := f.tables()
			f.expectKept(narrowed(before, held))
			if version == 1 {
				if len(held) > 0 {
					t.Errorf("below the first step there is %v", slices.Collect(maps.Keys(held)))
				}
				break
			}
			lower := f.dump()
			must(t, s.MigrateUp(t.Context()))
			f.expectKept(lower)
			f.readAll(s, "acme")
			migrateDownTo(t, s, version-1)
			f.expectKept(lower)
		}
		must(t, s.MigrateUp(t.Context()))
		expectMigrated(t, s, true)
	})
}

// narrowed is a dump with only what a schema holds.
func narrowed(dump map[string][]row, held map[string][]column) map[string][]row {
	out := make(map[string][]row)
	for table, columns := range held {
		for _, r := range dump[table] {
			if table == "log_heads" && !strings.Contains(r["name"], "name of") {
				continue // which steps add and take back
			}
			lower := make(row)
			for _, c := range columns {
				lower[c.name] = r[c.name]
			}
			out[table] = append(out[table], lower)
		}
	}
	return out
}

// expectKept finds every row of before among those that there are now. A step may
// add rows and columns, and turns nothing into something else.
func (f *fixtures) expectKept(before map[string][]row) {
	f.t.Helper()
	now, rows := f.dump(), 0
	for table, old := range before {
		left := make(map[string]int)
		for _, r := range now[table] {
			if len(old) > 0 {
				left[r.only(old[0]).String()]++
			}
		}
		for _, r := range old {
			rows++
			if left[r.String()]--; left[r.String()] < 0 {
				f.t.Errorf("%s: lost %s; there are %v", table, r, now[table])
			}
		}
	}
	if rows == 0 && len(before) > 0 {
		f.t.Error("there was nothing to lose")
	}
}

// only has the columns that another row has.
func (r row) only(other row) row {
	out := make(row, len(other))
	for name := range other {
		out[name] = r[name]
	}
	return out
}

// readAll reads what there is of a tenant as the API would.
func (f *fixtures) readAll(s *store.Store, tenant string) {
	f.t.Helper()
	ctx, page, id := f.t.Context(), models.Page{First: 50}, f.id(models.PrefixTenant, tenant, 0)
	count := func(what string, found, want int, err error) {
		f.t.Helper()
		if err != nil || found != want {
			f.t.Errorf("%d %s can be read, want %d: %v", found, what, want, err)
		}
	}
	tenants, err := s.Tenants(ctx, page, models.TenantFilter{})
	count("tenants", len(tenants.Nodes), 2, err)
	channels, err := s.Channels(ctx, page, models.ChannelFilter{TenantID: &id})
	count("channels", len(channels.Nodes), 2, err)
	webhooks, err := s.Webhooks(ctx, page, models.WebhookFilter{TenantID: &id})
	count("webhooks", len(webhooks.Nodes), 2, err)
	keys, err := s.ApiKeys(ctx, page, models.ApiKeyFilter{TenantID: &id})
	count("keys", len(keys.Nodes), 2, err)
	types, err := s.EventTypes(ctx, page, models.EventTypeFilter{})
	count("event types", len(types.Nodes), 2, err)
	events, err := s.Events(ctx, page, models.EventFilter{TenantID: &id})
	count("events", len(events.Nodes), 2, err)
	deliveries, err := s.Deliveries(ctx, page, models.DeliveryFilter{TenantID: &id})
	count("deliveries", len(deliveries.Nodes), 2, err)
	attempts, err := s.Attempts(ctx, page, models.AttemptFilter{TenantID: &id})
	count("attempts", len(attempts.Nodes), 2, err)
	table, err := s.RouteTable(ctx, id)
	count("webhooks with routes", len(table.Webhooks), 2, err)
	for _, c := range channels.Nodes {
		if http, ok := c.Config.(*models.HttpConfig); ok && c.ID == f.id(models.PrefixChannel, tenant, 0) && http.Signing.Secret.Reveal() == "" {
			f.t.Error("the secret of a channel does not open")
		}
	}
}
