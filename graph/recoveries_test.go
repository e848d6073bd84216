package graph_test

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"carillon/graph"
	"carillon/models"
)

func TestRecoverDeliveries(t *testing.T) {
	t.Parallel()
	mine, theirs := models.NewID(models.PrefixTenant), models.NewID(models.PrefixTenant)
	const query = `mutation($f: DeliveryFilter!) { recoverDeliveries(filter: $f) { total done completedAt canceledAt } }`
	b := setup(t)
	p := keyOf(mine, models.ScopeManage)
	for filter, statuses := range map[string][]models.DeliveryStatus{
		`{}`:                       nil,
		`{"statuses": null}`:       nil,
		`{"statuses": ["FAILED"]}`: {models.DeliveryFailed},
	} {
		got := b.do(t, p, query, `{"f": `+filter+`}`).data(t)
		if got != `{"recoverDeliveries":{"total":3,"done":0,"completedAt":null,"canceledAt":null}}` {
			t.Error(got)
		}
		if f := b.engine.got.(models.DeliveryFilter); *f.TenantID != mine || !reflect.DeepEqual(f.Statuses, statuses) {
			t.Errorf("%s came as %+v", filter, f)
		}
	}
	b.do(t, admin(), query, `{"f": {"eventTypes": ["a"]}}`).data(t)
	if f := b.engine.got.(models.DeliveryFilter); f.TenantID != nil || f.EventTypes[0] != "a" {
		t.Errorf("an administrator's filter came as %+v", f)
	}
	b.engine.got = nil
	for _, statuses := range []string{`[]`, `["SUCCEEDED"]`, `["FAILED", "CANCELED"]`, `["FAILED", "FAILED"]`} {
		b.do(t, p, query, `{"f": {"statuses": `+statuses+`}}`).refused(t, models.CodeBadUserInput, "filter.statuses")
	}
	b.do(t, p, query, `{"f": {"statuses": ["LOST"]}}`).refused(t, models.CodeBadUserInput, "filter.statuses.0")
	b.do(t, p, query, `{"f": {"channelId": "`+mine.String()+`"}}`).refused(t, models.CodeBadUserInput, "filter.channelId")
	b.do(t, p, query, `{}`).refused(t, models.CodeBadUserInput, "filter")
	b.do(t, p, query, `{"f": {"tenantId": "`+theirs.String()+`"}}`).refused(t, models.CodeNotFound, "")
	if b.engine.got != nil {
		t.Errorf("a recovery was begun all the same: %v", b.engine.got)
	}
}

func TestRecoveriesAreWalled(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, theirs := models.NewID(models.PrefixTenant), models.NewID(models.PrefixTenant)
	ids := map[models.ID]models.ID{}
	for _, tenant := range []models.ID{mine, theirs, {}} { // the last is an administrator's
		id := models.NewID(models.PrefixRecovery)
		b.reader.recoveries[id], ids[tenant] = models.Recovery{ID: id, TenantID: tenant, Total: 7, Done: 2}, id
	}
	event := models.NewID(models.PrefixEvent)
	b.reader.events[event] = models.Event{ID: event, TenantID: theirs}
	p := keyOf(mine, models.ScopeManage)
	both := func(id models.ID) string {
		return fmt.Sprintf(`{ recovery(id: %q) { total done } node(id: %[1]q) { __typename } }`, id)
	}
	const shown = `{"recovery":{"total":7,"done":2},"node":{"__typename":"Recovery"}}`
	for _, id := range ids {
		if got := b.do(t, admin(), both(id), ``).data(t); got != shown {
			t.Errorf("an administrator reads %s", got)
		}
	}
	if got := b.do(t, keyOf(mine, models.ScopeRead), both(ids[mine]), ``).data(t); got != shown {
		t.Errorf("its tenant reads %s", got)
	}
	for _, id := range []models.ID{ids[theirs], ids[models.ID{}], models.NewID(models.PrefixRecovery)} {
		if got := b.do(t, p, both(id), ``).data(t); got != `{"recovery":null,"node":null}` {
			t.Errorf("another tenant reads %s", got)
		}
		b.do(t, p, fmt.Sprintf(`mutation { cancelRecovery(id: %q) { id } }`, id), ``).refused(t, models.CodeNotFound, "")
		subscribe(t, b.exec, p, fmt.Sprintf(`subscription { recoveryProgress(id: %q) { done } }`, id), ``).refused(t, models.CodeNotFound, "")
	}
	for _, id := range []models.ID{event, models.NewID(models.PrefixEvent)} {
		b.do(t, p, fmt.Sprintf(`mutation { replayEvent(id: %q) { id } }`, id), ``).refused(t, models.CodeNotFound, "")
	}
	if b.engine.got != nil {
		t.Errorf("the engine was asked: %v", b.engine.got)
	}
	b.do(t, p, fmt.Sprintf(`mutation { cancelRecovery(id: %q) { canceledAt } }`, ids[mine]), ``).data(t)
	b.do(t, keyOf(theirs, models.ScopeManage), fmt.Sprintf(`mutation { replayEvent(id: %q) { id } }`, event), ``).data(t)
	if b.engine.got != event {
		t.Errorf("the engine was asked for %v", b.engine.got)
	}
}

