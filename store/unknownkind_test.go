package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

// pagerConfig is a kind that only a newer version has.
type pagerConfig struct {
	Number string        `json:"number"`
	Code   models.Secret `json:"-"`
}

func (*pagerConfig) Kind() models.ChannelKind          { return "PAGER" }
func (*pagerConfig) Validate(models.ConfigRules) error { return nil }
func (c *pagerConfig) Secrets() []*models.Secret       { return []*models.Secret{&c.Code} }
func (c *pagerConfig) Target() string                  { return c.Number }
func (*pagerConfig) AttemptTimeout() time.Duration     { return time.Second }

func TestAChannelOfAnUnknownKindHarmsNoOther(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		ctx, now := t.Context(), time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		ring := mustRing(t, store.NewEncryptionKey())
		open := func(newConfig func(models.ChannelKind) models.ChannelConfig) *store.Store {
			s, err := store.Open(ctx, store.Config{URL: url, Keys: ring, Node: uuid.New(), Now: func() time.Time { return now }, NewConfig: newConfig})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			if err := s.MigrateUp(ctx); err != nil {
				t.Fatal(err)
			}
			return s
		}
		newer := open(func(kind models.ChannelKind) models.ChannelConfig {
			if kind == "PAGER" {
				return new(pagerConfig)
			}
			return models.NewConfig(kind)
		})
		older := open(nil)
		n := &nouns{Store: newer, t: t, url: url, now: now}
		n.tenant = n.newTenant("Acme")
		known := n.newChannel(n.tenant, "known")
		pager := n.channel(n.tenant, "pager")
		pager.Kind, pager.Config = "PAGER", &pagerConfig{Number: "4711", Code: models.NewSecret("s3same")}
		n.must(newer.CreateChannel(ctx, pager))

		table, err := older.RouteTable(ctx, n.tenant)
		n.must(err)
		if len(table.Channels) != 2 {
			t.Fatalf("the older version finds %d of 2 channels", len(table.Channels))
		}
		sameChannel(t, *table.Channels[known.ID], known)
		if _, ok := table.Channels[pager.ID].Config.(*models.UnknownConfig); !ok || table.Channels[pager.ID].Kind != "PAGER" {
			t.Errorf("the older version finds %+v", table.Channels[pager.ID])
		}
		page, err := older.Channels(ctx, models.Page{First: 10}, models.ChannelFilter{})
		n.must(err)
		if len(page.Nodes) != 2 {
			t.Errorf("the older version lists %d of 2 channels", len(page.Nodes))
		}

		// What the older version changes leaves the configuration and its secret alone.
		_, err = older.UpdateChannel(ctx, pager.ID, func(c *models.Channel) error {
			c.Status = models.ChannelPaused
			return nil
		})
		n.must(err)
		pager.Status = models.ChannelPaused
		got, err := newer.ChannelLive(ctx, pager.ID)
		n.must(err)
		sameChannel(t, got, pager)
		n.must(older.DeleteChannel(ctx, pager.ID, now))
	})
}
