package docs

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"carillon/testkit"
)

// TestOperations runs every operation that a page shows, with ids that exist in
// the place of those that are cut short. Outlines of types, which no server runs,
// must name what the schema has.
func TestOperations(t *testing.T) {
	t.Parallel()
	schema, server := readSchema(t), startServer(t)
	t.Run("pages", func(t *testing.T) {
		for _, page := range testkit.Pages(t) {
			t.Run(page.Path, func(t *testing.T) {
				t.Parallel()
				for i := range page.Blocks {
					if b := &page.Blocks[i]; b.Language == "graphql" && b.About == "" {
						server.operate(t, schema, b)
					}
				}
			})
		}
	})
}

func readSchema(t *testing.T) *ast.Schema {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(testkit.Root(t), "graph", "schema", "*.graphqls"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("there is no schema: %v", err)
	}
	var sources []*ast.Source
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: path, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// operate runs the operations of a block, each with things of its own.
func (s *server) operate(t *testing.T, schema *ast.Schema, b *testkit.Block) {
	t.Helper()
	tenant, key := s.tenant(t)
	things := furnish(t, key, s.receiver.URL)
	things["tnt"] = tenant
	text := things.fill(b.Text)
	document, err := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules())
	if err != nil {
		t.Errorf("%s:%d: %v in\n%s", b.Page, b.Line, err, text)
		return
	}
	for i, operation := range document.Operations {
		end := len(text)
		if i+1 < len(document.Operations) {
			end = document.Operations[i+1].Position.Start
		}
		one, vars := text[operation.Position.Start:end], testkit.Vars{}
		for _, v := range operation.VariableDefinitions {
			vars[v.Variable] = things.variable(v, one)
		}
		who := key
		if strings.Contains(one, "tenantId") || strings.Contains(one, "tenant(") {
			who = s.admin
		}
		if operation.Operation == ast.Subscription {
			subscribe(t, who, b, one, vars)
		} else if err := who.Do(t.Context(), one, vars, nil); err != nil && !needsMore(one, err) {
			t.Errorf("%s:%d: %v, of\n%s", b.Page, b.Line, err, one)
		}
	}
}

// needsMore: nobody has unsubscribed from a channel of a moment ago.
func needsMore(operation string, err error) bool {
	refusal, ok := testkit.Refusal(err)
	return ok && strings.Contains(operation, "liftSuppression") && refusal.Extensions.Code == "NOT_FOUND" && refusal.Extensions.Field == "address"
}

// subscribe: the server takes it. That no error comes is seen by asking for more
// on the same stream, where an item is sure to come.
func subscribe(t *testing.T, who *testkit.Client, b *testkit.Block, text string, vars testkit.Vars) {
	t.Helper()
	stream, err := who.Subscribe(t, text, vars)
	if err != nil {
		t.Errorf("%s:%d: %v, of\n%s", b.Page, b.Line, err, text)
		return
	}
	defer stream.Close()
	if !strings.Contains(text, "recoveryProgress") { // which begins with what is
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := stream.Next(ctx, new(any)); err != nil {
		t.Errorf("%s:%d: %v, of\n%s", b.Page, b.Line, err, text)
	}
}

// things are ids, by what they begin with.
type things map[string]string

// furnish makes one thing of each kind in the tenant.
func furnish(t *testing.T, key *testkit.Client, url string) things {
	t.Helper()
	var made struct {
		CreateChannel     struct{ ID string }
		CreateTemplate    struct{ ID string }
		CreateWebhook     struct{ ID string }
		PublishEvent      struct{ ID string }
		RecoverDeliveries struct{ ID string }
	}
	th := things{}
	for _, name := range []string{"chn", "chn2", "chn3"} {
		do(t, key, `mutation($n: String!, $u: String!) { createChannel(input: {name: $n, config: {http: {url: $u}}}) { id } }`, testkit.Vars{"n": name, "u": url}, &made)
		th[name] = made.CreateChannel.ID
	}
	do(t, key, `mutation {
		createTemplate(input: {name: "page", kind: HTTP, parts: [{name: BODY, source: "{}"}]}) { id }
	}`, nil, &made)
	do(t, key, `mutation($c: ID!) { createWebhook(input: {name: "page", eventTypes: ["page.*"], routes: [{channelId: $c}]}) { id } }`,
		testkit.Vars{"c": made.CreateChannel.ID}, &made)
	do(t, key, `mutation { publishEvent(input: {type: "page.made", data: {}}) { id } recoverDeliveries(filter: {}) { id } }`, nil, &made)
	th["tpl"], th["whk"], th["evt"], th["rec"] = made.CreateTemplate.ID, made.CreateWebhook.ID, made.PublishEvent.ID, made.RecoverDeliveries.ID
	return th
}

var (
	cutID    = regexp.MustCompile(`"(tnt|chn|tpl|whk|evt|rec)_…"`)
	cutSlack = regexp.MustCompile(`T…/B…/…`)
)

// fill completes what a page cuts short.
func (th things) fill(text string) string {
	text = cutID.ReplaceAllStringFunc(text, func(id string) string { return `"` + th[id[1:4]] + `"` })
	text = cutSlack.ReplaceAllString(text, "T00000000/B00000000/0123456789abcdefghijklmn")
	text = strings.ReplaceAll(text, `"AC…"`, `"AC0123456789abcdef0123456789abcdef"`)
	return strings.ReplaceAll(text, "…", "0123456789")
}

// variable is a value for a variable of a page, by its type and name.
func (th things) variable(v *ast.VariableDefinition, operation string) any {
	switch name := v.Variable; {
	case strings.Contains(operation, "webhookUrl: $"+name):
		return "https://hooks.slack.com/services/T00000000/B00000000/0123456789abcdefghijklmn"
	case v.Type.Name() != "ID" && strings.Contains(strings.ToLower(name), "url"):
		return "https://example.com/hooks"
	case v.Type.Name() != "ID":
		return "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" // good for every scheme
	case name == "webhook":
		return th["whk"]
	case name == "id" || name == "tenant":
		return th["tnt"]
	case name == "team":
		return th["chn2"]
	case name == "phone":
		return th["chn3"]
	default:
		return th["chn"]
	}
}
