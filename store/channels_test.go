package store_test

import (
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

// sameChannel compares secrets too, which JSON leaves out.
func sameChannel(t *testing.T, got, want models.Channel) {
	t.Helper()
	same(t, got, want)
	g, w := got.Config.Secrets(), want.Config.Secrets()
	if len(g) != len(w) {
		t.Fatalf("has %d secrets, want %d", len(g), len(w))
	}
	for i := range g {
		if *g[i] != *w[i] {
			t.Errorf("secret %d is another", i)
		}
	}
}

func TestChannels(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		n.told()
		want := n.newChannel(n.tenant, "c")
		if told := n.told(); len(told) != 1 || len(told[0].Tenants) != 1 || told[0].Tenants[0] != n.tenant {
			t.Errorf("told %+v", told)
		}
		got, err := n.ChannelLive(ctx, want.ID)
		n.must(err)
		sameChannel(t, got, want)

		reason, failures, after := "gone", 5, 90*time.Minute
		updated, err := n.UpdateChannel(ctx, want.ID, func(c *models.Channel) error {
			c.Name, c.Status, c.StatusReason, c.ConsecutiveFailures, c.FailingSince = "c2", models.ChannelDisabled, &reason, 3, &n.now
			c.RetryPolicy = models.RetryPolicy{Schedule: []time.Duration{time.Second}, DisableAfterFailures: &failures, DisableAfter: &after}
			config := c.Config.(*models.HttpConfig)
			config.URL, config.Signing = "https://example.com/2", models.Signing{Scheme: models.SigningNone}
			return nil
		})
		n.must(err)
		want.Name, want.Status, want.StatusReason, want.ConsecutiveFailures, want.FailingSince = "c2", models.ChannelDisabled, &reason, 3, &n.now
		want.RetryPolicy = models.RetryPolicy{Schedule: []time.Duration{time.Second}, DisableAfterFailures: &failures, DisableAfter: &after}
		config := want.Config.(*models.HttpConfig)
		config.URL, config.Signing = "https://example.com/2", models.Signing{Scheme: models.SigningNone}
		sameChannel(t, updated, want)
		byID, err := n.ChannelsByID(ctx, []models.ID{want.ID, models.NewID(models.PrefixChannel)})
		n.must(err)
		sameChannel(t, byID[want.ID], want)

		n.newChannel(n.tenant, "taken")
		refused(t, n.CreateChannel(ctx, n.channel(n.tenant, "taken")), models.CodeConflict, "name")
		_, err = n.UpdateChannel(ctx, want.ID, func(c *models.Channel) error { c.Name = "taken"; return nil })
		refused(t, err, models.CodeConflict, "name")
		other := n.newTenant("Other")
		n.newChannel(other, "taken")
		_, err = n.ChannelLive(ctx, models.NewID(models.PrefixChannel))
		refused(t, err, models.CodeNotFound, "")

		kind, disabled := models.KindHTTP, models.ChannelDisabled
		for wanted, f := range map[string]models.ChannelFilter{
			"c2 taken taken": {Kind: &kind}, "c2 taken": {TenantID: &n.tenant}, "c2": {Status: &disabled}, "taken": {Search: "AKE", TenantID: &other},
		} {
			list := func(ctx context.Context, page models.Page) (models.Connection[models.Channel], error) {
				return n.Channels(ctx, page, f)
			}
			if got := strings.Join(paged(t, 1, list, func(c models.Channel) string { return c.Name }), " "); got != wanted {
				t.Errorf("%+v lists %q, want %q", f, got, wanted)
			}
		}
	})
}

func TestDeleteChannel(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c, next := n.newChannel(n.tenant, "c"), n.newChannel(n.tenant, "next")
		w := n.newWebhook(n.tenant, "w", c.ID)
		_, waiting := n.publish(n.tenant, nil, w)
		err := n.DeleteChannel(ctx, c.ID, n.now)
		refused(t, err, models.CodeConflict, "id")
		if !strings.Contains(err.Error(), `"w"`) {
			t.Errorf("the conflict does not name the webhook: %v", err)
		}
		_, err = n.UpdateWebhook(ctx, w.ID, func(w *models.Webhook) error { w.Routes = []models.Route{{ChannelID: next.ID}}; return nil })
		n.must(err)
		n.must(n.DeleteChannel(ctx, c.ID, n.now))
		got, err := n.DeliveriesByID(ctx, []models.ID{waiting[0].ID})
		n.must(err)
		if got[waiting[0].ID].Status != models.DeliveryCanceled {
			t.Errorf("what waited is %s", got[waiting[0].ID].Status)
		}

		_, err = n.ChannelLive(ctx, c.ID)
		refused(t, err, models.CodeNotFound, "")
		history, err := n.ChannelsByID(ctx, []models.ID{c.ID})
		n.must(err)
		kept := history[c.ID]
		if kept.Name != "c" || kept.Config.Target() != c.Config.Target() {
			t.Errorf("history has %+v", kept)
		}
		for _, secret := range kept.Config.Secrets() {
			if !secret.Empty() {
				t.Error("a deleted channel keeps its secrets")
			}
		}
		list, err := n.Channels(ctx, models.Page{First: 9}, models.ChannelFilter{})
		if got := names(t, list, err, func(c models.Channel) string { return c.Name }); got != "next" {
			t.Errorf("lists %q", got)
		}
		routes, err := n.RouteTable(ctx, n.tenant)
		n.must(err)
		if len(routes.Channels) != 1 || routes.Channels[next.ID] == nil {
			t.Errorf("routes know %v", routes.Channels)
		}
		refused(t, n.CreateWebhook(ctx, n.webhook(n.tenant, "x", c.ID)), models.CodeNotFound, "routes.0.channelId")
		refused(t, n.DeleteChannel(ctx, c.ID, n.now), models.CodeNotFound, "")
		n.newChannel(n.tenant, "c") // the name is free
	})
}

