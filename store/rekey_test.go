package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

// rotating is a database that was filled under an old key.
type rotating struct {
	*nouns
	oldKey, newKey string
	channels       []models.Channel
}

func newRotating(t *testing.T, url string, channels int) *rotating {
	t.Helper()
	r := &rotating{oldKey: store.NewEncryptionKey(), newKey: store.NewEncryptionKey()}
	before := openWith(t, url, r.oldKey)
	r.nouns = &nouns{Store: before, t: t, url: url, now: time.Now()}
	r.must(before.MigrateUp(t.Context()))
	r.tenant = r.newTenant("Acme")
	for i := range channels {
		r.channels = append(r.channels, r.newChannel(r.tenant, fmt.Sprintf("channel %d", i)))
	}
	for _, name := range []string{"pepper", "session key"} {
		_, err := before.ServerSecret(t.Context(), name, func() []byte { return []byte("of " + name) })
		r.must(err)
	}
	return r
}

// opens checks that a store with this key alone reads everything.
func (r *rotating) opens(key string) {
	r.t.Helper()
	s := openWith(r.t, r.url, key)
	for _, want := range r.channels {
		got, err := s.ChannelLive(r.t.Context(), want.ID)
		if err != nil {
			r.t.Fatalf("%s: %v", want.Name, err)
		}
		for i, secret := range got.Config.Secrets() {
			if *secret != *want.Config.Secrets()[i] {
				r.t.Errorf("%s: the secret %d is another one", want.Name, i)
			}
		}
	}
	for _, name := range []string{"pepper", "session key"} {
		if secret, err := s.ServerSecret(r.t.Context(), name, nil); err != nil || string(secret) != "of "+name {
			r.t.Errorf("the server's secret %s: %q, %v", name, secret, err)
		}
	}
}

func quiet(int) {}

// uses are the numbers of values by key, in the order of the keys.
func uses(r store.Rekeyed) (n []int) {
	for _, key := range r.Keys {
		n = append(n, key.Values)
	}
	return n
}

func TestRekey(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		const channels = 450 // more than two pages
		r := newRotating(t, url, channels)
		ctx := t.Context()
		unsealed := r.channel(r.tenant, "without secrets")
		unsealed.Config = &models.HttpConfig{URL: "https://example.com", Method: models.MethodPost, Timeout: time.Second, Signing: models.Signing{Scheme: models.SigningNone}}
		r.must(r.CreateChannel(ctx, unsealed))
		both := openWith(t, url, r.newKey+","+r.oldKey)
		before, err := both.SealedValues(ctx)
		r.must(err)
		if got := uses(before); !slices.Equal(got, []int{0, channels + 2}) || len(before.Broken) > 0 || before.Resealed != 0 {
			t.Errorf("before: %+v", before)
		}
		seen := 0
		done, err := both.Rekey(ctx, func(n int) { seen = n })
		r.must(err)
		if got := uses(done); !slices.Equal(got, []int{channels + 2, 0}) || done.Resealed != channels+2 || len(done.Broken) > 0 || seen < channels+2 {
			t.Errorf("%+v after %d", done, seen)
		}
		r.opens(r.newKey)
		again, err := both.Rekey(ctx, quiet)
		r.must(err)
		if again.Resealed != 0 || !slices.Equal(uses(again), []int{channels + 2, 0}) {
			t.Errorf("the second time: %+v", again)
		}
		if _, err := openWith(t, url, "").Rekey(ctx, quiet); err == nil {
			t.Error("went without a key")
		}
	})
}

// Whatever cuts it short, the rest is done the next time.
func TestRekeyIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		r := newRotating(t, url, 250)
		both := openWith(t, url, r.newKey+","+r.oldKey)
		ctx, cut := context.WithCancel(t.Context())
		done, err := both.Rekey(ctx, func(seen int) {
			if seen > 2 {
				cut()
			}
		})
		if !errors.Is(err, context.Canceled) || done.Resealed == 0 || done.Resealed >= 252 {
			t.Fatalf("%+v, %v", done, err)
		}
		r.opens(r.newKey + "," + r.oldKey) // nodes go on meanwhile
		r.opens(r.oldKey + "," + r.newKey)
		rest, err := both.Rekey(t.Context(), quiet)
		r.must(err)
		if rest.Resealed+done.Resealed != 252 {
			t.Errorf("%d, then %d of 252", done.Resealed, rest.Resealed)
		}
		r.opens(r.newKey)
	})
}

