package control_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"carillon/control"
	"carillon/models"
)

const shopDocument = `{"openapi":"3.1.0","info":{"version":"2"},"webhooks":{
	"order.paid":{"post":{"summary":"Paid.","requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["id"]},"example":{"id":"1"}}}}}},
	"order.shipped":{"post":{"tags":["logistics"]}}}}`

func TestImportEventTypes(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		imports := func(document string) ([]models.EventType, error) {
			return b.ImportEventTypes(ctx, b.admin, control.ImportEventTypes{OpenAPI: json.RawMessage(document)})
		}
		must(b.CreateEventType(ctx, b.admin, control.CreateEventType{Name: "order.paid", Group: pointer("money"), Description: pointer("Old.")}))(t)
		must(b.ArchiveEventType(ctx, b.admin, "order.paid"))(t)
		before := must(b.store.EventTypeByName(ctx, "order.paid"))(t)
		b.clock.Advance(time.Second)
		made := must(imports(shopDocument))(t)
		if len(made) != 2 {
			t.Fatalf("%d event types", len(made))
		}
		paid, shipped := made[0], made[1]
		if paid.ID != before.ID || paid.Group != "money" || paid.Description != "Paid." || paid.Version != "2" || paid.ArchivedAt != nil ||
			string(paid.Example) != `{"id":"1"}` || !paid.CreatedAt.Equal(before.CreatedAt) || !paid.UpdatedAt.After(before.UpdatedAt) {
			t.Errorf("got %+v", paid)
		}
		if shipped.Group != "logistics" || shipped.Schema != nil || shipped.Version != "2" {
			t.Errorf("got %+v", shipped)
		}
		for _, want := range made {
			if stored := must(b.store.EventTypeByName(ctx, want.Name))(t); !reflect.DeepEqual(stored, want) {
				t.Errorf("stored %+v, answered %+v", stored, want)
			}
		}
		// One that is wrong keeps all of them out.
		for field, document := range map[string]string{
			"openapi.webhooks.b.new.schema.type":      `{"openapi":"3.1.0","webhooks":{"a.new":{"post":{}},"b.new":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"strange"}}}}}}}}`,
			"openapi.webhooks.b.new.example.id":       `{"openapi":"3.1.0","webhooks":{"a.new":{"post":{}},"b.new":{"post":{"requestBody":{"content":{"application/json":{"schema":{"properties":{"id":{"type":"string"}}},"example":{"id":1}}}}}}}}`,
			"openapi.webhooks.not an event type.name": `{"openapi":"3.1.0","webhooks":{"a.new":{"post":{}},"not an event type":{"post":{}}}}`,
			"openapi.webhooks":                        `{"openapi":"3.1.0"}`,
		} {
			wantError(t, errorOf(imports(document)), models.CodeBadUserInput, field)
		}
		_, err := b.store.EventTypeByName(ctx, "a.new")
		wantError(t, err, models.CodeNotFound, "")
	})
}
