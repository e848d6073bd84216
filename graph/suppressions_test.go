package graph_test

import (
	"context"
	"strings"
	"testing"

	"carillon/channels"
	"carillon/models"
	"carillon/testkit"
)

// unsubscribed answers that the recipient wants no more.
type unsubscribed struct{ sender }

func (unsubscribed) Send(_ context.Context, m channels.Message) (channels.Receipt, error) {
	return channels.Receipt{Target: m.Channel.Config.Target(),
		Suppress: []models.Suppression{{Address: "+15550101", Reason: "unsubscribed"}}}, nil
}

func TestSuppressionsAreShownAndLifted(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		w := openWorldThat(t, url, unsubscribed{})
		tenant, channel, _ := w.tenant(t, "Acme")
		shown := `query { channel(id: "%s") { suppressions { address reason } } }`
		if got := w.do(t, w.admin, shown, channel).data(t); !strings.Contains(got, `"suppressions":[]`) {
			t.Fatalf("before any message: %s", got)
		}
		live := subscribe(t, w.exec, w.admin, `subscription { deliveryAttempts { channel { suppressions { address reason } } } }`, ``)
		w.do(t, w.admin, `mutation { publishEvent(input: {tenantId: "%s", type: "a.b", data: {}}) { id } }`, tenant).data(t)
		const want = `"suppressions":[{"address":"+15550101","reason":"unsubscribed"}]`
		if resp := live.next(); resp == nil || len(resp.Errors) > 0 || !strings.Contains(string(resp.Data), want) {
			t.Fatalf("live: %+v", resp)
		}
		lift := `mutation { liftSuppression(input: {channelId: "%s", address: "%s"}) { id suppressions { address } } }`
		if got := w.do(t, w.admin, lift, channel, "+15550101").data(t); !strings.Contains(got, `"suppressions":[]`) {
			t.Errorf("after it was lifted: %s", got)
		}
		w.do(t, w.admin, lift, channel, "+15550101").refused(t, models.CodeNotFound, "address")
	})
}
