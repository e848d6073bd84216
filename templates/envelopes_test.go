package templates

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carillon/models"
)

// envelopeNamed is a built-in template for HTTP.
func envelopeNamed(t testing.TB, name string) *models.Template {
	t.Helper()
	for _, e := range Builtins() {
		if e.Name == name && e.Kind == models.KindHTTP {
			return &e
		}
	}
	t.Fatalf("there is no %s", name)
	return nil
}

// addressed is a view of events on their way to an HTTP channel with a secret.
func addressed(t testing.TB, events ...*models.Event) *View {
	t.Helper()
	id := func(s string) models.ID {
		parsed, err := models.ParseID(s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	external := "7f8b1f4e-2f0a-4a53-9d0e-0d6a5b1c2d3e"
	return &View{
		Events: events, Batch: len(events) > 1, Attempt: 1, Delivery: &models.Delivery{},
		Tenant:  &models.Tenant{ID: id("tnt_01jd5x3v9kfm8tqz2y4r6w7abc"), Name: "Acme", ExternalID: &external},
		Webhook: &models.Webhook{ID: id("whk_01jd5x3v9kfm8tqz2y4r6w7abc"), Name: "contacts"},
		Channel: &models.Channel{Kind: models.KindHTTP, Config: &models.HttpConfig{
			Signing: models.Signing{Scheme: models.SigningHMAC, Secret: models.NewSecret("wh_a46f35f22d9723a")}}},
	}
}

// published are data that must come out as they were published: digits, the order
// of names, doubles, escapes, and what means something in other languages.
func published() []string {
	return []string{
		`{}`, `null`, `[]`, `""`, `0`, `-1.50e+300`, `true`,
		`{"z":12345678901234567890,"a":1.10,"m":{"y":[],"x":null},"":""}`,
		`{"a":1,"a":2}`,
		`{"html":"<script>alert('&')</script>","quote":"\"\\\/\b\f\n\r\t","action":"{{ .channel.secret }}{{"}`,
		`{"escaped":"\u0000\u001f\u2028\ud83d\ude00\u00e9\ud800","plain":"é😀` + "\u2028\u2029\x7f" + `"}`,
		`{"events":[{"id":"x"}],"secret":"********","data":{"data":{"data":1}},"__tick":"}]}"}`,
		`"` + strings.Repeat("x", 100_000) + `"`,
		strings.Repeat(`{"a":[`, 100) + strings.Repeat(`]}`, 100),
	}
}

func eventOf(t testing.TB, data string) *models.Event {
	t.Helper()
	e := event(t)
	e.Data = json.RawMessage(data)
	return &e
}

const (
	eventID   = `"evt_01jd5x3v9kfm8tqz2y4r6w7abc"`
	eventTime = `"2024-03-30T10:15:00.000Z"`
)

// one are the bytes around the data of one event.
func one() map[string][2]string {
	return map[string][2]string{
		"envelope.meta-data": {`{"meta":{"webhookId":"whk_01jd5x3v9kfm8tqz2y4r6w7abc","eventId":` + eventID + `,"eventType":"contact.created",` +
			`"eventTimestamp":` + eventTime + `,"entityId":"CONT-1","version":"1"},"data":`, `}`},
		"envelope.space-secret": {`{"id_space":"7f8b1f4e-2f0a-4a53-9d0e-0d6a5b1c2d3e","event":"contact.created","secret":"wh_a46f35f22d9723a","payload":`, `}`},
		"envelope.channels":     {`{"event_id":` + eventID + `,"event_type":"contact.created","timestamp":` + eventTime + `,"data":`, `}`},
		"envelope.standard":     {`{"id":` + eventID + `,"type":"contact.created","timestamp":` + eventTime + `,"version":"1","entityId":"CONT-1","tags":["a","b"],"data":`, `}`},
		"envelope.batch":        {`{"events":[{"discriminator":"contact.created","value":`, `}]}`},
	}
}

func TestEnvelopesByteForByte(t *testing.T) {
	t.Parallel()
	for name, around := range one() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			envelope := envelopeNamed(t, name)
			for _, data := range published() {
				checkBody(t, envelope, addressed(t, eventOf(t, data)), around[0]+data+around[1])
			}
		})
	}
}

func checkBody(t *testing.T, e *models.Template, v *View, want string) {
	t.Helper()
	v.Template = e
	c, err := NewSet().Render(v)
	if err != nil {
		t.Fatalf("%v with %.200s", err, v.Events[0].Data)
	}
	if string(c.Body) != want || c.ContentType != "application/json" {
		t.Errorf("%s\n got %.600s\nwant %.600s", c.ContentType, c.Body, want)
	}
}

// TestEnvelopesOfABatch: each event once and in order, byte for byte, and with
// full messages of data that are large.
func TestEnvelopesOfABatch(t *testing.T) {
	t.Parallel()
	const comma = `,`
	for name, around := range one() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			envelope := envelopeNamed(t, name)
			head, tail, _ := strings.Cut(`{"events":[`+"|"+`]}`, "|")
			each := [2]string{strings.TrimPrefix(around[0], head), strings.TrimSuffix(around[1], tail)}
			if name != "envelope.batch" {
				each = around
			}
			for _, count := range []int{1, 2, 3, 300, models.MaxBatchEvents} {
				var events []*models.Event
				var bodies []string
				for i := range count {
					data := fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, strings.Repeat("x", 2000))
					events = append(events, eventOf(t, data))
					bodies = append(bodies, each[0]+data+each[1])
				}
				v := addressed(t, events...)
				v.Batch = true
				checkBody(t, envelope, v, head+strings.Join(bodies, comma)+tail)
			}
		})
	}
}

