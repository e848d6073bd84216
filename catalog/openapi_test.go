package catalog

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"carillon/models"
)

const petShop = `{
  "openapi": "3.1.0",
  "info": {"title": "Shop", "version": "7"},
  "webhooks": {
    "order.paid": {"post": {
      "summary": "An order was paid.", "tags": ["orders", "money"],
      "requestBody": {"content": {"application/json; charset=utf-8": {
        "schema": {"$ref": "#/components/schemas/Order"},
        "examples": {"b": {"value": {"id": "2"}}, "a": {"$ref": "#/components/examples/One"}}}}}}},
    "order.shipped": {"put": {"requestBody": {"$ref": "#/components/requestBodies/Shipped"}}},
    "ping": {"post": {"description": "Says nothing."}},
    "tree-grown": {"$ref": "#/components/pathItems/Tree"}
  },
  "components": {
    "examples": {"One": {"value": {"id": "1", "lines": [{"sku": "a/b", "count": 1}]}}},
    "pathItems": {"Tree": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}}}}},
    "requestBodies": {"Shipped": {"content": {"application/vnd.shop+json": {
      "example": {"type": "order.shipped", "data": {"id": "3"}},
      "schema": {"type": "object", "properties": {"type": {"type": "string"}, "data": {"$ref": "#/components/schemas/Order"}}}}}}},
    "schemas": {
      "Order": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Order~1Line"}}}},
      "Order/Line": {"type": "object", "properties": {"sku": {"$ref": "#/components/schemas/Sku"}, "count": {"type": "integer"}}},
      "Sku": {"type": "string", "pattern": "^[a-z/]+$"},
      "Tree": {"type": "object", "examples": [{"children": []}], "properties": {"children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}
    }
  }
}`

func TestFromOpenAPI(t *testing.T) {
	t.Parallel()
	drafts, err := FromOpenAPI(json.RawMessage(petShop))
	if err != nil || len(drafts) != 4 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	paid, shipped, ping, tree := drafts[0], drafts[1], drafts[2], drafts[3]
	if paid.Name != "order.paid" || paid.Description != "An order was paid." || paid.Group != "orders" || paid.Version != "7" {
		t.Errorf("got %+v", paid)
	}
	if want := `{"id":"1","lines":[{"count":1,"sku":"a/b"}]}`; string(paid.Example) != want {
		t.Errorf("the example is %s, want %s", paid.Example, want)
	}
	if ping.Schema != nil || ping.Example != nil || ping.Description != "Says nothing." {
		t.Errorf("got %+v", ping)
	}
	if string(shipped.Example) != `{"id":"3"}` {
		t.Errorf("the example of an envelope's data is %s", shipped.Example)
	}
	if string(tree.Example) != `{"children":[]}` {
		t.Errorf("the example within the schema is %s", tree.Example)
	}
	for _, row := range []struct {
		draft Draft
		data  string
		takes bool
	}{
		{paid, `{"id":"1","lines":[{"sku":"a"}]}`, true},
		{paid, `{"id":"1","lines":[{"sku":"A"}]}`, false},
		{paid, `{"lines":[]}`, false},
		{shipped, `{"id":"1"}`, true},
		{shipped, `{"type":"order.shipped","data":{"id":"1"}}`, false},
		{tree, `{"children":[{"children":[]}]}`, true},
		{tree, `{"children":[{"children":5}]}`, false},
	} {
		schema, err := Compile(row.draft.Schema)
		if err != nil {
			t.Fatalf("%s: %v in %s", row.draft.Name, err, row.draft.Schema)
		}
		if err := schema.Check("data", json.RawMessage(row.data)); (err == nil) != row.takes {
			t.Errorf("%s: %s gives %v", row.draft.Name, row.data, err)
		}
	}
}

func TestFromOpenAPIRefuses(t *testing.T) {
	t.Parallel()
	body := func(schema string) string {
		return `{"openapi":"3.1.0","webhooks":{"a.b":{"post":{"requestBody":{"content":{"application/json":{"schema":` + schema + `}}}}}}}`
	}
	for raw, want := range map[string]string{
		``:                                  "openapi: is empty",
		`[]`:                                "openapi: is not an OpenAPI document",
		`{`:                                 "openapi: is not JSON",
		`{"openapi":"3.0.3","webhooks":{}}`: `openapi.openapi: is "3.0.3"`,
		`{"swagger":"2.0"}`:                 `openapi.openapi: is ""`,
		`{"openapi":"3.1.0"}`:               "openapi.webhooks: has 0 entries",
		`{"openapi":"3.1.0","webhooks":{"a":{"get":{}}}}`:              "openapi.webhooks.a: has no post",
		body(`{"$ref":"https://example.com/x.json"}`):                  "only references within the document",
		body(`{"$ref":"#/components/schemas/None"}`):                   "not in the document",
		body(`{"items":{"$ref":"#/info/title"}}`):                      "only references to #/components/schemas/",
		`{"openapi":"3.1.0","webhooks":{"a":{"$ref":"#/webhooks/a"}}}`: "more than 20 references",
	} {
		_, err := FromOpenAPI(json.RawMessage(raw))
		var coded *models.Error
		if !errors.As(err, &coded) || coded.Code != models.CodeBadUserInput || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
	}
}

func FuzzOpenAPI(f *testing.F) {
	f.Add([]byte(petShop))
	f.Fuzz(func(t *testing.T, raw []byte) {
		drafts, err := FromOpenAPI(raw)
		if err != nil && models.CodeOf(err) == models.CodeInternal {
			t.Fatal(err)
		}
		for _, d := range drafts {
			if d.Schema != nil && !json.Valid(d.Schema) || d.Example != nil && !json.Valid(d.Example) {
				t.Fatalf("%+v", d)
			}
		}
	})
}
