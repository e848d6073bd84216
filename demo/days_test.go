package demo

import (
	"encoding/json"
	"slices"
	"testing"

	"carillon/catalog"
	"carillon/models"
)

// compiled are the schemas of the document that the demo imports.
func compiled(t *testing.T) map[string]func(json.RawMessage) error {
	t.Helper()
	drafts, err := catalog.FromOpenAPI(eventTypes)
	if err != nil {
		t.Fatal(err)
	}
	checks := map[string]func(json.RawMessage) error{}
	for _, d := range drafts {
		schema, err := catalog.Compile(d.Schema)
		if err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		if d.Example == nil || d.Description == "" || schema.Check("data", d.Example) != nil {
			t.Errorf("%s: %s, %v", d.Name, d.Example, schema.Check("data", d.Example))
		}
		checks[d.Name] = func(data json.RawMessage) error { return schema.Check("data", data) }
	}
	return checks
}

// TestDaysFitTheCatalog lives through some hours of both companies.
func TestDaysFitTheCatalog(t *testing.T) {
	t.Parallel()
	checks, seen := compiled(t), map[string]int{}
	steps := map[string][]string{} // of each order
	for name, next := range map[string]func() happening{"shop": newShopDay().next, "crm": newCRMDay().next} {
		for i := range 5000 {
			h := next()
			seen[h.Type]++
			check, known := checks[h.Type]
			data, err := json.Marshal(h.Data)
			if err != nil || !known || h.EntityID == "" || check(data) != nil {
				t.Fatalf("%s, event %d: %+v, %s", name, i, h, data)
			}
			if h.EntityID[0] == 'F' {
				steps[h.EntityID] = append(steps[h.EntityID], h.Type)
			}
		}
	}
	for name := range checks {
		if seen[name] < 20 {
			t.Errorf("%s happened %d times", name, seen[name])
		}
	}
	for id, got := range steps {
		story := [][]string{{"order.placed"}, {"order.placed", "order.paid"}, {"order.placed", "order.paid", "order.shipped"}, {"order.placed", "order.paid", "order.refunded"}}
		if !slices.ContainsFunc(story, func(s []string) bool { return slices.Equal(s, got) }) {
			t.Fatalf("%s went %v", id, got)
		}
	}
}

func TestDaysRepeatAndStaySmall(t *testing.T) {
	t.Parallel()
	a, b := newShopDay(), newShopDay()
	c, d := newCRMDay(), newCRMDay()
	for range 5000 {
		for _, pair := range [][2]happening{{a.next(), b.next()}, {c.next(), d.next()}} {
			one, _ := json.Marshal(pair[0])
			other, _ := json.Marshal(pair[1])
			if string(one) != string(other) {
				t.Fatalf("%s\n%s", one, other)
			}
		}
		if len(a.placed)+len(a.paid) > 40 || len(c.deals) > 40 {
			t.Fatalf("%d and %d orders, %d deals are open", len(a.placed), len(a.paid), len(c.deals))
		}
	}
}

// TestTheBurstHasAllThatIsShown counts what the first minute depends on.
func TestTheBurstHasAllThatIsShown(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	shop := newShopDay()
	for range 90 {
		seen[shop.next().Type]++
	}
	crm := newCRMDay()
	for range 60 {
		seen[crm.next().Type]++
	}
	for name, least := range map[string]int{"order.paid": 8, "price.changed": 2, "stock.low": 3, "basket.abandoned": 2, "task.due": 2, "deal.won": 2} {
		if seen[name] < least {
			t.Errorf("%d of %s, want %d", seen[name], name, least)
		}
	}
}

func TestRecordsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(record{{"b", 1}, {"a", record{}}, {`"`, []record{{{"x", nil}}}}})
	if want := `{"b":1,"a":{},"\"":[{"x":null}]}`; err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := json.Marshal(record{{"a", make(chan int)}}); err == nil {
		t.Error("what cannot be written is")
	}
}

func TestCredentialsAreNewEachTime(t *testing.T) {
	t.Parallel()
	a, b := newCredentials(), newCredentials()
	if a.slackToken == b.slackToken || a.smsToken == b.smsToken || a.mail == b.mail || a.signing[warehouseName] == b.signing[warehouseName] {
		t.Error("they repeat")
	}
	config := models.SmsConfig{Provider: models.ProviderTwilio, AccountID: a.account, AuthToken: a.smsToken, From: "Larch CRM", To: []string{"+14155550142"}, MaxSegments: 3}
	if err := config.Validate(models.ConfigRules{}); err != nil {
		t.Error(err)
	}
}