func TestEnvelopesOfBareEvents(t *testing.T) {
	t.Parallel()
	e := eventOf(t, `{"a":1}`)
	e.EntityID, e.Version, e.Tags = "", "", nil
	e.Type = "basket-submitted"
	e.Timestamp = e.Timestamp.Add(120_999_999 * time.Nanosecond)
	v := addressed(t, e)
	v.Webhook, v.Tenant.ExternalID = nil, nil
	checkBody(t, envelopeNamed(t, "envelope.meta-data"), v, `{"meta":{"webhookId":null,"eventId":`+eventID+
		`,"eventType":"basket-submitted","eventTimestamp":"2024-03-30T10:15:00.120Z","entityId":null,"version":null},"data":{"a":1}}`)
	checkBody(t, envelopeNamed(t, "envelope.space-secret"), v,
		`{"id_space":"tnt_01jd5x3v9kfm8tqz2y4r6w7abc","event":"basket-submitted","secret":"wh_a46f35f22d9723a","payload":{"a":1}}`)
	checkBody(t, envelopeNamed(t, "envelope.channels"), v,
		`{"event_id":`+eventID+`,"event_type":"basket-submitted","timestamp":"2024-03-30T10:15:00.120Z","data":{"a":1}}`)
}

// TestCloudEvents byte for byte, by itself and in a batch, which has a media type of
// its own.
func TestCloudEvents(t *testing.T) {
	t.Parallel()
	const head = `{"specversion":"1.0","id":` + eventID + `,"source":"urn:carillon:tnt_01jd5x3v9kfm8tqz2y4r6w7abc","type":"contact.created"`
	const tail = `,"time":` + eventTime + `,"datacontenttype":"application/json","dataversion":"1","data":`
	check := func(v *View, want, media string) {
		t.Helper()
		v.Template = envelopeNamed(t, "envelope.cloudevents")
		c, err := NewSet().Render(v)
		if err != nil || string(c.Body) != want || c.ContentType != media {
			t.Errorf("%v %s\n got %.600s\nwant %.600s", err, c.ContentType, c.Body, want)
		}
	}
	for _, data := range published() {
		one := head + `,"subject":"CONT-1"` + tail + data + `}`
		check(addressed(t, eventOf(t, data)), one, "application/cloudevents+json")
		check(addressed(t, eventOf(t, data), eventOf(t, data)), `[`+one+`,`+one+`]`, "application/cloudevents-batch+json")
	}
	bare := eventOf(t, `1`)
	bare.EntityID = ""
	v := addressed(t, bare)
	v.Batch = true
	check(v, `[`+head+tail+`1}]`, "application/cloudevents-batch+json")
}

// TestSecretOfTheBody: it is escaped like any text, and a channel without one
// cannot send a body that needs it.
func TestSecretOfTheBody(t *testing.T) {
	t.Parallel()
	envelope := envelopeNamed(t, "envelope.space-secret")
	v := addressed(t, eventOf(t, `1`))
	config := v.Channel.Config.(*models.HttpConfig)
	config.Signing.Secret = models.NewSecret("a\"b\\c</d>é")
	checkBody(t, envelope, v, `{"id_space":"7f8b1f4e-2f0a-4a53-9d0e-0d6a5b1c2d3e","event":"contact.created","secret":"a\"b\\c</d>é","payload":1}`)
	config.Signing = models.Signing{Scheme: models.SigningNone}
	if c, err := NewSet().Render(v); err == nil || !strings.Contains(err.Error(), ".channel.secret is null") {
		t.Errorf("got %s, %v", c.Body, err)
	}
}

// TestThePageListsTheBuiltins: with the ids by which they are named for good.
func TestThePageListsTheBuiltins(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "docs", "templates.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range Builtins() {
		if !strings.Contains(string(page), "| `"+b.Name+"` | `"+b.ID.String()+"` |") {
			t.Errorf("docs/templates.md does not list %s with %s", b.Name, b.ID)
		}
	}
}

// TestAnyTemplateMayPassOnTheData: an event as large as can be published, and a
// batch of many, are not longer than an output may be.
func TestAnyTemplateMayPassOnTheData(t *testing.T) {
	t.Parallel()
	data := `"` + strings.Repeat("x", models.DefaultMaxPayload-2) + `"`
	checkBody(t, own(models.KindHTTP, 1, `{"body":{{ .data }}}`), addressed(t, eventOf(t, data)), `{"body":`+data+`}`)
	many := addressed(t, eventOf(t, data), eventOf(t, data), eventOf(t, data))
	checkBody(t, own(models.KindHTTP, 1, `[{{ range $i, $e := .events }}{{ if $i }},{{ end }}{{ $e.data }}{{ end }}]`), many,
		`[`+data+`,`+data+`,`+data+`]`)
}
