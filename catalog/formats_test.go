package catalog_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carillon/catalog"
	"carillon/models"
	"carillon/templates"
)

// formats are the examples of the formats, and the event types of each.
func formats() map[string][]string {
	each := func(group string, verbs ...string) []string {
		names := make([]string, len(verbs))
		for i, verb := range verbs {
			names[i] = group + verb
		}
		return names
	}
	crud := []string{"create", "update", "delete"}
	return map[string][]string{
		"meta-data": slices.Concat([]string{"basket-submitted"}, each("contact-", "created", "updated", "deleted"),
			each("company-", "created", "updated", "deleted"), each("company-note-", "created", "updated", "deleted")),
		"space-secret": slices.Concat(each("lead.", crud...), each("lead.", "status.update", "list.update", "tags.update", "track"),
			each("lead.task.", crud...), each("lead.note.", crud...), each("lead.", "linkedin.new", "twitter.new", "email.new"),
			each("campaign.", crud...), each("campaign.email.", "sent", "reply", "open", "click", "bounce", "unsubscribe"),
			each("list.", crud...), each("status.", crud...), each("tag.", crud...)),
		"channels": slices.Concat(each("object.", "created", "updated", "deleted"), []string{"cluster.created", "taxonomy.created"}),
		"batch": slices.Concat(each("reservation.", "created", "updated", "canceled", "started", "ended"),
			[]string{"guest.updated", "room.updated", "payment.created", "bill.closed"}),
		"standard": slices.Concat(each("contact.", "created", "updated", "deleted"), []string{"invoice.paid"}),
	}
}

// TestFormatsAreImported: the document of each format has its event types, each
// with a schema that compiles and an example that satisfies it and renders.
func TestFormatsAreImported(t *testing.T) {
	t.Parallel()
	set := templates.NewSet()
	for format, want := range formats() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(filepath.Join("..", "examples", "formats", format, "event-types.json"))
			if err != nil {
				t.Fatal(err)
			}
			drafts, err := catalog.FromOpenAPI(raw)
			if err != nil {
				t.Fatal(err)
			}
			names := make([]string, len(drafts))
			for i, d := range drafts {
				names[i] = d.Name
				checkDraft(t, &d)
				checkRenders(t, set, "envelope."+format, &d)
			}
			slices.Sort(want)
			if !slices.Equal(names, want) {
				t.Errorf("the event types are\n%v, want\n%v", names, want)
			}
		})
	}
}

func checkDraft(t *testing.T, d *catalog.Draft) {
	t.Helper()
	imported := models.EventType{Name: d.Name, Description: d.Description, Group: d.Group, Version: d.Version, Schema: d.Schema, Example: d.Example}
	if err := imported.Validate(); err != nil || d.Description == "" || d.Group == "" || len(d.Schema) == 0 || len(d.Example) == 0 {
		t.Errorf("%s: %v in %+v", d.Name, err, d)
	}
	schema, err := catalog.Compile(d.Schema)
	if err != nil {
		t.Fatalf("%s: %v", d.Name, err)
	}
	if err := schema.Check("data", d.Example); err != nil {
		t.Errorf("%s: the example: %v", d.Name, err)
	}
	if err := schema.Check("data", []byte(`{}`)); err == nil {
		t.Errorf("%s: the schema takes an empty object", d.Name)
	}
}

func checkRenders(t *testing.T, set *templates.Set, name string, d *catalog.Draft) {
	t.Helper()
	all := templates.Builtins()
	i := slices.IndexFunc(all, func(t models.Template) bool { return t.Name == name })
	if i < 0 {
		t.Fatalf("there is no built-in template %s", name)
	}
	c, err := set.Render(&templates.View{
		Template: &all[i], Tenant: &models.Tenant{ID: models.NewID(models.PrefixTenant)}, Attempt: 1,
		Channel: &models.Channel{Kind: models.KindHTTP, Config: &models.HttpConfig{Signing: models.Signing{Secret: models.NewSecret("long enough")}}},
		Events:  []*models.Event{{ID: models.NewID(models.PrefixEvent), Type: d.Name, Version: d.Version, Data: d.Example}},
	})
	if err != nil || !strings.Contains(string(c.Body), string(d.Example)) {
		t.Errorf("%s: %v in %s", d.Name, err, c.Body)
	}
}