// recovering is a recovery that the test moves on.
func recovering(t *testing.T) (l *liveBundle, f feed, becomes func(models.Recovery)) {
	t.Helper()
	l = setupLive(t, func(cfg *graph.Config) { cfg.RecoveryPoll = time.Millisecond })
	tenant := models.NewID(models.PrefixTenant)
	id := models.NewID(models.PrefixRecovery)
	becomes = func(rec models.Recovery) {
		l.reader.mu.Lock()
		defer l.reader.mu.Unlock()
		rec.ID, rec.TenantID, rec.Total = id, tenant, 9
		l.reader.recoveries[id] = rec
	}
	becomes(models.Recovery{})
	f = subscribe(t, l.exec, keyOf(tenant, models.ScopeRead), `subscription($id: ID!) { recoveryProgress(id: $id) { total done completedAt canceledAt } }`,
		`{"id": "`+id.String()+`"}`)
	f.takes(t, `{"recoveryProgress":{"total":9,"done":0,"completedAt":null,"canceledAt":null}}`)
	return l, f, becomes
}

func TestProgressOfARecovery(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]struct {
		rec  models.Recovery
		want string
	}{
		"completed": {models.Recovery{Done: 5, CompletedAt: &publishedAt}, `"done":5,"completedAt":"2026-11-20T12:00:00.123Z","canceledAt":null`},
		"canceled":  {models.Recovery{Done: 5, CanceledAt: &publishedAt}, `"done":5,"completedAt":null,"canceledAt":"2026-11-20T12:00:00.123Z"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, f, becomes := recovering(t)
			becomes(models.Recovery{Done: 5})
			f.takes(t, `{"recoveryProgress":{"total":9,"done":5,"completedAt":null,"canceledAt":null}}`)
			becomes(last.rec)
			f.takes(t, `{"recoveryProgress":{"total":9,`+last.want+`}}`)
			if resp := f.next(); resp != nil {
				t.Errorf("a message after the end: %s", resp.Data)
			}
			l.api.Close()
			if l.ended != nil {
				t.Errorf("it ended with %v", l.ended)
			}
		})
	}
}

func TestProgressOfWhatIsOverIsShownOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := models.NewID(models.PrefixRecovery)
	b.reader.recoveries[id] = models.Recovery{ID: id, Done: 4, CompletedAt: &publishedAt}
	f := subscribe(t, b.exec, admin(), `subscription($id: ID!) { recoveryProgress(id: $id) { done } }`, `{"id": "`+id.String()+`"}`)
	f.takes(t, `{"recoveryProgress":{"done":4}}`)
	if resp := f.next(); resp != nil {
		t.Errorf("a message after the end: %s", resp.Data)
	}
}

func TestProgressEndsWithAFailure(t *testing.T) {
	t.Parallel()
	l, f, _ := recovering(t)
	failure := errors.New("the database is gone")
	l.reader.mu.Lock()
	l.reader.err = failure
	l.reader.mu.Unlock()
	if resp := f.next(); resp != nil {
		t.Fatalf("a message after the end: %+v", resp)
	}
	l.api.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !errors.Is(l.ended, failure) {
		t.Fatalf("it ended with %v", l.ended)
	}
}

func TestProgressEndsWithItsKey(t *testing.T) {
	t.Parallel()
	l := setupLive(t, func(cfg *graph.Config) { cfg.Recheck = time.Millisecond })
	tenant, id := models.NewID(models.PrefixTenant), models.NewID(models.PrefixRecovery)
	l.reader.recoveries[id] = models.Recovery{ID: id, TenantID: tenant}
	f := subscribe(t, l.exec, keyOf(tenant, models.ScopeRead), `subscription($id: ID!) { recoveryProgress(id: $id) { done } }`, `{"id": "`+id.String()+`"}`)
	for f.next() != nil { // the key is not among the reader's
	}
	l.api.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	if models.CodeOf(l.ended) != models.CodeUnauthenticated {
		t.Fatalf("it ended with %v", l.ended)
	}
}
