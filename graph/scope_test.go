package graph_test

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"carillon/graph"
	"carillon/models"
)

func TestEveryRootFieldNamesItsScope(t *testing.T) {
	t.Parallel()
	schema := graph.New(graph.Config{}).Schema().Schema()
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, field := range root.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			scope := field.Directives.ForName("scope")
			if scope == nil {
				t.Errorf("%s.%s has no @scope", root.Name, field.Name)
				continue
			}
			if any := scope.Arguments.ForName("any"); (any == nil) != (field.Name == "viewer") {
				t.Errorf("%s.%s: only viewer is for any key", root.Name, field.Name)
			}
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	tenant := models.NewID(models.PrefixTenant)
	const (
		viewer  = `{ viewer { scopes } }`
		list    = `{ webhooks { nodes { id } } }`
		secret  = `{ channelSecret(id: "chn_01jd5x3v9kfm8tqz2y4r6w7abc") }`
		create  = `mutation { createWebhook(input: {name: "x", eventTypes: ["*"], routes: []}) { id } }`
		recover = `mutation { recoverDeliveries(filter: {}) { id } }`
		stats   = `{ deliveryStats(from: "2026-11-20T12:00:00Z", to: "2026-11-20T13:00:00Z", interval: "1h") { start } }`
		rec     = `{ recovery(id: "rec_01jd5x3v9kfm8tqz2y4r6w7abc") { id } }`
		preview = `{ renderTemplate(input: {kind: SMS, parts: [{name: TEXT, source: "x"}], data: 1}) { parts { output } } }`
		format  = `mutation { createTemplate(input: {name: "x", kind: SMS, parts: []}) { id } }`
		tenants = `mutation { deleteTenant(id: "tnt_01jd5x3v9kfm8tqz2y4r6w7abc") }`
	)
	const read, publish, manage, all = models.ScopeRead, models.ScopePublish, models.ScopeManage, models.ScopeAdmin
	for _, row := range []struct {
		query string
		needs models.Scope // empty: any
		may   []models.Scope
	}{
		{viewer, "", []models.Scope{read, publish, manage, all}},
		{list, read, []models.Scope{read, manage, all}},
		{secret, manage, []models.Scope{manage, all}},
		{create, manage, []models.Scope{manage, all}},
		{preview, read, []models.Scope{read, manage, all}},
		{format, manage, []models.Scope{manage, all}},
		{recover, manage, []models.Scope{manage, all}},
		{stats, read, []models.Scope{read, manage, all}},
		{rec, read, []models.Scope{read, manage, all}},
		{publishOne, publish, []models.Scope{publish}},
		{tenants, all, []models.Scope{all}},
	} {
		t.Run(row.query, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.do(t, nil, row.query, ``).refused(t, models.CodeUnauthenticated, "")
			allowed := map[models.Scope]bool{}
			for _, scope := range row.may {
				allowed[scope] = true
			}
			for _, scope := range []models.Scope{read, publish, manage, all} {
				p := keyOf(tenant, scope)
				if scope == all {
					p = admin()
				}
				answer := b.do(t, p, row.query, ``)
				switch {
				case allowed[scope]:
					answer.data(t)
				case scope == all: // an administrator must name the tenant
				default:
					if err := answer.refused(t, models.CodeForbidden, ""); !strings.Contains(err.Message, string(row.needs)) {
						t.Errorf("%s: the message does not name %s: %q", scope, row.needs, err.Message)
					}
				}
			}
		})
	}
}

func TestPublishersCannotReadThroughTheAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	query := `mutation { publishEvent(input: {type: "a", data: 1}) { id deliveries { nodes { id } } } }`
	b.do(t, publisher(), query, ``).refused(t, models.CodeForbidden, "")
	if b.engine.got != nil {
		t.Error("the event was published all the same")
	}
}

func TestIntrospectionNeedsNoKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.do(t, nil, `{ __typename __schema { queryType { name } } __type(name: "ChannelConfigInput") { isOneOf } }`, ``).data(t)
	if got != `{"__typename":"Query","__schema":{"queryType":{"name":"Query"}},"__type":{"isOneOf":true}}` {
		t.Error(got)
	}
}

func TestSecretsAreShownOnceOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.do(t, admin(), `mutation { createApiKey(input: {name: "x", scopes: [ADMIN]}) { secret apiKey { scopes hint } } }`, ``).data(t)
	if got != `{"createApiKey":{"secret":"ck_secret","apiKey":{"scopes":["ADMIN"],"hint":""}}}` {
		t.Error(got)
	}
}
