package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"carillon/models"
)

// Draft is an event type as a document describes it.
type Draft struct {
	Name        string
	Description string
	Group       string // empty for none
	Version     string // of the whole document; empty for none
	Schema      json.RawMessage
	Example     json.RawMessage
	Place       string // in the document, for errors: webhooks.contact.created
}

// Bounds of a document.
const (
	MaxOpenAPI  = 8 << 20 // bytes
	maxWebhooks = 1000
	// maxHops bounds how many references stand behind each other.
	maxHops = 20
)

// FromOpenAPI reads the webhooks section of an OpenAPI 3.1 document: each of its
// webhooks is an event type, whose data are the JSON body of its request. Where
// that is an envelope, an object with type and data, the data alone. References
// within the document are taken along; there must be none to other places. An
// error is BAD_USER_INPUT about "openapi".
func FromOpenAPI(raw json.RawMessage) ([]Draft, error) {
	const field = "openapi"
	if len(raw) == 0 {
		return nil, models.Invalid(field, "is empty; give an OpenAPI 3.1 document")
	}
	if err := models.CheckJSON(field, raw, MaxOpenAPI); err != nil {
		return nil, err
	}
	value, err := decode(raw)
	root, isObject := value.(map[string]any)
	if err != nil || !isObject {
		return nil, models.Invalid(field, "is not an OpenAPI document; give an object with openapi and webhooks")
	}
	d := &document{root: root}
	version, _ := root["openapi"].(string)
	if !strings.HasPrefix(version, "3.") || strings.HasPrefix(version, "3.0") {
		return nil, models.Invalid(field+".openapi", "is %q; only OpenAPI 3.1 and later have webhooks", clip(version, 20))
	}
	webhooks, _ := root["webhooks"].(map[string]any)
	if len(webhooks) == 0 || len(webhooks) > maxWebhooks {
		return nil, models.Invalid(field+".webhooks", "has %d entries; give 1 to %d", len(webhooks), maxWebhooks)
	}
	info, _ := root["info"].(map[string]any)
	drafts := make([]Draft, 0, len(webhooks))
	for _, name := range slices.Sorted(maps.Keys(webhooks)) {
		draft, err := d.draft(name, webhooks[name])
		if err != nil {
			return nil, models.Under(field, models.Under("webhooks."+name, err))
		}
		draft.Version, _ = info["version"].(string)
		drafts = append(drafts, draft)
	}
	return drafts, nil
}

// document is what references point into.
type document struct{ root map[string]any }

func (d *document) draft(name string, item any) (Draft, error) {
	draft := Draft{Name: name, Place: "webhooks." + name}
	path, err := d.object(item)
	if err != nil {
		return draft, err
	}
	operation, method := operationOf(path)
	if operation == nil {
		return draft, models.Invalid("", "has no post, put or patch operation")
	}
	draft.Description = firstText(operation["description"], operation["summary"], path["description"], path["summary"])
	if tags, _ := operation["tags"].([]any); len(tags) > 0 {
		draft.Group, _ = tags[0].(string)
	}
	body, err := d.object(operation["requestBody"])
	if err != nil || body == nil {
		return draft, models.Under(method+".requestBody", err)
	}
	media, err := d.media(body)
	if err != nil || media == nil {
		return draft, models.Under(method+".requestBody.content", err)
	}
	err = d.describe(&draft, media)
	return draft, models.Under(method+".requestBody.content", err)
}

// operationOf is the one that sends; nil for none.
func operationOf(path map[string]any) (operation map[string]any, method string) {
	for _, method := range []string{"post", "put", "patch"} {
		if operation, ok := path[method].(map[string]any); ok {
			return operation, method
		}
	}
	return nil, ""
}

// media is the description of the JSON body; nil where there is none.
func (d *document) media(body map[string]any) (map[string]any, error) {
	content, _ := body["content"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(content)) {
		kind, _, _ := strings.Cut(strings.ToLower(name), ";")
		if kind = strings.TrimSpace(kind); kind == "application/json" || strings.HasSuffix(kind, "+json") {
			return d.object(content[name])
		}
	}
	return nil, nil
}

// describe fills in schema and example.
func (d *document) describe(draft *Draft, media map[string]any) error {
	example, hasExample, err := d.example(media)
	if err != nil {
		return err
	}
	schema, given := media["schema"]
	if given {
		inner, enveloped, err := d.dataOf(schema)
		if err != nil {
			return err
		}
		if enveloped {
			schema = inner
			if whole, ok := example.(map[string]any); ok {
				example, hasExample = whole["data"]
			}
		}
		if !hasExample {
			if at, err := d.object(schema); err == nil {
				example, hasExample = schemaExample(at)
			}
		}
		if draft.Schema, err = d.bundle(schema); err != nil {
			return err
		}
	}
	if hasExample && example != nil {
		draft.Example, err = json.Marshal(example)
	}
	return err
}

