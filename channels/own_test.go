package channels

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"carillon/models"
)

// TestOnlyWhatIsTakenGoesToTheServerItself: a message of another tenant, or to
// another place of the same host, is as every other and finds no such host.
func TestOnlyWhatIsTakenGoesToTheServerItself(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if r.Host != "canary.invalid" || r.URL.Path != "/canary/token" || r.Header.Get("webhook-signature") == "" {
			t.Errorf("%s%s came", r.Host, r.URL.Path)
		}
	})
	tenant := models.NewID(models.PrefixTenant)
	own := &Own{
		Takes: func(id models.ID, target *url.URL) bool {
			return id == tenant && target.String() == "https://canary.invalid/canary/token"
		},
		Address: func() string { return strings.TrimPrefix(server.URL, "http://") },
	}
	send := func(id models.ID, address string) error {
		// Nothing is allowed to it, and no name has an address.
		b := setup(t, address, HTTPConfig{Guard: NewGuard(nil), Resolver: answerNames(t, nil), Own: own})
		b.message.Channel.TenantID = id
		_, err := b.send(t)
		return err
	}
	if err := send(tenant, "https://canary.invalid/canary/token"); err != nil || hits.Load() != 1 {
		t.Errorf("the canary: %v, %d requests", err, hits.Load())
	}
	for _, row := range []struct {
		id      models.ID
		address string
	}{
		{models.NewID(models.PrefixTenant), "https://canary.invalid/canary/token"},
		{tenant, "https://canary.invalid/graphql"},
		{tenant, "https://canary.invalid/canary/token?x=1"},
		{tenant, "http://canary.invalid/canary/token"},
		{tenant, server.URL + "/canary/token"},
	} {
		if err := send(row.id, row.address); err == nil {
			t.Errorf("%s was sent to", row.address)
		}
	}
	if n := hits.Load(); n != 1 {
		t.Errorf("the server had %d requests, want the canary's alone", n)
	}
}
