package store_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"carillon/models"
	"carillon/testkit"
)

// overNouns runs the test on fresh nouns of each database.
func overNouns(t *testing.T, test func(t *testing.T, n *nouns)) {
	t.Helper()
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) { test(t, newNouns(t, url)) })
}

func (n *nouns) entry(action models.AuditAction, at time.Time) *models.AuditEntry {
	return &models.AuditEntry{ID: models.NewID(models.PrefixAudit), TenantID: &n.tenant, ActorKind: models.AuditServer,
		ActorName: "test", Action: action, Detail: json.RawMessage(`{}`), CreatedAt: at}
}

func (n *nouns) record(e *models.AuditEntry) {
	n.t.Helper()
	n.must(n.Record(models.WithAudit(n.t.Context(), e)))
}

func (n *nouns) auditLog(f models.AuditFilter, first int, after string) models.Connection[models.AuditEntry] {
	n.t.Helper()
	list, err := n.AuditLog(n.t.Context(), models.Page{First: first, After: after}, f)
	n.must(err)
	return list
}

func actionsOf(list models.Connection[models.AuditEntry]) (actions []string) {
	for i := range list.Nodes {
		actions = append(actions, string(list.Nodes[i].Action))
	}
	return actions
}

func TestAuditEntriesReadBack(t *testing.T) {
	overNouns(t, func(t *testing.T, n *nouns) {
		key, session, target, address := models.NewID(models.PrefixApiKey), models.NewID(models.PrefixSession), models.NewID(models.PrefixSession), "2001:db8::1"
		full := n.entry(models.AuditSessionCreate, n.now)
		full.ActorKind, full.ActorID, full.SessionID, full.Target, full.Address = models.AuditPortal, &key, &session, &target, &address
		full.Detail = json.RawMessage(`{"name":"a"}`)
		bare := n.entry(models.AuditTenantDelete, n.now)
		bare.TenantID = nil
		n.record(full)
		n.record(bare)
		list := n.auditLog(models.AuditFilter{}, 10, "").Nodes
		if len(list) != 2 {
			t.Fatalf("%d entries, want 2", len(list))
		}
		for i, want := range []*models.AuditEntry{bare, full} {
			got, _ := json.Marshal(list[i])
			wanted, _ := json.Marshal(want)
			if string(got) != string(wanted) {
				t.Errorf("got %s, want %s", got, wanted)
			}
		}
		found, err := n.AuditEntriesByID(t.Context(), []models.ID{full.ID, models.NewID(models.PrefixAudit)})
		if err != nil || len(found) != 1 || found[full.ID].ActorName != "test" {
			t.Errorf("by id: %+v, %v", found, err)
		}
	})
}

