package store

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"carillon/models"
)

// A key outlives its event: what repeats it is answered by the content that it
// brings itself, under the first event's id.
func TestRepeatOfAnErasedEvent(t *testing.T) {
	t.Parallel()
	e := models.Event{ID: models.NewID(models.PrefixEvent), TenantID: models.NewID(models.PrefixTenant), Type: "contact.created",
		Data: json.RawMessage(`1`), IdempotencyKey: "k", CreatedAt: time.UnixMicro(2).UTC()}
	item := models.PublicationItem{Event: e, Fingerprint: e.Fingerprint()}
	k := useOf(&item).keyID
	first := models.NewID(models.PrefixEvent)
	used := map[keyID]keyUse{k: firstUse(k, item.Fingerprint[:], uidOf(first), 1)}
	j := &publishJob{in: models.Publication{Items: []models.PublicationItem{item}}}

	b, err := planPublish([]*publishJob{j}, used)
	if err != nil || len(b.events) > 0 {
		t.Fatalf("planned %d events, %v", len(b.events), err)
	}
	got := j.out[0].Event
	if !j.out[0].Repeat || got.ID != first || got.Type != e.Type || !got.CreatedAt.Equal(time.UnixMicro(1)) {
		t.Errorf("answered %+v", j.out[0])
	}
	used[k] = firstUse(k, make([]byte, 32), uidOf(first), 1)
	if _, err := planPublish([]*publishJob{j}, used); !errors.Is(err, errRefused) || models.CodeOf(j.err) != models.CodeConflict {
		t.Errorf("other content gave %v, %v", err, j.err)
	}
}

func TestLanesAreToldByTheirEarliest(t *testing.T) {
	t.Parallel()
	var lanes laneDues
	a := models.Lane{ChannelID: models.NewID(models.PrefixChannel)}
	b := models.Lane{ChannelID: models.NewID(models.PrefixChannel)}
	start := time.UnixMicro(0)
	for i, lane := range []models.Lane{a, b, a, b} {
		lanes.add(lane, start.Add(time.Duration([]int{5, 1, 3, 2}[i])), i)
	}
	if len(lanes.list) != 2 || lanes.list[0].Due.Sub(start) != 3 || lanes.list[1].Due.Sub(start) != 1 ||
		lanes.list[0].Fresh != 2 || lanes.list[1].Fresh != 4 {
		t.Errorf("told %v", lanes.list)
	}
}
