package catalog

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"carillon/models"
)

// Operational are the event types of what the server tells of itself. They are in
// every catalog, and nobody may change them.
func Operational() []models.EventType { return slices.Clone(operational()) }

// OperationalByName finds one of them.
func OperationalByName(name string) (models.EventType, bool) {
	return operationalWhere(func(t *models.EventType) bool { return t.Name == name })
}

// OperationalByID finds one of them.
func OperationalByID(id models.ID) (models.EventType, bool) {
	return operationalWhere(func(t *models.EventType) bool { return t.ID == id })
}

func operationalWhere(is func(*models.EventType) bool) (models.EventType, bool) {
	for _, t := range operational() {
		if is(&t) {
			return t, true
		}
	}
	return models.EventType{}, false
}

// CheckNotOperational refuses to change one of them, or to make another of that kind.
func CheckNotOperational(field, name string) error {
	if _, known := OperationalByName(name); known {
		return models.Invalid(field, "%q is built in: the server tells of itself by it, and nobody changes it", name)
	}
	return models.CheckNotOperational(field, name)
}

// operationalType is one of them as it is written here.
type operationalType struct {
	number      byte // makes its id, for good
	name        string
	description string
	required    string // fields, apart by blanks
	example     string
}

func operationalTypes() []operationalType {
	const channel = `"channel":{"id":"chn_01k9x2v4wqfn9s6d8m3r5t7y1a","name":"Orders","kind":"HTTP"}`
	const page = `"url":"https://carillon.example.com/channels/chn_01k9x2v4wqfn9s6d8m3r5t7y1a"`
	return []operationalType{
		{1, models.TypeChannelDisabled, "The server disabled a channel. Its deliveries wait until somebody resumes it.", "channel reason", `{
			"summary":"The channel Orders was disabled: the receiver answered 410 Gone. Its deliveries wait until somebody resumes it.",` + channel + `,
			"since":"2026-11-20T09:14:07.120Z","reason":"the receiver answered 410 Gone","error":"410 Gone",` + page + `}`},
		{2, models.TypeChannelFailing, "More than half of a channel's attempts have failed within five minutes, of 20 or more.", "channel since window attempts failed", `{
			"summary":"The channel Orders is failing: 38 of 40 attempts within 5m.",` + channel + `,
			"since":"2026-11-20T09:14:00Z","error":"503 Service Unavailable","window":"5m","attempts":40,"failed":38,` + page + `}`},
		{3, models.TypeChannelRecovered, "A channel works again that was failing or disabled.", "channel from since", `{
			"summary":"The channel Orders works again. It had been failing.",` + channel + `,
			"from":"failing","since":"2026-11-20T09:14:00Z","window":"5m","attempts":210,"failed":3,` + page + `}`},
		{4, models.TypeDeliveryFailed, "A delivery was given up: it cannot succeed, or is out of retries.", "channel event delivery reason", `{
			"summary":"A delivery of order.placed to the channel Orders was given up: out of retries after 10 attempts: 503 Service Unavailable.",` + channel + `,
			"webhook":{"id":"whk_01k9x2v4wqfn9s6d8m3r5t7y1b","name":"Shop"},
			"event":{"id":"evt_01k9x2v4wqfn9s6d8m3r5t7y1c","type":"order.placed","entityId":"ORD-4711"},
			"delivery":{"id":"dlv_01k9x2v4wqfn9s6d8m3r5t7y1d","attempts":10},
			"since":"2026-11-17T09:14:07.120Z","reason":"out of retries after 10 attempts: 503 Service Unavailable","error":"503 Service Unavailable",
			"url":"https://carillon.example.com/deliveries/dlv_01k9x2v4wqfn9s6d8m3r5t7y1d"}`},
		{5, models.TypeBacklogHigh, "Deliveries that may leave have waited for longer than they should.", "since oldestAt waiting channels", `{
			"summary":"Deliveries are late: the oldest has waited since 2026-11-20 09:14:07 UTC.",
			"since":"2026-11-20T09:19:15Z","waiting":12840,"oldestAt":"2026-11-20T09:14:07.120Z",
			"channels":[{"id":"chn_01k9x2v4wqfn9s6d8m3r5t7y1a","name":"Orders","kind":"HTTP","waiting":12840,"oldestAt":"2026-11-20T09:14:07.120Z"}],
			"url":"https://carillon.example.com/channels"}`},
		{6, models.TypeBacklogNormal, "Deliveries are in time again.", "since", `{
			"summary":"Deliveries are in time again.","since":"2026-11-20T09:20:15Z","url":"https://carillon.example.com/channels"}`},
	}
}

// operational reads them once.
var operational = sync.OnceValue(func() []models.EventType {
	since := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	var all []models.EventType
	for _, t := range operationalTypes() {
		id := models.ID{Prefix: models.PrefixEventType}
		id.UUID[6], id.UUID[8], id.UUID[15] = 0x70, 0x80, t.number // a UUIDv7 of the year 1970
		all = append(all, models.EventType{
			ID: id, Name: t.name, Description: t.description, Group: "carillon", Version: models.DefaultVersion,
			Schema: t.schema(), Example: models.CompactJSON(json.RawMessage(t.example)), CreatedAt: since, UpdatedAt: since,
		})
	}
	return all
})

// fieldSchemas are those of all the fields that there may be.
const fieldSchemas = `{
	"summary":{"type":"string","description":"one sentence for people"},
	"tenant":{"type":"object","description":"whose it is; in the platform's tenant alone","properties":{"id":{"type":"string"},"name":{"type":"string"},"externalId":{"type":"string"}},"required":["id","name"]},
	"channel":{"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"},"kind":{"type":"string"}},"required":["id","name","kind"]},
	"webhook":{"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"}},"required":["id","name"]},
	"event":{"type":"object","description":"what was not delivered","properties":{"id":{"type":"string"},"type":{"type":"string"},"entityId":{"type":"string"}},"required":["id","type"]},
	"delivery":{"type":"object","properties":{"id":{"type":"string"},"attempts":{"type":"integer"}},"required":["id","attempts"]},
	"from":{"enum":["failing","disabled"],"description":"what it has recovered from"},
	"since":{"type":"string","format":"date-time"},
	"reason":{"type":"string"},
	"error":{"type":"string","description":"the last one"},
	"window":{"type":"string","description":"the duration that attempts and failed are counted over"},
	"attempts":{"type":"integer"},
	"failed":{"type":"integer"},
	"waiting":{"type":"integer","description":"deliveries that wait for the channels"},
	"oldestAt":{"type":"string","format":"date-time","description":"when the first of them could have been sent"},
	"channels":{"type":"array","description":"those whose deliveries have waited longest, five at most","items":{"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"},"kind":{"type":"string"},"waiting":{"type":"integer"},"oldestAt":{"type":"string","format":"date-time"}}}},
	"url":{"type":"string","description":"a page of the console"}
}`

// schema has the fields of the example, those that are required and those that may come besides.
func (t *operationalType) schema() json.RawMessage {
	required, _ := json.Marshal(append([]string{"summary"}, strings.Fields(t.required)...)) // texts always marshal
	return models.CompactJSON(json.RawMessage(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":` +
		string(required) + `,"properties":` + fieldSchemas + `}`))
}
