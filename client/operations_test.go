package client

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"carillon/graph/generated"
)

// operations are all that this package sends, with what their item or items are
// read into; nil for those whose answer has a form of its own.
func operations() map[string]any {
	all := map[string]any{
		publishOne: Event{}, publishMany: Event{},
		countDeliveries: nil, catalogExample: nil,
		findChannel: Named{}, findWebhook: Named{},
		canaryTenants: nil, canaryTypes: nil, canaryDeliveries: nil,
		canaryTenant: nil, canaryChannel: nil, canaryWebhook: nil, canaryRemove: nil,
	}
	for _, f := range []feed{eventFeed(), attemptFeed(false), attemptFeed(true)} {
		var v any = Attempt{}
		if f.name == "event" {
			v = Event{}
		}
		all[f.list], all[f.one], all[f.live], all[f.ids] = v, v, v, nil
	}
	return all
}

// TestOperationsFitTheSchema: the server takes each operation, and each field
// that it selects has its place in the type that it is read into.
func TestOperationsFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for document, into := range operations() {
		parsed, err := gqlparser.LoadQueryWithRules(schema, document, rules.NewDefaultRules())
		if err != nil {
			t.Errorf("%v in\n%s", err, document)
			continue
		}
		field := parsed.Operations[0].SelectionSet[0].(*ast.Field)
		if into == nil {
			continue
		}
		if list := named(field.SelectionSet, "nodes"); list != nil {
			field = list
		}
		checkFields(t, schema, field, reflect.TypeOf(into), !strings.Contains(document, "requestBody"))
	}
}

func named(set ast.SelectionSet, name string) *ast.Field {
	for _, s := range set {
		if f := s.(*ast.Field); f.Name == name {
			return f
		}
	}
	return nil
}

// checkFields compares a selection with the struct that it is read into.
func checkFields(t *testing.T, schema *ast.Schema, at *ast.Field, into reflect.Type, withoutBodies bool) {
	t.Helper()
	tags := map[string]reflect.StructField{}
	for i := range into.NumField() {
		if tag := into.Field(i).Tag.Get("json"); tag != "" {
			tags[tag] = into.Field(i)
		}
	}
	for _, s := range at.SelectionSet {
		f := s.(*ast.Field)
		place, ok := tags[f.Alias]
		if !ok {
			t.Errorf("%s.%s is selected, and %s has no place for it", at.Name, f.Name, into)
			continue
		}
		delete(tags, f.Alias)
		kind := place.Type
		if !f.Definition.Type.NonNull && kind.Kind() != reflect.Pointer && kind != reflect.TypeFor[json.RawMessage]() {
			t.Errorf("%s.%s may be null, and is read into %s", at.Name, f.Name, kind)
		}
		for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice && kind != reflect.TypeFor[json.RawMessage]() {
			kind = kind.Elem()
		}
		if len(f.SelectionSet) > 0 && kind.Kind() == reflect.Struct && kind != reflect.TypeFor[time.Time]() {
			checkFields(t, schema, f, kind, false)
		}
	}
	for tag := range tags {
		if withoutBodies && strings.HasPrefix(tag, "request") || withoutBodies && strings.HasPrefix(tag, "response") {
			continue
		}
		t.Errorf("%s has a place for %s, which is not selected of %s", into, tag, at.Name)
	}
}

// TestInputsFitTheSchema: every field of the inputs is one that the server knows.
func TestInputsFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	for name, v := range map[string]any{
		"PublishEventInput": Publication{}, "EventFilter": EventFilter{}, "DeliveryAttemptFilter": AttemptFilter{},
	} {
		into := reflect.TypeOf(v)
		for i := range into.NumField() {
			tag, _, _ := strings.Cut(into.Field(i).Tag.Get("json"), ",")
			if schema.Types[name].Fields.ForName(tag) == nil {
				t.Errorf("%s has no field %s", name, tag)
			}
		}
	}
}