func TestAuditLogIsFilteredAndPaged(t *testing.T) {
	overNouns(t, func(t *testing.T, n *nouns) {
		key, target := models.NewID(models.PrefixApiKey), models.NewID(models.PrefixChannel)
		actions := []models.AuditAction{models.AuditChannelCreate, models.AuditChannelUpdate, models.AuditSecretRead, models.AuditKeyCreate, models.AuditEventTypeCreate}
		for i, action := range actions {
			e := n.entry(action, n.now.Add(time.Duration(i)*time.Minute))
			if i == 1 {
				e.ActorID, e.Target = &key, &target
			}
			if action == models.AuditEventTypeCreate {
				e.TenantID = nil
			}
			n.record(e)
		}
		at := func(i int) *time.Time { v := n.now.Add(time.Duration(i) * time.Minute); return &v }
		text := func(s string) *string { return &s }
		for name, row := range map[string]struct {
			f    models.AuditFilter
			want string
		}{
			"all":      {models.AuditFilter{}, "event_type.create key.create channel.secret.read channel.update channel.create"},
			"tenant":   {models.AuditFilter{TenantID: &n.tenant}, "key.create channel.secret.read channel.update channel.create"},
			"action":   {models.AuditFilter{Action: text("channel.update")}, "channel.update"},
			"group":    {models.AuditFilter{Action: text("channel.*")}, "channel.secret.read channel.update channel.create"},
			"subgroup": {models.AuditFilter{Action: text("channel.secret.*")}, "channel.secret.read"},
			"actor":    {models.AuditFilter{ActorID: &key}, "channel.update"},
			"target":   {models.AuditFilter{Target: &target, TenantID: &n.tenant}, "channel.update"},
			"time":     {models.AuditFilter{From: at(1), To: at(3)}, "channel.secret.read channel.update"},
		} {
			if got := strings.Join(actionsOf(n.auditLog(row.f, 10, "")), " "); got != row.want {
				t.Errorf("%s: %s, want %s", name, got, row.want)
			}
		}
		var paged []string
		for after := ""; ; {
			page := n.auditLog(models.AuditFilter{}, 2, after)
			paged = append(paged, actionsOf(page)...)
			if !page.HasNext {
				break
			}
			after = page.Cursors[len(page.Cursors)-1]
			if len(paged) == 2 { // what comes meanwhile moves nothing
				n.record(n.entry(models.AuditKeyRevoke, n.now))
			}
		}
		if got := strings.Join(paged, " "); got != "event_type.create key.create channel.secret.read channel.update channel.create" {
			t.Errorf("paged: %s", got)
		}
	})
}

func TestAuditEntriesNeverChange(t *testing.T) {
	overNouns(t, func(t *testing.T, n *nouns) {
		n.record(n.entry(models.AuditKeyCreate, n.now))
		_, err := rawDB(t, n.url).ExecContext(t.Context(), "UPDATE audit_log SET actor_name = 'nobody'")
		if err == nil || !strings.Contains(err.Error(), "never change") {
			t.Errorf("an entry was changed: %v", err)
		}
		if got := n.auditLog(models.AuditFilter{}, 1, "").Nodes[0].ActorName; got != "test" {
			t.Errorf("the actor is %s now", got)
		}
	})
}

// TestChangeAndEntryAreOne: an entry that cannot be written, because its id is
// taken, leaves every kind of change undone.
func TestChangeAndEntryAreOne(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		taken := &models.AuditEntry{ID: models.NewID(models.PrefixAudit), ActorKind: models.AuditServer, ActorName: "test", Action: models.AuditKeyCreate, CreatedAt: r.now}
		ctx := models.WithAudit(t.Context(), taken)
		must(t, r.Record(ctx))
		waits, ends := r.item(), r.leased()
		r.publish(t, waits, ends)
		for name, change := range map[string]func(ctx context.Context) error{
			"tenant": func(ctx context.Context) error {
				return r.CreateTenant(ctx, models.Tenant{ID: models.NewID(models.PrefixTenant), Name: "Lost", Metadata: json.RawMessage(`{}`)})
			},
			"cancel": func(ctx context.Context) error {
				_, err := r.Cancel(ctx, waits.Placements[0].Delivery.ID, r.now)
				return err
			},
			"test": func(ctx context.Context) error {
				_, err := r.RecordTest(ctx, r.testRun(1))
				return err
			},
			"recovery": func(ctx context.Context) error {
				_, err := r.CreateRecovery(ctx, models.Recovery{ID: models.NewID(models.PrefixRecovery), TenantID: r.tenant, CreatedAt: r.now})
				return err
			},
			"replay": func(context.Context) error {
				_, err := r.Publish(t.Context(), r.replay(waits, taken))
				return err
			},
		} {
			if err := change(ctx); err == nil {
				t.Errorf("%s: a change without its entry was made", name)
			}
			free := *taken
			free.ID = models.NewID(models.PrefixAudit)
			if name == "replay" {
				_, err := r.Publish(t.Context(), r.replay(waits, &free))
				must(t, err)
			} else {
				must(t, change(models.WithAudit(t.Context(), &free)))
			}
			found, err := r.AuditEntriesByID(t.Context(), []models.ID{free.ID})
			if err != nil || len(found) != 1 {
				t.Errorf("%s: a change left no entry: %v", name, err)
			}
		}
		for table, want := range map[string]int{"tenants": 2, "recoveries": 1, "events": 3, "audit_log": 6} {
			if got := countRows(t, r.url, table); got != want {
				t.Errorf("%d %s, want %d", got, table, want)
			}
		}
		// Of each event one, one more of the replay, and one of the test.
		if got := countRows(t, r.url, "deliveries"); got != 4 {
			t.Errorf("%d deliveries, want 4", got)
		}
	})
}

