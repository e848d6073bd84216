package e2e

import (
	"encoding/json"
	"strings"
	"sync"

	"carillon/testkit"
)

const publishKeyed = `mutation($key: String!, $data: JSON!, $type: String!) {
	publishEvent(input: {type: $type, data: $data, idempotencyKey: $key}) { id data idempotencyKey } }`

type published struct {
	PublishEvent struct {
		ID             string
		Data           json.RawMessage
		IdempotencyKey *string
	}
}

// idempotencyRace: fifty clients publish the same, and others something else
// under the same key: one event, one delivery, one message.
func idempotencyRace(w *world) {
	receiver := testkit.NewReceiver(w.t)
	w.webhook("*", w.channel(receiver.URL, nil))
	const clients = 50
	var mu sync.Mutex
	won := map[string]int{} // answers by event id
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			var out published
			err := w.api.Do(w.ctx, publishKeyed, testkit.Vars{"key": "same", "type": "race", "data": json.RawMessage(`{"b":1,"a":2}`)}, &out)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				w.t.Errorf("publish the same: %v", err)
				return
			}
			won[out.PublishEvent.ID]++
		})
	}
	group.Wait()
	if len(won) != 1 {
		w.t.Fatalf("%d events were made: %v", len(won), won)
	}
	var event string
	for event = range won {
	}
	for name, vars := range map[string]testkit.Vars{
		"other data":  {"key": "same", "type": "race", "data": json.RawMessage(`{"b":1,"a":3}`)},
		"other order": {"key": "same", "type": "race", "data": json.RawMessage(`{"a":2,"b":1}`)},
		"other type":  {"key": "same", "type": "race.other", "data": json.RawMessage(`{"b":1,"a":2}`)},
	} {
		err := w.api.Do(w.ctx, publishKeyed, vars, nil)
		if refusal, ok := testkit.Refusal(err); !ok || refusal.Extensions.Code != "CONFLICT" || refusal.Extensions.Field != "idempotencyKey" {
			w.t.Errorf("%s: %v", name, err)
		}
	}
	w.delivery(event)
	last := w.publish("last", `{}`)
	receiver.Wait(2, patience)
	checkOnce(w, receiver, []string{event, last})

	other := w.at(w.node)
	other.tenant = w.newTenant()
	other.api = w.key(other.tenant, "PUBLISH")
	var out published
	other.do(publishKeyed, testkit.Vars{"key": "same", "type": "race", "data": json.RawMessage(`{"b":1,"a":2}`)}, &out)
	if out.PublishEvent.ID == event {
		w.t.Error("a key of one tenant names the event of another")
	}
}

const publishBatch = `mutation($events: [PublishEventInput!]!) { publishEvents(input: {events: $events}) { id } }`

func (w *world) publishAll(events []map[string]any) ([]string, error) {
	var out struct{ PublishEvents []struct{ ID string } }
	err := w.api.Do(w.ctx, publishBatch, testkit.Vars{"events": events}, &out)
	ids := make([]string, len(out.PublishEvents))
	for i, e := range out.PublishEvents {
		ids[i] = e.ID
	}
	return ids, err
}

func event(eventType string, data any, key string) map[string]any {
	e := map[string]any{"type": eventType, "data": data}
	if key != "" {
		e["idempotencyKey"] = key
	}
	return e
}

func idempotencyBatch(w *world) {
	first, err := w.publishAll([]map[string]any{event("a", 1, "k1"), event("a", 2, ""), event("a", 3, "k3")})
	if err != nil {
		w.t.Fatal(err)
	}
	again, err := w.publishAll([]map[string]any{event("a", 3, "k3"), event("a", 4, "k4"), event("a", 1, "k1"), event("a", 4, "k4")})
	if err != nil {
		w.t.Fatal(err)
	}
	if again[0] != first[2] || again[2] != first[0] || again[1] != again[3] || again[1] == first[0] {
		w.t.Errorf("first %v, again %v", first, again)
	}
	_, err = w.publishAll([]map[string]any{event("a", 5, "k5"), event("a", 9, "k1")})
	w.refused(err, "CONFLICT", "events.1.idempotencyKey")
	_, err = w.publishAll([]map[string]any{event("a", 5, "k6"), event("a", 6, "k6")})
	w.refused(err, "CONFLICT", "events.1.idempotencyKey")
	if got := w.eventCount(); got != 4 {
		w.t.Errorf("%d events are stored, want 4", got)
	}
}

// eventCount counts up to 500 events of the tenant.
func (w *world) eventCount() int {
	w.t.Helper()
	var out struct {
		Events struct{ Nodes []struct{ ID string } }
	}
	w.do(`{ events(first: 500) { nodes { id } } }`, nil, &out)
	return len(out.Events.Nodes)
}