func TestRouteTable(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		a, b := n.newChannel(n.tenant, "a"), n.newChannel(n.tenant, "b")
		w1, w2 := n.newWebhook(n.tenant, "w1", a.ID), n.newWebhook(n.tenant, "w2", b.ID, a.ID)
		other := n.newTenant("Other")
		n.newWebhook(other, "w", n.newChannel(other, "a").ID)

		before, err := n.RouteTable(ctx, n.tenant)
		n.must(err)
		same(t, before.Webhooks, []models.Webhook{w1, w2})
		if before.Tenant.ID != n.tenant || len(before.Channels) != 2 {
			t.Errorf("got %+v", before)
		}
		sameChannel(t, *before.Channels[a.ID], a)
		sameChannel(t, *before.Channels[b.ID], b)

		for what, change := range map[string]func() error{
			"channel": func() error {
				_, err := n.UpdateChannel(ctx, a.ID, func(c *models.Channel) error { c.Status = models.ChannelPaused; return nil })
				return err
			},
			"webhook": func() error {
				_, err := n.UpdateWebhook(ctx, w1.ID, func(w *models.Webhook) error { w.Status = models.WebhookPaused; return nil })
				return err
			},
			"tenant": func() error {
				_, err := n.UpdateTenant(ctx, n.tenant, func(t *models.Tenant) error { t.Name = "x"; return nil })
				return err
			},
			"new channel":   func() error { return n.CreateChannel(ctx, n.channel(n.tenant, "c")) },
			"less webhooks": func() error { return n.DeleteWebhook(ctx, w2.ID, n.now) },
		} {
			was, err := n.RouteTable(ctx, n.tenant)
			n.must(err)
			n.must(change())
			is, err := n.RouteTable(ctx, n.tenant)
			n.must(err)
			if is.Generation <= was.Generation {
				t.Errorf("%s: generation %d follows %d", what, is.Generation, was.Generation)
			}
		}
		theirs, err := n.RouteTable(ctx, other)
		n.must(err)
		if len(theirs.Webhooks) != 1 || len(theirs.Channels) != 1 {
			t.Errorf("the other tenant has %+v", theirs)
		}
		_, err = n.RouteTable(ctx, models.NewID(models.PrefixTenant))
		refused(t, err, models.CodeNotFound, "")
	})
}

// Completed attempts and people change a channel at once; neither undoes the other.
func TestUpdateChannelKeepsItsHealth(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		w := n.newWebhook(n.tenant, "w", c.ID)
		const attempts = 30
		n.publishMany(w, attempts)
		owner := uuid.New()
		work := n.claim(owner, models.Lane{ChannelID: c.ID, WebhookID: w.ID}, attempts)
		if len(work) != attempts {
			t.Fatalf("claimed %d", len(work))
		}
		var racers sync.WaitGroup
		racers.Go(func() {
			for range attempts {
				_, err := n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error { c.Name += "x"; return nil })
				if err != nil {
					t.Error(err)
				}
			}
		})
		for _, one := range work {
			racers.Go(func() { n.complete(owner, one, models.DeliveryRetrying) })
		}
		racers.Wait()
		got, err := n.ChannelLive(ctx, c.ID)
		n.must(err)
		if got.ConsecutiveFailures != attempts || got.FailingSince == nil || got.Name != "c"+strings.Repeat("x", attempts) {
			t.Errorf("%d failures in a row since %v, called %s", got.ConsecutiveFailures, got.FailingSince, got.Name)
		}
	})
}

