package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/store"
)

func TestPublishStoresEventsAndDeliveries(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		waiting, leased := r.item(), r.leased()
		waiting.Event.Tags, waiting.Event.EntityID = []string{"a", `b"c`}, "contact-7"
		r.heard()
		out := r.publish(t, waiting, leased)

		if len(out) != 2 || out[0].Event.Seq != 1 || out[1].Event.Seq != 2 || out[0].Repeat {
			t.Fatalf("answered %d", len(out))
		}
		stored, err := r.EventsBetween(t.Context(), 0, 10, models.EventFilter{}, 10)
		must(t, err)
		if len(stored) != 2 || !reflect.DeepEqual(stored[0], out[0].Event) {
			t.Errorf("stored %d, not as answered", len(stored))
		}
		d := r.delivery(t, waiting.Placements[0].Delivery.ID)
		if d.Status != models.DeliveryPending || d.NextAttemptAt == nil || !d.NextAttemptAt.Equal(r.now) {
			t.Errorf("the one that waits is %+v", d)
		}
		if d = r.delivery(t, leased.Placements[0].Delivery.ID); d.Status != models.DeliveryDelivering || d.NextAttemptAt != nil {
			t.Errorf("the leased one is %+v", d)
		}
		commits := r.heard()
		if len(commits) != 1 || len(commits[0].Events) != 2 || len(commits[0].Updates) != 2 ||
			!slices.Equal(commits[0].Lanes, []models.LaneDue{{Lane: r.lane, Due: r.now, Fresh: 1}}) {
			t.Fatalf("told %d commits", len(commits))
		}
		if got := commits[0].Updates; got[0].Status != models.DeliveryPending || got[1].Status != models.DeliveryDelivering {
			t.Errorf("told of %s and %s", got[0].Status, got[1].Status)
		}
	})
}

func TestPublishNothing(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		if out := r.publish(t); out != nil {
			t.Errorf("answered %v", out)
		}
	})
}

func TestPublishIsAllOrNone(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.keyed("taken", "one"))
		for name, second := range map[string]models.PublicationItem{
			"a clash of keys": r.keyed("taken", "another"),
			"an unknown owner": func() models.PublicationItem {
				i := r.item()
				i.Event.TenantID = models.NewID(models.PrefixTenant)
				return i
			}(),
		} {
			first := r.keyed("fresh", "first")
			if _, err := r.Publish(t.Context(), r.publication(first, second)); err == nil {
				t.Fatalf("%s passed", name)
			}
			if head, err := r.EventsHead(t.Context()); err != nil || head != 1 {
				t.Errorf("after %s the head is %d, %v", name, head, err)
			}
			if found, err := r.DeliveriesByID(t.Context(), []models.ID{first.Placements[0].Delivery.ID}); err != nil || len(found) > 0 {
				t.Errorf("after %s a delivery is there: %v, %v", name, found, err)
			}
		}
		if out := r.publish(t, r.keyed("fresh", "other")); out[0].Repeat {
			t.Error("a refused publication has taken its key")
		}
	})
}

func TestPublishRefusesStaleRoutesAndLostTenants(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.newLane(t, "second")
		if _, err := r.Publish(t.Context(), r.publication(r.item())); !errors.Is(err, models.ErrStaleRoutes) {
			t.Errorf("an older generation gave %v", err)
		}
		p := r.publication(r.item())
		p.Generations = nil
		if _, err := r.Publish(t.Context(), p); !errors.Is(err, models.ErrStaleRoutes) {
			t.Errorf("no generation gave %v", err)
		}
		r.refresh(t)
		r.publish(t, r.item())
		must(t, r.DeleteTenant(t.Context(), r.tenant, r.now))
		if _, err := r.Publish(t.Context(), r.publication(r.item())); models.CodeOf(err) != models.CodeNotFound {
			t.Errorf("a deleted tenant gave %v", err)
		}
	})
}

func TestIdempotencyKeys(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		first := r.publish(t, r.keyed("k", "one"))[0]
		again := r.keyed("k", "one")
		out := r.publish(t, again, r.keyed("new", "two"))
		if !out[0].Repeat || !reflect.DeepEqual(out[0].Event, first.Event) {
			t.Errorf("the repeat answered %s, want %s", out[0].Event.ID, first.Event.ID)
		}
		if out[1].Repeat || out[1].Event.Seq != 2 {
			t.Errorf("the new one beside it is at %d", out[1].Event.Seq)
		}
		if found, err := r.DeliveriesByID(t.Context(), []models.ID{again.Placements[0].Delivery.ID}); err != nil || len(found) > 0 {
			t.Errorf("the repeat stored a delivery: %v, %v", found, err)
		}
		r.heard()
		if out = r.publish(t, r.keyed("k", "one")); !out[0].Repeat || len(r.heard()) > 0 {
			t.Error("a lone repeat is new, or told of a commit")
		}
		var coded *models.Error
		if _, err := r.Publish(t.Context(), r.publication(r.keyed("k", "two"))); !errors.As(err, &coded) ||
			coded.Code != models.CodeConflict || coded.Field != "idempotencyKey" {
			t.Errorf("other content gave %v", err)
		}
		if _, err := r.Publish(t.Context(), r.publication(r.item(), r.keyed("k", "two"))); !errors.As(err, &coded) ||
			coded.Code != models.CodeConflict || coded.Field != "events.1.idempotencyKey" {
			t.Errorf("other content in a batch gave %v", err)
		}
	})
}

