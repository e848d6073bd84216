package app

import (
	"encoding/json"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

func TestServerForgetsWhatIsOld(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		first := boot(t, Config{DatabaseURL: url, Retention: time.Hour})
		var made struct{ CreateTenant struct{ ID models.ID } }
		if err := ask(t, first.URL(), testAdmin, `mutation { createTenant(input: {name: "acme"}) { id } }`, &made); err != nil {
			t.Fatal(err)
		}
		tenant := made.CreateTenant.ID
		routes, err := first.store.RouteTable(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		now, err := first.store.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var ids []models.ID
		for _, age := range []time.Duration{2 * time.Hour, 30 * time.Minute} {
			e := models.Event{ID: models.NewID(models.PrefixEvent), TenantID: tenant, Type: "a.b", Version: "1",
				Data: json.RawMessage(`{}`), Timestamp: now.Add(-age), CreatedAt: now.Add(-age)}
			ids = append(ids, e.ID)
			_, err := first.store.Publish(t.Context(), models.Publication{
				Generations: map[models.ID]int64{tenant: routes.Generation}, Items: []models.PublicationItem{{Event: e}}})
			if err != nil {
				t.Fatal(err)
			}
		}
		shut(t, first)

		again := boot(t, Config{DatabaseURL: url, Retention: time.Hour})
		limit := time.NewTimer(patience)
		defer limit.Stop()
		look := time.NewTicker(10 * time.Millisecond)
		defer look.Stop()
		for {
			kept, err := again.store.EventsByID(t.Context(), ids)
			if err != nil {
				t.Fatal(err)
			}
			if _, young := kept[ids[1]]; !young {
				t.Fatal("an event was erased before its time")
			}
			if len(kept) == 1 {
				return
			}
			select {
			case <-look.C:
			case <-limit.C:
				t.Fatal("an event that is older than the retention is kept")
			}
		}
	})
}
