package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/store"
	"carillon/testkit"
)

// own asks on behalf of a node and tells whose each channel is.
func own(t *testing.T, s *store.Store, node models.NodeID, now time.Time, channels ...models.ID) map[models.ID]models.Ownership {
	t.Helper()
	list, err := s.Own(t.Context(), models.OwnRequest{Node: node, Channels: channels, Now: now, Until: now.Add(10 * time.Second)})
	must(t, err)
	owned := make(map[models.ID]models.Ownership)
	for _, o := range list {
		owned[o.ChannelID] = o
	}
	if len(list) != len(channels) || len(owned) != len(channels) {
		t.Errorf("asked for %d channels, answered for %d", len(channels), len(list))
	}
	return owned
}

func TestOneNodeOwnsAChannel(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	second, node := r.open(t, nil)
	a, b, c := models.NewID(models.PrefixChannel), models.NewID(models.PrefixChannel), models.NewID(models.PrefixChannel)
	first := own(t, r.Store, r.node, r.now, a, b)
	if want := (models.Ownership{ChannelID: a, Node: r.node, Until: r.now.Add(10 * time.Second)}); first[a] != want || first[b].Node != r.node {
		t.Errorf("the first to ask got %+v", first)
	}
	later := r.now.Add(5 * time.Second)
	theirs := own(t, second, node, later, b, c)
	if theirs[b] != first[b] || theirs[c].Node != node {
		t.Errorf("the second to ask got %+v", theirs)
	}
	if again := own(t, r.Store, r.node, later, a, b, c); again[a].Until != later.Add(10*time.Second) || again[b].Node != r.node || again[c] != theirs[c] {
		t.Errorf("asking again got %+v", again)
	}
	expired := later.Add(10 * time.Second)
	if taken := own(t, second, node, expired, a, b); taken[a].Node != node || taken[b].Node != node {
		t.Errorf("what had run out was answered as %+v", taken)
	}
	if back := own(t, r.Store, r.node, expired, a); back[a].Node != node {
		t.Error("the former owner took it back")
	}
}

func TestDisownFrees(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	second, node := r.open(t, nil)
	a, b := models.NewID(models.PrefixChannel), models.NewID(models.PrefixChannel)
	own(t, r.Store, r.node, r.now, a)
	own(t, second, node, r.now, b)
	r.heard()
	must(t, r.Disown(t.Context(), r.node, []models.ID{a, b}))
	if told := r.heard(); len(told) != 1 || len(told[0].Freed) != 1 || told[0].Freed[0] != a {
		t.Errorf("told %+v", told)
	}
	if owned := own(t, second, node, r.now, a, b); owned[a].Node != node || owned[b].Node != node {
		t.Errorf("afterwards they are %+v", owned)
	}
	must(t, r.Disown(t.Context(), r.node, []models.ID{a}))
	if told := r.heard(); len(told) > 0 {
		t.Error("told of a channel that was another node's")
	}
}

// TestOwnersRace lets nodes ask for the same free channels at once.
func TestOwnersRace(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	channels := make([]models.ID, 50)
	for i := range channels {
		channels[i] = models.NewID(models.PrefixChannel)
	}
	var mu sync.Mutex
	owners := make(map[models.ID]models.NodeID)
	var wg sync.WaitGroup
	for range 8 {
		node := uuid.New()
		wg.Go(func() {
			for id, o := range own(t, r.Store, node, r.now, channels...) {
				mu.Lock()
				if former, known := owners[id]; known && former != o.Node {
					t.Errorf("%s is said to be of %s and of %s", id, former, o.Node)
				}
				owners[id] = o.Node
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestOneProcessOwnsAllOfSQLite(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.SQLite(t))
	a := models.NewID(models.PrefixChannel)
	if owned := own(t, r.Store, r.node, r.now, a); owned[a].Node != r.node || !owned[a].Until.Equal(r.now.Add(10*time.Second)) {
		t.Errorf("owned %+v", owned)
	}
	must(t, r.Disown(t.Context(), r.node, []models.ID{a}))
}

func TestADeletedChannelHasNoOwner(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	own(t, r.Store, r.node, r.now, r.lane.ChannelID)
	must(t, r.DeleteWebhook(t.Context(), r.lane.WebhookID, r.now))
	must(t, r.DeleteChannel(t.Context(), r.lane.ChannelID, r.now))
	if n := countRows(t, r.url, "channel_owners"); n != 0 {
		t.Errorf("%d owners are left", n)
	}
}
