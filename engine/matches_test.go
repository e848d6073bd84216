package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"carillon/models"
)

// tableOf is a table with a webhook of one channel for each filter; empty for none.
func tableOf(filters ...string) *table {
	rt := models.RouteTable{Channels: map[models.ID]*models.Channel{}}
	for i, source := range filters {
		c := &models.Channel{ID: models.NewID(models.PrefixChannel)}
		rt.Channels[c.ID] = c
		rt.Webhooks = append(rt.Webhooks, models.Webhook{
			ID: models.NewID(models.PrefixWebhook), Name: fmt.Sprint(i), EventTypes: []string{"order.*"}, Filter: source,
			Routes: []models.Route{{ChannelID: c.ID}},
		})
	}
	return newTable(rt, newConditions(newFilters(), slog.New(slog.DiscardHandler)), time.Time{})
}

func eventOf(data string) *models.Event {
	return &models.Event{Type: "order.placed", Data: json.RawMessage(data)}
}

func TestMatchesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	table := tableOf("", "data.n == 1", "data.n == 2", "data.x", "")
	found, err := table.match(t.Context(), eventOf(`{"n":2}`))
	if err != nil {
		t.Fatal(err)
	}
	var want []models.Lane
	for _, i := range []int{0, 2, 4} {
		w := &table.Webhooks[i]
		want = append(want, models.Lane{WebhookID: w.ID, ChannelID: w.Routes[0].ChannelID})
	}
	if !slices.Equal(found.lanes, want) {
		t.Errorf("found %v, want %v", found.lanes, want)
	}
	if !slices.Equal(found.failed, []models.ID{table.Webhooks[3].ID}) {
		t.Errorf("failed %v", found.failed)
	}
	if found, err = table.match(t.Context(), &models.Event{Type: "other"}); err != nil || len(found.lanes)+len(found.failed) > 0 {
		t.Errorf("another type is taken: %v, %v", found, err)
	}
}

// TestACallerThatLeavesIsNoFailureOfAFilter: its event is not routed at all.
func TestACallerThatLeavesIsNoFailureOfAFilter(t *testing.T) {
	t.Parallel()
	list, err := json.Marshal(make([]int, 1000))
	if err != nil {
		t.Fatal(err)
	}
	event := eventOf(`{"list":` + string(list) + `}`)
	table := tableOf(`data.list.all(x, x == 0)`)
	if found, err := table.match(t.Context(), event); err != nil || len(found.lanes) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := table.match(ctx, event); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestAFilterIsCompiledOnce, however often the table of routes is read anew.
func TestAFilterIsCompiledOnce(t *testing.T) {
	t.Parallel()
	c := newConditions(newFilters(), slog.New(slog.DiscardHandler))
	w := models.Webhook{Filter: "data.n == 1"}
	first := c.of(&w)
	if second := c.of(&w); first != second || first == nil {
		t.Error("it was compiled twice")
	}
	if c.of(&models.Webhook{}) != nil {
		t.Error("a webhook without a filter has a condition")
	}
}

// TestMatchingWithoutFiltersIsFree of allocations.
func TestMatchingWithoutFiltersIsFree(t *testing.T) {
	table, event := tableOf("", "", ""), eventOf(`{}`)
	n := testing.AllocsPerRun(100, func() {
		if found, err := table.match(context.Background(), event); err != nil || len(found.lanes) != 3 {
			t.Fatalf("%v, %v", found, err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkMatch(b *testing.B) {
	for name, filters := range map[string][]string{
		"none": {"", "", "", ""},
		"one":  {"", "data.total > 100", "", ""},
		"four": {"data.total > 100", "data.total > 200", `type == "order.placed"`, `data.customer.country == "NL"`},
	} {
		b.Run(name, func(b *testing.B) {
			table, event := tableOf(filters...), eventOf(`{"total":150.50,"customer":{"country":"NL","name":"Ada"},"items":[{"a":1},{"a":2}]}`)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := table.match(b.Context(), event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