// What does not open is named and left as it is, and the rest is done.
func TestRekeyNamesWhatDoesNotOpen(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		r := newRotating(t, url, 3)
		ctx := t.Context()
		stranger := &nouns{Store: openWith(t, url, store.NewEncryptionKey()), t: t, url: url, now: r.now}
		lost := stranger.newChannel(r.tenant, "under a key that is lost")
		moved := r.channels[1]
		_, err := rawDB(t, url).ExecContext(ctx, "UPDATE channels SET secrets = (SELECT x.secrets FROM channels x WHERE x.name = 'channel 0') WHERE name = 'channel 1'")
		r.must(err)
		names := []string{"channel 1", "under a key that is lost"}
		before := [][]byte{sealedOf(t, url, names[0]), sealedOf(t, url, names[1])}
		both := openWith(t, url, r.newKey+","+r.oldKey)
		done, err := both.Rekey(ctx, quiet)
		r.must(err)
		slices.Sort(done.Broken)
		want := []string{"channel " + lost.ID.String(), "channel " + moved.ID.String()}
		slices.Sort(want)
		if !slices.Equal(done.Broken, want) || done.Resealed != 4 || !slices.Equal(uses(done), []int{4, 1, 1}) || done.Keys[2].Known {
			t.Errorf("%+v", done)
		}
		for i, name := range names {
			if len(before[i]) == 0 || !bytes.Equal(before[i], sealedOf(t, url, name)) {
				t.Errorf("%s was changed", name)
			}
		}
		if _, err := stranger.ChannelLive(ctx, lost.ID); err != nil {
			t.Errorf("its own key does not open it any more: %v", err)
		}
	})
}

// sealedOf is what stands in the row of a channel.
func sealedOf(t *testing.T, url, name string) (sealed []byte) {
	t.Helper()
	query := "SELECT secrets FROM channels WHERE name = '" + name + "'"
	if err := rawDB(t, url).QueryRowContext(t.Context(), query).Scan(&sealed); err != nil {
		t.Fatal(err)
	}
	return sealed
}

// While values are encrypted anew people change and delete channels, on nodes
// with either key in front: nothing of theirs is lost.
func TestRekeyBesideChanges(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		r := newRotating(t, url, 60)
		ctx := t.Context()
		both := openWith(t, url, r.newKey+","+r.oldKey)
		var people sync.WaitGroup
		const rounds = 4
		for _, part := range []struct {
			node *store.Store
			from int
		}{{both, 0}, {openWith(t, url, r.oldKey+","+r.newKey), 1}} {
			people.Go(func() {
				for round := range rounds {
					for i := part.from; i < 50; i += 2 {
						_, err := part.node.UpdateChannel(ctx, r.channels[i].ID, func(c *models.Channel) error {
							c.Config.(*models.HttpConfig).Headers[1].SecretValue = models.NewSecret(fmt.Sprintf("round %d of channel %d", round, i))
							return nil
						})
						if err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		people.Go(func() {
			for i := 50; i < 60; i++ {
				if err := both.DeleteChannel(ctx, r.channels[i].ID, r.now); err != nil {
					t.Error(err)
				}
			}
		})
		people.Go(func() {
			for range 5 {
				if done, err := both.Rekey(ctx, quiet); err != nil || len(done.Broken) > 0 {
					t.Errorf("%+v, %v", done, err)
				}
			}
		})
		people.Wait()
		done, err := both.Rekey(ctx, quiet)
		r.must(err)
		if got := uses(done); !slices.Equal(got, []int{52, 0}) {
			t.Errorf("%+v", done)
		}
		r.channels = r.channels[:50]
		for i := range r.channels {
			r.channels[i].Config.(*models.HttpConfig).Headers[1].SecretValue = models.NewSecret(fmt.Sprintf("round %d of channel %d", rounds-1, i))
		}
		r.opens(r.newKey)
	})
}

// Every column of bytes that may be sealed is one that a rekey goes through.
func TestRekeyKnowsEverySealedColumn(t *testing.T) {
	t.Parallel()
	testkit.Each(t, func(t *testing.T, url string) {
		n := newNouns(t, url)
		query := `SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
			WHERE m.type = 'table' AND lower(c.type) = 'blob' AND (c.name LIKE '%seal%' OR c.name LIKE '%secret%') ORDER BY 1`
		if !strings.HasPrefix(url, "sqlite:") {
			query = `SELECT table_name || '.' || column_name FROM information_schema.columns
				WHERE table_schema = 'public' AND data_type = 'bytea' AND (column_name LIKE '%seal%' OR column_name LIKE '%secret%') ORDER BY 1`
		}
		rows, err := rawDB(t, url).QueryContext(t.Context(), query)
		n.must(err)
		defer rows.Close()
		var found []string
		for rows.Next() {
			var name string
			n.must(rows.Scan(&name))
			found = append(found, name)
		}
		n.must(rows.Err())
		if want := []string{"channels.secrets", "server_secrets.sealed"}; !slices.Equal(found, want) {
			t.Errorf("sealed columns are %v, and a rekey goes through %v", found, want)
		}
	})
}
