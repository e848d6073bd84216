package templates

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"carillon/models"
)

func event(t testing.TB) models.Event {
	t.Helper()
	id, err := models.ParseID("evt_01jd5x3v9kfm8tqz2y4r6w7abc")
	if err != nil {
		t.Fatal(err)
	}
	return models.Event{
		ID: id, Type: "contact.created", Version: "1", EntityID: "CONT-1", Tags: []string{"a", "b"},
		Data:      json.RawMessage(`{"z":12345678901234567890,"a":1.10}`),
		Timestamp: time.Date(2024, 3, 30, 12, 15, 0, 0, time.FixedZone("", 2*3600)),
	}
}

func TestStandard(t *testing.T) {
	t.Parallel()
	const head = `{"id":"evt_01jd5x3v9kfm8tqz2y4r6w7abc","type":"contact.created","timestamp":`
	for name, row := range map[string]struct {
		change func(*models.Event)
		want   string
	}{
		"whole": {func(*models.Event) {},
			head + `"2024-03-30T10:15:00.000Z","version":"1","entityId":"CONT-1","tags":["a","b"],"data":{"z":12345678901234567890,"a":1.10}}`},
		"bare": {func(e *models.Event) { e.EntityID, e.Tags, e.Data = "", nil, json.RawMessage("null") },
			head + `"2024-03-30T10:15:00.000Z","version":"1","data":null}`},
		"fractions are cut to milliseconds": {func(e *models.Event) {
			e.Timestamp = e.Timestamp.Add(120_999_999 * time.Nanosecond)
			e.EntityID, e.Tags, e.Data = "", []string{}, json.RawMessage(`"x"`)
		}, head + `"2024-03-30T10:15:00.120Z","version":"1","data":"x"}`},
		"escapes": {func(e *models.Event) {
			e.EntityID, e.Tags = "<a href=\"x\">&\\\n\t\u2028\u2029é\U0001f514", []string{"\x00\x1f\x7f\b\f\r\xff"}
			e.Data = json.RawMessage(`[]`)
		}, head + `"2024-03-30T10:15:00.000Z","version":"1","entityId":"<a href=\"x\">&\\\n\t\u2028\u2029é` + "\U0001f514" +
			`","tags":["\u0000\u001f` + "\x7f" + `\b\f\r\ufffd"],"data":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := event(t)
			row.change(&e)
			body, contentType := Standard(&e)
			if string(body) != row.want || contentType != "application/json" {
				t.Errorf("%s\n got %s\nwant %s", contentType, body, row.want)
			}
		})
	}
}

func TestStandardAllocatesLittle(t *testing.T) {
	e := event(t)
	if n := testing.AllocsPerRun(100, func() { Standard(&e) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}

// TestStringsAreThoseOfEncodingJSON compares with the library where HTML is not escaped.
func TestStringsAreThoseOfEncodingJSON(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= 0x3000; r++ {
		compare(t, "a"+string(r)+"b")
	}
	for _, s := range []string{"", "\xff", "a\xc3", "\xed\xa0\x80", "\U0010ffff", strings.Repeat("\"", 1000)} {
		compare(t, s)
	}
}

func compare(t *testing.T, s string) {
	t.Helper()
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		t.Fatal(err)
	}
	if got := string(appendString(nil, s)); got != strings.TrimSuffix(want.String(), "\n") {
		t.Errorf("%q is written %s, encoding/json writes %s", s, got, want.String())
	}
}

func FuzzStandard(f *testing.F) {
	f.Add("contact.created", "1", "CONT-1", "tag", []byte(`{"a":1.10}`), int64(1711793700123))
	f.Add("", "", "", "", []byte(`null`), int64(0))
	f.Add("\xff", "<&>", "\u2028", "\"\\", []byte(`"\ud800"`), int64(-1))
	f.Fuzz(func(t *testing.T, eventType, version, entity, tag string, data []byte, millis int64) {
		e := event(t)
		e.Type, e.Version, e.EntityID, e.Tags = eventType, version, entity, []string{tag, ""}
		e.Timestamp = time.UnixMilli(millis)
		if !json.Valid(data) || e.Timestamp.UTC().Year() < 0 || e.Timestamp.UTC().Year() > 9999 {
			return
		}
		e.Data = models.CompactJSON(data)
		body, _ := Standard(&e)
		var got struct {
			ID, Type  string
			Timestamp time.Time
			Version   string
			EntityID  string `json:"entityId"`
			Tags      []string
			Data      json.RawMessage
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if got.ID != e.ID.String() || got.Type != clean(eventType) || got.Version != clean(version) ||
			got.EntityID != clean(entity) || !reflect.DeepEqual(got.Tags, []string{clean(tag), ""}) ||
			!got.Timestamp.Equal(e.Timestamp) || !bytes.Equal(got.Data, e.Data) {
			t.Errorf("%+v came back as %+v", e, got)
		}
	})
}

// clean puts U+FFFD for each byte that is not UTF-8.
func clean(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

func BenchmarkStandard(b *testing.B) {
	e := event(b)
	e.Data = json.RawMessage(`"` + strings.Repeat("x", 1022) + `"`)
	b.ReportAllocs()
	for b.Loop() {
		Standard(&e)
	}
}
