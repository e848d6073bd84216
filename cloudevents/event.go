package cloudevents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"carillon/auth"
	"carillon/engine"
	"carillon/models"
)

// event is a CloudEvent as it was read: every attribute as text.
type event struct {
	attributes map[string]string
	data       json.RawMessage // JSON; nil for none
}

// Attributes that mean something here.
const (
	attributeTenant      = "tenant"      // whose event it is; for administrators
	attributeDataVersion = "dataversion" // the version of the payload
	sourceTag            = "source:"
	maxAttribute         = 20 // characters of a name
)

// take notes an attribute; its name and value must be fit for one.
func (e *event) take(name, value string) error {
	if name == "" || len(name) > maxAttribute && name != "datacontenttype" || strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}) {
		return models.Invalid(name, "is not the name of an attribute: those have 1 to %d lower-case letters and digits", maxAttribute)
	}
	if _, twice := e.attributes[name]; twice {
		return models.Invalid(name, "is given twice")
	}
	e.attributes[name] = value
	return nil
}

// input is the event as the engine takes it. The tenant of the address counts before
// that of the event.
func (e *event) input(ctx context.Context, tenant string) (in engine.PublishInput, err error) {
	if err := e.check(); err != nil {
		return in, err
	}
	in = engine.PublishInput{Type: e.attributes["type"], EntityID: e.attributes["subject"], Data: e.data, IdempotencyKey: e.key()}
	if in.TenantID, err = e.tenant(ctx, tenant); err != nil {
		return in, err
	}
	if len(in.Data) == 0 {
		in.Data = json.RawMessage("null")
	}
	if version, given := e.attributes[attributeDataVersion]; given {
		in.Version = &version
	}
	if text, given := e.attributes["time"]; given {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return in, models.Invalid("time", "is not a time such as 2026-11-20T10:15:00Z")
		}
		in.Timestamp = &at
	}
	in.Trace = models.NewTrace(e.attributes["traceparent"], e.attributes["tracestate"])
	in.Tags, err = e.tags()
	return in, err
}

// check holds the required attributes to their form.
func (e *event) check() error {
	if version := e.attributes["specversion"]; version != "1.0" {
		return models.Invalid("specversion", "is not 1.0, which is the only version that is taken")
	}
	for _, name := range []string{"id", "source", "type"} {
		if e.attributes[name] == "" {
			return models.Invalid(name, "is needed")
		}
	}
	for _, name := range []string{"source", "dataschema"} {
		text := e.attributes[name]
		if _, err := url.Parse(text); err != nil || strings.ContainsAny(text, " \t\n") {
			return models.Invalid(name, "is not a URI")
		}
	}
	return nil
}

// tenant is the key's own, or for an administrator the one that is named.
func (e *event) tenant(ctx context.Context, asked string) (models.ID, error) {
	if asked == "" {
		asked = e.attributes[attributeTenant]
	}
	var requested *models.ID
	if asked != "" {
		id, err := models.ParseIDOf(models.PrefixTenant, asked)
		if err != nil {
			return id, models.Invalid(attributeTenant, "%s", err.Error())
		}
		requested = &id
	}
	return auth.From(ctx).Tenant(attributeTenant, requested)
}

// key is the source and the id, which tell a CloudEvent from all others; where that is
// too long, its hash. A source holds no blank.
func (e *event) key() string {
	key := e.attributes["source"] + " " + e.attributes["id"]
	if utf8.RuneCountInString(key) <= models.MaxIdempotencyKey {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "cloudevent:" + hex.EncodeToString(sum[:])
}

// tags keep the attributes for which an event has no field, each as name:value. What
// belongs to a trace is not kept: it is about this request.
func (e *event) tags() ([]string, error) {
	tags := []string{sourceTag + e.attributes["source"]}
	for _, name := range slices.Sorted(maps.Keys(e.attributes)) {
		switch name {
		case "specversion", "id", "source", "type", "subject", "time", "datacontenttype",
			attributeTenant, attributeDataVersion, "traceparent", "tracestate":
			continue
		}
		tags = append(tags, name+":"+e.attributes[name])
	}
	for _, tag := range tags {
		if name, _, _ := strings.Cut(tag, ":"); utf8.RuneCountInString(tag) > models.MaxTag {
			return nil, models.Invalid(name, "is too long: it is kept as a tag, %q with the value, of at most %d characters", name+":", models.MaxTag)
		}
	}
	if len(tags) > models.MaxTags {
		return nil, models.Invalid("", "has %d attributes that are kept as tags; at most %d are allowed", len(tags), models.MaxTags)
	}
	return tags, nil
}

// isJSON says whether a media type is one of JSON; no type is.
func isJSON(content string) bool {
	if content == "" {
		return true
	}
	media, _, err := mime.ParseMediaType(content)
	return err == nil && (media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json"))
}

// checkData takes JSON alone: what receivers get is JSON too.
func checkData(content string, data []byte) (json.RawMessage, error) {
	if !isJSON(content) {
		return nil, unsupported("datacontenttype", "data is JSON here, and this is "+content+"; wrap it into JSON")
	}
	if len(data) == 0 {
		return nil, nil
	}
	if !utf8.Valid(data) {
		return nil, models.Invalid("data", "is not valid UTF-8")
	}
	if !json.Valid(data) {
		return nil, models.Invalid("data", "is not JSON")
	}
	return data, nil
}