// Whoever copies the database, or its file, finds no secret in it.
func TestNoSecretStandsInTheClear(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		c := n.newChannel(n.tenant, "c")
		_, err := n.UpdateChannel(t.Context(), c.ID, func(c *models.Channel) error { c.Name = "d"; return nil })
		n.must(err)
		_, err = n.ServerSecret(t.Context(), "pepper", func() []byte { return []byte("hidden-pepper-value") })
		n.must(err)
		texts := []string{dump(t, url, "channels"), dump(t, url, "server_secrets")}
		if path, sqlite := strings.CutPrefix(url, "sqlite:"); sqlite {
			files, err := filepath.Glob(path + "*")
			n.must(err)
			for _, file := range files {
				raw, err := os.ReadFile(file)
				n.must(err)
				texts = append(texts, string(raw))
			}
		}
		for _, text := range texts {
			for _, secret := range []string{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "hidden-header-value", "hidden-pepper-value"} {
				for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret)))} {
					if strings.Contains(text, form) {
						t.Errorf("%s stands in the clear", secret)
					}
				}
			}
			if !strings.Contains(texts[0], "X-Team") {
				t.Error("the dump shows nothing")
			}
		}
	})
}

func TestSecretsStayInTheirRow(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		a, b := n.newChannel(n.tenant, "a"), n.newChannel(n.tenant, "b")
		_, err := rawDB(t, url).ExecContext(ctx, "UPDATE channels SET secrets = (SELECT x.secrets FROM channels x WHERE x.name = 'a') WHERE name = 'b'")
		n.must(err)
		if _, err := n.ChannelLive(ctx, a.ID); err != nil {
			t.Error(err)
		}
		if _, err := n.ChannelLive(ctx, b.ID); err == nil {
			t.Error("secrets opened in another row")
		} else if strings.Contains(err.Error(), "whsec_") {
			t.Errorf("the error shows a secret: %v", err)
		}
	})
}

// Keys are rotated by putting a new one first.
func TestSecretsSurviveKeyRotation(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		ctx := t.Context()
		oldKey, newKey := store.NewEncryptionKey(), store.NewEncryptionKey()
		before := openWith(t, url, oldKey)
		if err := before.MigrateUp(ctx); err != nil {
			t.Fatal(err)
		}
		n := &nouns{Store: before, t: t, url: url, now: time.Now()}
		n.tenant = n.newTenant("Acme")
		c := n.newChannel(n.tenant, "c")
		both := openWith(t, url, newKey+","+oldKey)
		got, err := both.ChannelLive(ctx, c.ID)
		n.must(err)
		for i, secret := range got.Config.Secrets() {
			if *secret != *c.Config.Secrets()[i] {
				t.Errorf("secret %d was lost", i)
			}
		}
		after := openWith(t, url, newKey)
		if _, err := after.ChannelLive(ctx, c.ID); err == nil {
			t.Error("opened without the old key")
		}
		_, err = both.UpdateChannel(ctx, c.ID, func(*models.Channel) error { return nil })
		n.must(err)
		if _, err := after.ChannelLive(ctx, c.ID); err != nil {
			t.Errorf("saving did not seal anew: %v", err)
		}
	})
}

// The server disables a channel while a person resumes it, over and over: both
// take the same locks, in whichever order, and neither fails.
func TestDisablingAndResumingAtOnce(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		ctx := t.Context()
		c := n.newChannel(n.tenant, "c")
		w := n.newWebhook(n.tenant, "w", c.ID)
		n.publishMany(w, 60)
		owner := uuid.New()
		work := n.claim(owner, models.Lane{ChannelID: c.ID, WebhookID: w.ID}, 60)
		resume := func() {
			_, err := n.UpdateChannel(ctx, c.ID, func(c *models.Channel) error {
				c.Status, c.StatusReason, c.ConsecutiveFailures, c.FailingSince = models.ChannelActive, nil, 0, nil
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
		var racers sync.WaitGroup
		for i := range 3 {
			racers.Go(func() {
				for _, one := range work[20*i : 20*i+20] {
					d := one.Delivery
					d.Status, d.AttemptCount, d.CompletedAt = models.DeliveryFailed, 1, &n.now
					held, err := n.Complete(ctx, models.Completion{Owner: owner, DisableChannel: "410 Gone",
						Parts:  []models.CompletionPart{{Delivery: d, Attempt: n.attempt(one.Delivery, models.TriggerAutomatic)}},
						Policy: models.DefaultRetryPolicy()})
					if err != nil || !held[0] {
						t.Errorf("held %v, %v", held, err)
					}
				}
			})
			racers.Go(func() {
				for range 20 {
					resume()
				}
			})
		}
		racers.Wait()
		resume()
		got, err := n.ChannelLive(ctx, c.ID)
		n.must(err)
		if got.Status != models.ChannelActive || got.StatusReason != nil || got.ConsecutiveFailures != 0 || got.FailingSince != nil {
			t.Errorf("got %+v", got)
		}
	})
}
