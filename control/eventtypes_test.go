package control_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"carillon/control"
	"carillon/models"
)

const contactSchema = `{"type":"object","required":["id"],"properties":{"id":{"type":"string"}}}`

func TestEventTypes(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		made := must(b.CreateEventType(ctx, b.admin, control.CreateEventType{Name: "contact.created"}))(t)
		if made.Group != "contact" || made.Version != "1" || made.Description != "" || made.Schema != nil || made.Example != nil || made.ArchivedAt != nil {
			t.Errorf("got %+v", made)
		}
		if dashed := must(b.CreateEventType(ctx, b.admin, control.CreateEventType{Name: "basket-submitted"}))(t); dashed.Group != "basket" {
			t.Errorf("got %+v", dashed)
		}
		if plain := must(b.CreateEventType(ctx, b.admin, control.CreateEventType{Name: "ping", Group: pointer("tests"), Version: pointer("2")}))(t); plain.Group != "tests" || plain.Version != "2" {
			t.Errorf("got %+v", plain)
		}

		b.clock.Advance(time.Second)
		full := must(b.UpdateEventType(ctx, b.admin, control.UpdateEventType{Name: "contact.created", Description: control.Set("A contact."),
			Schema: control.Set(json.RawMessage(contactSchema)), Example: control.Set(json.RawMessage(`{ "id": "1", "n": 1.10 }`))}))(t)
		if full.Description != "A contact." || string(full.Example) != `{"id":"1","n":1.10}` || full.Group != "contact" || full.ID != made.ID || !full.UpdatedAt.After(made.UpdatedAt) {
			t.Errorf("got %+v", full)
		}
		kept := must(b.UpdateEventType(ctx, b.admin, control.UpdateEventType{Name: "contact.created", Group: control.Set("people")}))(t)
		if string(kept.Schema) != contactSchema || string(kept.Example) != string(full.Example) || kept.Description != "A contact." || kept.Group != "people" {
			t.Errorf("what was left out did not stay: %+v", kept)
		}
		bare := must(b.UpdateEventType(ctx, b.admin, control.UpdateEventType{Name: "contact.created", Description: control.Clear[string](),
			Group: control.Clear[string](), Version: control.Clear[string](), Schema: control.Clear[json.RawMessage](),
			Example: control.Set(json.RawMessage("null"))}))(t)
		if bare.Description != "" || bare.Group != "contact" || bare.Version != "1" || bare.Schema != nil || bare.Example != nil {
			t.Errorf("got %+v", bare)
		}
	})
}

func TestExamplesSatisfySchemas(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		schema := json.RawMessage(contactSchema)
		wantError(t, errorOf(b.CreateEventType(ctx, b.admin, control.CreateEventType{Name: "a", Schema: schema, Example: json.RawMessage(`{"id":5}`)})),
			models.CodeBadUserInput, "example.id")
		must(b.CreateEventType(ctx, b.admin, control.CreateEventType{Name: "a", Schema: schema, Example: json.RawMessage(`{"id":"5"}`)}))(t)
		update := func(in control.UpdateEventType) error {
			in.Name = "a"
			return errorOf(b.UpdateEventType(ctx, b.admin, in))
		}
		wantError(t, update(control.UpdateEventType{Example: control.Set(json.RawMessage(`{}`))}), models.CodeBadUserInput, "example.id")
		wantError(t, update(control.UpdateEventType{Schema: control.Set(json.RawMessage(`{"type":"array"}`))}), models.CodeBadUserInput, "example")
		check(t, update(control.UpdateEventType{Schema: control.Set(json.RawMessage(`{"type":"array"}`)), Example: control.Set(json.RawMessage(`[]`))}))
		check(t, update(control.UpdateEventType{Schema: control.Clear[json.RawMessage](), Example: control.Set(json.RawMessage(`1`))}))
		check(t, update(control.UpdateEventType{Schema: control.Set(json.RawMessage(`{"type":"string"}`)), Example: control.Clear[json.RawMessage]()}))
	})
}

func TestEventTypesThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		create := func(in control.CreateEventType) error { return errorOf(b.CreateEventType(ctx, b.admin, in)) }
		check(t, create(control.CreateEventType{Name: "a.b"}))
		wantError(t, create(control.CreateEventType{Name: "a.b"}), models.CodeConflict, "name")
		for _, name := range []string{"", " ", "a b", "a..b", "a.*", "a\n", "ä", strings.Repeat("a", 129)} {
			wantError(t, create(control.CreateEventType{Name: name}), models.CodeBadUserInput, "name")
		}
		wantError(t, create(control.CreateEventType{Name: "x", Version: pointer("")}), models.CodeBadUserInput, "version")
		wantError(t, create(control.CreateEventType{Name: "x", Group: pointer("\x00")}), models.CodeBadUserInput, "group")
		wantError(t, create(control.CreateEventType{Name: "x", Description: pointer(strings.Repeat("d", 2001))}), models.CodeBadUserInput, "description")
		wantError(t, create(control.CreateEventType{Name: "x", Schema: json.RawMessage(`{"type":"strin"}`)}), models.CodeBadUserInput, "schema.type")
		wantError(t, create(control.CreateEventType{Name: "x", Schema: json.RawMessage(`{"$ref":"http://example.com"}`)}), models.CodeBadUserInput, "schema")
		wantError(t, create(control.CreateEventType{Name: "x", Schema: json.RawMessage(`[`)}), models.CodeBadUserInput, "schema")
		wantError(t, create(control.CreateEventType{Name: "x", Example: json.RawMessage(`{"a":`)}), models.CodeBadUserInput, "example")
		wantError(t, create(control.CreateEventType{Name: "x", Example: json.RawMessage(`"` + strings.Repeat("a", models.MaxSchema) + `"`)}), models.CodePayloadTooLarge, "example")

		wantError(t, errorOf(b.UpdateEventType(ctx, b.admin, control.UpdateEventType{Name: "none"})), models.CodeNotFound, "")
		wantError(t, errorOf(b.UpdateEventType(ctx, b.admin, control.UpdateEventType{Name: "a.b", Schema: control.Set(json.RawMessage(`5`))})), models.CodeBadUserInput, "schema")
		wantError(t, errorOf(b.ArchiveEventType(ctx, b.admin, "none")), models.CodeNotFound, "")
		wantError(t, errorOf(b.ArchiveEventType(ctx, b.admin, "\x00\xff")), models.CodeNotFound, "")
	})
}

func TestArchiveEventType(t *testing.T) {
	each(t, func(t *testing.T, b *bundle) {
		ctx := t.Context()
		must(b.CreateEventType(ctx, b.admin, control.CreateEventType{Name: "a.b"}))(t)
		first := must(b.ArchiveEventType(ctx, b.admin, "a.b"))(t)
		if first.ArchivedAt == nil {
			t.Fatal("not archived")
		}
		b.clock.Advance(time.Minute)
		commits := b.commitCount()
		again := must(b.ArchiveEventType(ctx, b.admin, "a.b"))(t)
		if !again.ArchivedAt.Equal(*first.ArchivedAt) || !again.UpdatedAt.Equal(first.UpdatedAt) || again.ID != first.ID || b.commitCount() != commits {
			t.Errorf("got %+v, then %+v", first, again)
		}
		wantError(t, errorOf(b.CreateEventType(ctx, b.admin, control.CreateEventType{Name: "a.b"})), models.CodeConflict, "name")
	})
}
