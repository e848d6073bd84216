package store_test

import (
	"sync/atomic"
	"testing"

	"carillon/models"
	"carillon/testkit"
)

// Each loader answers for a whole page by one statement.
func TestLoadersUseOneStatement(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		w, events, deliveries, attempts := history(n)
		k := n.newKey(&n.tenant, "k")
		two := func(id models.ID) []models.ID { return []models.ID{id, models.NewID(id.Prefix)} }
		channel := w.Routes[0].ChannelID
		template := n.newTemplate(n.tenant, "t")
		var statements atomic.Int32
		n.must(n.CountReads(func() { statements.Add(1) }))
		for name, load := range map[string]func() (int, error){
			"tenants":         func() (int, error) { m, err := n.TenantsByID(ctx, two(n.tenant)); return len(m), err },
			"keys":            func() (int, error) { m, err := n.ApiKeysByID(ctx, two(k.ID)); return len(m), err },
			"webhooks":        func() (int, error) { m, err := n.WebhooksByID(ctx, two(w.ID)); return len(m), err },
			"of a channel":    func() (int, error) { m, err := n.WebhooksByChannel(ctx, two(channel)); return len(m[channel]), err },
			"channels":        func() (int, error) { m, err := n.ChannelsByID(ctx, two(channel)); return len(m), err },
			"templates":       func() (int, error) { m, err := n.TemplatesByID(ctx, two(template.ID)); return len(m), err },
			"events":          func() (int, error) { m, err := n.EventsByID(ctx, two(events[0].ID)); return len(m), err },
			"deliveries":      func() (int, error) { m, err := n.DeliveriesByID(ctx, two(deliveries[0].ID)); return len(m), err },
			"attempts":        func() (int, error) { m, err := n.AttemptsByID(ctx, two(attempts[0].ID)); return len(m), err },
			"last of webhook": func() (int, error) { m, err := n.LastAttemptsByWebhook(ctx, two(w.ID)); return len(m), err },
			"last of channel": func() (int, error) { m, err := n.LastAttemptsByChannel(ctx, two(channel)); return len(m), err },
		} {
			statements.Store(0)
			found, err := load()
			if found != 1 || err != nil || statements.Load() != 1 {
				t.Errorf("%s: found %d by %d statements, %v", name, found, statements.Load(), err)
			}
		}
		statements.Store(0)
		if _, err := n.RouteTable(ctx, n.tenant); err != nil || statements.Load() != 3 {
			t.Errorf("a route table takes %d statements, %v", statements.Load(), err)
		}
	})
}