func batchAllOrNone(w *world) {
	receiver := testkit.NewReceiver(w.t)
	w.webhook("*", w.channel(receiver.URL, nil))
	_, err := w.publishAll([]map[string]any{event("good", 1, ""), event("bad type", 1, ""), event("good", 1, "")})
	w.refused(err, "BAD_USER_INPUT", "events.1.type")
	_, err = w.publishAll(nil)
	w.refused(err, "BAD_USER_INPUT", "events")
	many := make([]map[string]any, 1001)
	for i := range many {
		many[i] = event("good", i, "")
	}
	_, err = w.publishAll(many)
	w.refused(err, "BAD_USER_INPUT", "events")
	if got := w.eventCount(); got != 0 {
		w.t.Errorf("%d events are stored, want none", got)
	}
	ids, err := w.publishAll(many[:1000])
	if err != nil || len(ids) != 1000 {
		w.t.Fatalf("%d events, %v", len(ids), err)
	}
	receiver.Wait(1000, patience)
	checkOnce(w, receiver, ids)
}

// digits: data comes out as it went in, in answers and in messages.
func digits(w *world) {
	receiver := testkit.NewReceiver(w.t)
	w.webhook("*", w.channel(receiver.URL, nil))
	for i, data := range []string{
		`{"z":12345678901234567890,"a":1.10,"m":{"y":-0.0,"x":1e3,"b":[1.0,2,3.1415926535897932384626]},"huge":1e400,"tiny":-1E-400}`,
		`{"text":"<b>&é\u2028 \"quoted\" 😀","none":null,"yes":true,"empty":{},"list":[],"b":1,"a":{"b":1,"a":2},"":0}`,
		`1.10`, `"text"`, `true`, `[1.0]`, `-0`,
	} {
		id := w.publish("digits", data)
		checkData(w, "event", w.dataOf(id), data)
		request := receiver.Wait(i+1, patience)[i]
		if _, body, _ := strings.Cut(string(request.Body), `"data":`); request.ID() == id {
			checkData(w, "message", strings.TrimSuffix(body, "}"), data)
		}
	}
}

func (w *world) dataOf(event string) string {
	w.t.Helper()
	var out struct {
		Event struct{ Data json.RawMessage }
	}
	w.do(`query($id: ID!) { event(id: $id) { data } }`, testkit.Vars{"id": event}, &out)
	return string(out.Event.Data)
}

// digitsInLiterals: likewise where data stands in the document.
func digitsInLiterals(w *world) {
	for literal, want := range map[string]string{
		`{z: 1, a: 1.10, m: {y: -0.0, x: 1e3, b: [1.0, 2]}}`:     `{"z":1,"a":1.10,"m":{"y":-0.0,"x":1e3,"b":[1.0,2]}}`,
		`{pi: 3.1415926535897932384626}`:                         `{"pi":3.1415926535897932384626}`,
		`{big: 12345678901234567890}`:                            `{"big":12345678901234567890}`,
		`-12345678901234567890`:                                  `-12345678901234567890`,
		`{huge: [1e400, -1e400]}`:                                `{"huge":[1e400,-1e400]}`,
		`{text: "<b>&é\u2028 \"quoted\" 😀", none: null}`:         `{"text":"<b>&é\u2028 \"quoted\" 😀","none":null}`,
		`{yes: true, empty: {}, list: [], block: """a "b" c"""}`: `{"yes":true,"empty":{},"list":[],"block":"a \"b\" c"}`,
		`{n: $n, a: [$n]}`:                                       `{"n":98765432109876543210,"a":[98765432109876543210]}`,
	} {
		var out published
		err := w.api.Do(w.ctx, `mutation($n: JSON) { publishEvent(input: {type: "literal", data: `+literal+`}) { id data } }`,
			testkit.Vars{"n": json.RawMessage(`98765432109876543210`)}, &out)
		if !strings.Contains(literal, "$n") {
			err = w.api.Do(w.ctx, `mutation { publishEvent(input: {type: "literal", data: `+literal+`}) { id data } }`, nil, &out)
		}
		if err != nil {
			w.t.Errorf("the literal %s: %v", literal, err)
			continue
		}
		checkData(w, "publishEvent", string(out.PublishEvent.Data), want)
		checkData(w, "event", w.dataOf(out.PublishEvent.ID), want)
	}
}

// checkData compares digits and order; how a character of a string is written
// in JSON may differ.
func checkData(w *world, where, got, want string) {
	w.t.Helper()
	if plain(got) != plain(want) {
		w.t.Errorf("%s has the data\n%s\nwant\n%s", where, got, want)
	}
}

// plain writes the escapes of characters that need none as the characters.
func plain(s string) string {
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u2028`, "\u2028", `\u00e9`, "é").Replace(s)
}
