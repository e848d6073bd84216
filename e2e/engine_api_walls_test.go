package e2e

import (
	"strings"

	"carillon/testkit"
)

// engineWall: recoveries, replays and counts of another tenant look like what
// does not exist.
func engineWall(w *world) {
	n := newNeighbour(w)
	failing := testkit.NewReceiver(w.t, testkit.Statuses(500))
	channel, _ := n.failing(failing, 1, retries())
	rec := n.recover(map[string]any{"channelId": n.channel})
	const stats = `deliveryStats(from: "2026-01-01T00:00:00Z", to: "2099-01-01T00:00:00Z", interval: "8760h", filter: `
	for _, row := range []struct{ operation, id, want string }{
		{`query($id: ID!) { recovery(id: $id) { id } }`, rec.ID, `{"data":{"recovery":null}}`},
		{`query($id: ID!) { node(id: $id) { id } }`, rec.ID, `{"data":{"node":null}}`},
		{`mutation($id: ID!) { cancelRecovery(id: $id) { id } }`, rec.ID, notFound},
		{`mutation($id: ID!) { replayEvent(id: $id) { id } }`, n.event, notFound},
		{`mutation($id: ID!) { recoverDeliveries(filter: {tenantId: $id}) { total } }`, n.tenant, notFound},
		{`mutation($id: ID!) { recoverDeliveries(filter: {channelId: $id}) { total } }`, channel, `{"data":{"recoverDeliveries":{"total":0}}}`},
		{`mutation($id: ID!) { updateChannel(input: {id: $id, limits: {rate: 1}}) { id } }`, n.channel, notFound},
		{`query($id: ID!) { channel(id: $id) { health { attempts } } }`, n.channel, `{"data":{"channel":null}}`},
		{`query($id: ID!) { ` + stats + `{tenantId: $id}) { succeeded } }`, n.tenant, notFound},
		{`query($id: ID!) { ` + stats + `{channelId: $id}) { succeeded } }`, n.channel, `"succeeded":0`},
	} {
		theirs, nothing := w.raw(row.operation, row.id), w.raw(row.operation, unknown(row.id))
		if theirs != nothing {
			w.t.Errorf("%s tells a neighbour's id from an unknown one:\n%s\n%s", row.operation, theirs, nothing)
		}
		if !strings.Contains(theirs, row.want) || strings.Contains(theirs, `"succeeded":1`) {
			w.t.Errorf("%s with a neighbour's id answers %s, want %s", row.operation, theirs, row.want)
		}
	}
	for _, id := range []string{rec.ID, unknown(rec.ID)} {
		if refusal := w.streamError(recoveryProgress, testkit.Vars{"id": id}); refusal.Extensions.Code != notFound {
			w.t.Errorf("the progress of a neighbour's recovery is %+v", refusal)
		}
	}
	if failing.Count() != 1 {
		w.t.Errorf("the neighbour's receiver had %d requests", failing.Count())
	}
	if again := n.recover(map[string]any{"channelId": channel}); again.Total != 1 {
		w.t.Errorf("the neighbour recovers %+v", again)
	}
}

// engineScopes: as the contract names them.
func engineScopes(w *world) {
	rec := w.recover(map[string]any{})
	event := w.publish("a.b", `1`)
	clients := map[string]*testkit.Client{
		"nobody": w.admin.WithKey(""), "READ": w.key(w.tenant, "READ"), "PUBLISH": w.key(w.tenant, "PUBLISH"),
		"MANAGE": w.key(w.tenant, "MANAGE"), "ADMIN": w.key("", "ADMIN"),
	}
	const read, manage = "READ MANAGE ADMIN", "MANAGE ADMIN"
	for _, row := range []struct{ operation, id, allowed string }{
		{`query($id: ID!) { recovery(id: $id) { id } }`, rec.ID, read},
		{`{ deliveryStats(from: "2026-11-20T00:00:00Z", to: "2026-11-21T00:00:00Z", interval: "1h") { succeeded } }`, "", read},
		{`{ channels { nodes { health { attempts } } } }`, "", read},
		{`mutation { recoverDeliveries(filter: {statuses: [PENDING]}) { id } }`, "", manage},
		{`mutation($id: ID!) { cancelRecovery(id: $id) { id } }`, unknown(rec.ID), manage},
		{`mutation($id: ID!) { replayEvent(id: $id) { id } }`, event, manage},
	} {
		vars := testkit.Vars{}
		if row.id != "" {
			vars["id"] = row.id
		}
		for name, client := range clients {
			checkScope(w, name, row.operation, row.allowed, client.Do(w.ctx, row.operation, vars, nil))
		}
	}
	for _, name := range []string{"PUBLISH", "nobody"} {
		s, err := clients[name].SubscribeSSE(w.t, recoveryProgress, testkit.Vars{"id": rec.ID})
		if err == nil {
			err = s.Next(w.ctx, new(any))
		}
		checkScope(w, name, recoveryProgress, read, err)
	}
}