// dataOf is the schema of data within that of an envelope.
func (d *document) dataOf(schema any) (data any, enveloped bool, err error) {
	object, err := d.object(schema)
	if err != nil {
		return nil, false, err
	}
	properties, _ := object["properties"].(map[string]any)
	data, hasData := properties["data"]
	_, hasType := properties["type"]
	return data, hasData && hasType, nil
}

// example is the one of the body: example, else the first of examples.
func (d *document) example(media map[string]any) (value any, ok bool, err error) {
	if value, ok = media["example"]; ok {
		return value, true, nil
	}
	named, _ := media["examples"].(map[string]any)
	if len(named) == 0 {
		return nil, false, nil
	}
	one, err := d.object(named[slices.Min(slices.Collect(maps.Keys(named)))])
	if err != nil {
		return nil, false, err
	}
	value, ok = one["value"]
	return value, ok, nil
}

// schemaExample is the example that a schema bears itself.
func schemaExample(schema map[string]any) (any, bool) {
	if list, _ := schema["examples"].([]any); len(list) > 0 {
		return list[0], true
	}
	value, ok := schema["example"]
	return value, ok
}

func firstText(values ...any) string {
	for _, v := range values {
		if s, _ := v.(string); strings.TrimSpace(s) != "" {
			return strings.TrimSpace(s)
		}
	}
	return ""
}

// object is a value that is an object, or what its reference leads to; nil for
// a value that is none.
func (d *document) object(value any) (map[string]any, error) {
	for range maxHops {
		object, _ := value.(map[string]any)
		ref, isRef := object["$ref"].(string)
		if !isRef {
			return object, nil
		}
		var err error
		if value, err = d.find(ref); err != nil {
			return nil, err
		}
	}
	return nil, models.Invalid("", "goes through more than %d references", maxHops)
}

// find follows a reference within the document.
func (d *document) find(ref string) (any, error) {
	tokens, err := pointer(ref)
	if err != nil {
		return nil, err
	}
	var at any = d.root
	for _, token := range tokens {
		object, _ := at.(map[string]any)
		var ok bool
		if at, ok = object[token]; !ok {
			return nil, models.Invalid("", "refers to %s, which is not in the document", clip(ref, 200))
		}
	}
	return at, nil
}

// pointer reads #/a/b, a JSON pointer in a fragment.
func pointer(ref string) ([]string, error) {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil, models.Invalid("", "refers to %s; only references within the document, such as #/components/schemas/Contact, are followed", clip(ref, 200))
	}
	tokens := strings.Split(path, "/")
	for i, token := range tokens {
		plain, err := url.PathUnescape(token)
		if err != nil {
			return nil, models.Invalid("", "refers to %s, which is not a reference", clip(ref, 200))
		}
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(plain)
	}
	return tokens, nil
}

// bundle makes a schema of its own, with all that it refers to in its $defs.
func (d *document) bundle(schema any) (json.RawMessage, error) {
	b := &bundler{document: d, definitions: map[string]any{}}
	whole, err := b.copy(schema)
	if err != nil {
		return nil, err
	}
	if object, ok := whole.(map[string]any); ok && len(b.definitions) > 0 {
		if own, ok := object["$defs"].(map[string]any); ok {
			maps.Copy(b.definitions, own)
		}
		object["$defs"] = b.definitions
	}
	return json.Marshal(whole)
}

type bundler struct {
	*document
	definitions map[string]any
}

// copy copies a value; references to components go to $defs. Text that only
// looks like a reference, in an example for instance, does no harm there.
func (b *bundler) copy(value any) (any, error) {
	switch value := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(value))
		for key, v := range value {
			var err error
			if ref, ok := v.(string); ok && key == "$ref" {
				object[key], err = b.move(ref)
			} else {
				object[key], err = b.copy(v)
			}
			if err != nil {
				return nil, err
			}
		}
		return object, nil
	case []any:
		list := make([]any, len(value))
		for i := range value {
			var err error
			if list[i], err = b.copy(value[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	}
	return value, nil
}

// move takes what a reference names into $defs, once, and gives its new address.
func (b *bundler) move(ref string) (string, error) {
	tokens, err := pointer(ref)
	if err != nil {
		return "", err
	}
	if len(tokens) < 3 || tokens[0] != "components" || tokens[1] != "schemas" {
		return "", models.Invalid("", "refers to %s; within schemas, only references to #/components/schemas/… are followed", clip(ref, 200))
	}
	name := tokens[2]
	escaped := strings.TrimPrefix(ref, "#/components/schemas/")
	if _, done := b.definitions[name]; !done {
		found, err := b.find("#/components/schemas/" + strings.SplitN(escaped, "/", 2)[0])
		if err != nil {
			return "", err
		}
		b.definitions[name] = true // so that one that refers to itself ends
		if b.definitions[name], err = b.copy(found); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("#/$defs/%s", escaped), nil
}