// replay gives a stored event one more delivery.
func (r *room) replay(item models.PublicationItem, e *models.AuditEntry) models.Publication {
	d := item.Placements[0].Delivery
	d.ID = models.NewID(models.PrefixDelivery)
	return models.Publication{Owner: r.node, Generations: map[models.ID]int64{r.tenant: r.generation}, Audit: e, Items: []models.PublicationItem{
		{Event: item.Event, Again: true, Placements: []models.Placement{{Delivery: d, Due: r.now}}}}}
}

func TestRetriedChangeLeavesOneEntry(t *testing.T) {
	overNouns(t, func(t *testing.T, n *nouns) {
		e := n.entry(models.AuditTenantUpdate, n.now)
		tries := 0
		_, err := n.UpdateTenant(models.WithAudit(t.Context(), e), n.tenant, func(tenant *models.Tenant) error {
			tries++
			e.Detail, _ = json.Marshal(map[string]int{"try": tries})
			if tenant.Name = "Again"; tries < 3 {
				return &pgconn.PgError{Code: "40P01"} // deadlock_detected
			}
			return nil
		})
		n.must(err)
		list := n.auditLog(models.AuditFilter{}, 10, "").Nodes
		if len(list) != 1 || string(list[0].Detail) != `{"try":3}` {
			t.Errorf("after %d tries: %+v", tries, list)
		}
	})
}

func TestAuditRetentionGoesInSteps(t *testing.T) {
	overNouns(t, func(t *testing.T, n *nouns) {
		for i := range 7 {
			n.record(n.entry(models.AuditKeyCreate, n.now.Add(time.Duration(i)*time.Hour)))
		}
		var steps []bool
		for more := true; more; {
			var err error
			more, err = n.PurgeAudit(t.Context(), n.now.Add(5*time.Hour), 2)
			n.must(err)
			steps = append(steps, more)
		}
		if left := n.auditLog(models.AuditFilter{}, 10, "").Nodes; len(left) != 2 || !left[1].CreatedAt.Equal(n.now.Add(5*time.Hour)) {
			t.Errorf("left are %+v", left)
		}
		if !slices.Equal(steps, []bool{true, true, false}) {
			t.Errorf("steps with more behind them: %v", steps)
		}
	})
}

func TestAuditEntriesGoWithTheirTenant(t *testing.T) {
	overNouns(t, func(t *testing.T, n *nouns) {
		other := n.newTenant("Other")
		mine, theirs, gone := n.entry(models.AuditKeyCreate, n.now), n.entry(models.AuditKeyCreate, n.now), n.entry(models.AuditTenantDelete, n.now)
		theirs.TenantID, gone.TenantID, gone.Target = &other, nil, &n.tenant
		n.record(mine)
		n.record(theirs)
		n.must(n.DeleteTenant(models.WithAudit(t.Context(), gone), n.tenant, n.now))
		left := func(when string) {
			t.Helper()
			if got := strings.Join(actionsOf(n.auditLog(models.AuditFilter{}, 10, "")), " "); got != "tenant.delete key.create" {
				t.Errorf("%s: %s", when, got)
			}
		}
		left("before the purge")
		for more := true; more; {
			var err error
			more, err = n.PurgeDeleted(t.Context(), 100)
			n.must(err)
		}
		left("after it")
		if n := countRows(t, n.url, "audit_log"); n != 2 {
			t.Errorf("%d entries are left, want 2", n)
		}
	})
}