func TestIdempotencyKeysWithinOnePublication(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		out := r.publish(t, r.keyed("k", "one"), r.item(), r.keyed("k", "one"))
		if out[0].Repeat || !out[2].Repeat || out[2].Event.ID != out[0].Event.ID || out[2].Event.Seq != 1 {
			t.Errorf("the last answered %s at %d", out[2].Event.ID, out[2].Event.Seq)
		}
		if head, err := r.EventsHead(t.Context()); err != nil || head != 2 {
			t.Errorf("the head is %d, %v", head, err)
		}
		_, err := r.Publish(t.Context(), r.publication(r.keyed("l", "one"), r.keyed("l", "two")))
		if models.CodeOf(err) != models.CodeConflict {
			t.Errorf("one key for two contents gave %v", err)
		}
	})
}

func TestIdempotencyKeyOfAnotherTenant(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.keyed("k", "one"))
		other := models.Tenant{ID: models.NewID(models.PrefixTenant), Name: "Other", Metadata: []byte("{}"), CreatedAt: r.now, UpdatedAt: r.now}
		must(t, r.CreateTenant(t.Context(), other))
		item := r.keyed("k", "two")
		item.Event.TenantID, item.Placements = other.ID, nil
		p := r.publication(item)
		p.Generations[other.ID] = 1
		out, err := r.Publish(t.Context(), p)
		must(t, err)
		if out[0].Repeat {
			t.Error("the key of one tenant is known in another")
		}
	})
}

func TestIdempotencyRace(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		second, _ := r.open(t, nil)
		stores := []*store.Store{r.Store, second}
		const callers = 50
		answers := make([]models.Published, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				out, err := stores[i%2].Publish(t.Context(), r.publication(r.keyed("k", "one"), r.keyed(fmt.Sprint("own", i), "own")))
				if err != nil {
					t.Error(err)
					return
				}
				answers[i] = out[0]
			})
		}
		wg.Wait()
		news := 0
		for _, a := range answers {
			if a.Event.ID != answers[0].Event.ID || a.Event.Seq != answers[0].Event.Seq {
				t.Errorf("answered both %s and %s", a.Event.ID, answers[0].Event.ID)
			}
			if !a.Repeat {
				news++
			}
		}
		if head, err := r.EventsHead(t.Context()); err != nil || news != 1 || head != callers+1 {
			t.Errorf("%d were new, the head is %d, %v", news, head, err)
		}
	})
}

// TestGroupIsolation lets good and bad publications meet in the same groups.
func TestGroupIsolation(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.publish(t, r.keyed("taken", "one"))
		twice := r.item()
		r.publish(t, twice)
		bad := map[string]func() models.Publication{
			"stale": func() models.Publication {
				p := r.publication(r.item())
				p.Generations = map[models.ID]int64{r.tenant: 0}
				return p
			},
			"clash": func() models.Publication { return r.publication(r.item(), r.keyed("taken", "other")) },
			"no one": func() models.Publication {
				i := r.item()
				i.Event.TenantID = models.NewID(models.PrefixTenant)
				return r.publication(i)
			},
			"twice":   func() models.Publication { return r.publication(r.item(), twice) },
			"in two":  func() models.Publication { i := r.item(); return r.publication(i, i) },
			"one key": func() models.Publication { return r.publication(r.keyed("x", "one"), r.keyed("x", "two")) },
		}
		var wg sync.WaitGroup
		for range 8 {
			for name, make := range bad {
				wg.Go(func() {
					if _, err := r.Publish(t.Context(), make()); err == nil {
						t.Errorf("%s passed", name)
					}
				})
				wg.Go(func() {
					if _, err := r.Publish(t.Context(), r.publication(r.item())); err != nil {
						t.Errorf("beside %s a good one was refused: %v", name, err)
					}
				})
			}
		}
		wg.Wait()
		if head, err := r.EventsHead(t.Context()); err != nil || head != 2+8*int64(len(bad)) {
			t.Errorf("the head is %d, %v", head, err)
		}
	})
}

func TestPublishOutlivesItsCaller(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Publish(ctx, r.publication(r.item())); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that is gone got %v", err)
		}
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*50*time.Microsecond)
				defer cancel()
				if _, err := r.Publish(ctx, r.publication(r.item())); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		r.publish(t, r.item())
	})
}

func TestPublishLarge(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		items := make([]models.PublicationItem, 1000)
		for i := range items {
			items[i] = r.item()
			items[i].Event.Data = []byte(`"` + strings.Repeat("ü", 6000) + `"`)
		}
		out := r.publish(t, items...)
		if out[999].Event.Seq != 1000 {
			t.Errorf("the last has position %d", out[999].Event.Seq)
		}
		if work := r.claim(t, 2000); len(work) != 1000 {
			t.Errorf("claimed %d", len(work))
		}
	})
}

func TestClosedStoreRefuses(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		s, _ := r.open(t, nil)
		must(t, s.Close())
		if _, err := s.Publish(t.Context(), r.publication(r.item())); err == nil {
			t.Error("a closed store took an event")
		}
		if err := s.Ping(t.Context()); err == nil {
			t.Error("a closed store answers")
		}
	})
}
