package models_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"carillon/models"
)

func TestIDRoundTrip(t *testing.T) {
	t.Parallel()
	ids := []models.ID{
		models.NewID(models.PrefixEvent),
		{Prefix: models.PrefixTenant, UUID: uuid.Max},
		{Prefix: models.PrefixApiKey, UUID: uuid.UUID{15: 1}},
		{Prefix: models.PrefixWebhook, UUID: uuid.UUID{0: 0x80}},
	}
	for bit := range 128 {
		id := models.ID{Prefix: models.PrefixAttempt}
		id.UUID[bit/8] = 1 << (bit % 8)
		ids = append(ids, id)
	}
	for _, id := range ids {
		text := id.String()
		if len(text) != len(id.Prefix)+27 {
			t.Fatalf("%s has %d characters", text, len(text))
		}
		got, err := models.ParseID(text)
		if err != nil || got != id {
			t.Fatalf("%s came back as %v, %v", text, got, err)
		}
	}
}

// The vectors are those of the TypeID project.
func TestIDIsTypeID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"evt_00000000000000000000000001": "00000000-0000-0000-0000-000000000001",
		"evt_0000000000000000000000000a": "00000000-0000-0000-0000-00000000000a",
		"evt_0000000000000000000000000g": "00000000-0000-0000-0000-000000000010",
		"evt_00000000000000000000000010": "00000000-0000-0000-0000-000000000020",
		"evt_7zzzzzzzzzzzzzzzzzzzzzzzzz": "ffffffff-ffff-ffff-ffff-ffffffffffff",
		"evt_0123456789abcdefghjkmnpqrs": "0110c853-1d09-52d8-d73e-1194e95b5f19",
		"evt_01h455vb4pex5vsknk084sn02q": "01890a5d-ac96-774b-bcce-b302099a8057",
	} {
		id, err := models.ParseID(text)
		if err != nil || id.UUID != uuid.MustParse(want) {
			t.Errorf("%s is %s, %v; want %s", text, id.UUID, err, want)
		}
	}
}

func TestIDsSortByTime(t *testing.T) {
	t.Parallel()
	ids := make([]models.ID, 5_000)
	for i := range ids {
		ids[i] = models.NewID(models.PrefixDelivery)
	}
	if !slices.IsSortedFunc(ids, models.ID.Compare) {
		t.Error("ids drawn one after the other do not grow")
	}
	if !slices.IsSortedFunc(ids, func(a, b models.ID) int { return strings.Compare(a.String(), b.String()) }) {
		t.Error("the text of ids does not sort as they do")
	}
	if ids[0].Compare(ids[0]) != 0 || ids[1].Compare(ids[0]) <= 0 {
		t.Error("Compare does not order")
	}
}

func TestParseIDRefuses(t *testing.T) {
	t.Parallel()
	good := models.NewID(models.PrefixEvent).String()
	for _, bad := range []string{
		"", "evt", "evt_", "_" + good[4:], good[4:], good + "0", good[:29], "xyz_" + good[4:], "EVT_" + good[4:],
		strings.ToUpper(good), "evt-" + good[4:], " " + good, good + "\n",
		"evt_80000000000000000000000000", // 129 bits
		"evt_00000000000000000000000000",
		"evt_0000000000000000000000000i", "evt_0000000000000000000000000u", "evt_0000000000000000000000000\xff",
		strings.Repeat("x", 1<<20),
	} {
		if id, err := models.ParseID(bad); err == nil {
			t.Errorf("%.40q was read as %v", bad, id)
		} else if len(err.Error()) > 300 {
			t.Errorf("the error repeats %d characters", len(err.Error()))
		}
	}
	if _, err := models.ParseIDOf(models.PrefixTenant, good); err == nil {
		t.Error("an event's id passed for a tenant's")
	}
	if id, err := models.ParseIDOf(models.PrefixEvent, good); err != nil || id.String() != good {
		t.Errorf("%s: %v, %v", good, id, err)
	}
}

func TestIDInJSON(t *testing.T) {
	t.Parallel()
	type thing struct{ ID, None models.ID }
	want := thing{ID: models.NewID(models.PrefixChannel)}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got thing
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Fatalf("%s came back as %v, %v", text, got, err)
	}
	if !got.None.IsZero() || got.None.String() != "" {
		t.Error("the zero id is not empty")
	}
	if err := json.Unmarshal([]byte(`{"ID":"chn_x"}`), &got); err == nil {
		t.Error("read a malformed id")
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("evt_01h455vb4pex5vsknk084sn02q")
	f.Add("tnt_7zzzzzzzzzzzzzzzzzzzzzzzzz")
	f.Add("key_8zzzzzzzzzzzzzzzzzzzzzzzzz")
	f.Add("_")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := models.ParseID(text)
		if err != nil {
			return
		}
		if id.IsZero() || id.String() != text {
			t.Fatalf("%q was read as %q", text, id)
		}
	})
}
