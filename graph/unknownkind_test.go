package graph_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"carillon/models"
	"carillon/testkit"
)

// TestAnUnknownKindIsListed has a channel that a newer version made: it must not
// fail the list of the tenant's channels.
func TestAnUnknownKindIsListed(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := openWorld(t, url)
		tenant, _, _ := w.tenant(t, "Acme")
		pager := models.Channel{
			ID: models.NewID(models.PrefixChannel), TenantID: tenant, Name: "pager", Kind: "PAGER",
			Config:      &models.UnknownConfig{Of: "PAGER", Public: json.RawMessage(`{"number":"4711"}`)},
			RetryPolicy: models.RetryPolicy{Schedule: []time.Duration{time.Hour}}, Limits: models.DefaultLimits(models.KindHTTP),
			Ordering: models.OrderNone, Status: models.ChannelActive, CreatedAt: time.Now(), UpdatedAt: time.Now(),
		}
		if err := w.store.CreateChannel(t.Context(), pager); err != nil {
			t.Fatal(err)
		}
		p := keyOf(tenant, models.ScopeManage)
		got := w.do(t, p, `{ channels { nodes { name kind config { __typename ... on HttpConfig { url } } } } }`).data(t)
		for _, want := range []string{`"__typename":"HttpConfig","url":`, `{"name":"pager","kind":"PAGER","config":{"__typename":"UnknownConfig"}}`} {
			if !strings.Contains(got, want) {
				t.Errorf("got %s, want %s in it", got, want)
			}
		}
		got = w.do(t, p, `mutation { pauseChannel(id: "%s") { status } }`, pager.ID).data(t)
		if !strings.Contains(got, `"PAUSED"`) {
			t.Errorf("got %s", got)
		}
		w.do(t, p, `mutation { updateChannel(input: {id: "%s", config: {http: {url: "https://example.com/"}}}) { id } }`, pager.ID).
			refused(t, models.CodeBadUserInput, "config")
		if got := w.do(t, p, `mutation { deleteChannel(id: "%s") }`, pager.ID).data(t); !strings.Contains(got, pager.ID.String()) {
			t.Errorf("got %s", got)
		}
	})
}
