package templates

import (
	"embed"
	"slices"
	"strings"
	"sync"
	"time"

	"carillon/models"
)

//go:embed builtin/*.tmpl
var sources embed.FS

// builtin is a template that every tenant has. Its parts are in the folder
// builtin, in files such as slack.body.tmpl.
type builtin struct {
	number      byte // makes its id, for good
	name        string
	file        string // how its files' names begin
	kind        models.ChannelKind
	description string
}

// standardNumber is the envelope of channels that have no template: Set makes it
// without one.
const standardNumber = 1

// builtins are all that there are. A number is never used again.
func builtins() []builtin {
	return []builtin{
		{
			standardNumber, "envelope.standard", "envelope.standard", models.KindHTTP,
			"The envelope of Standard Webhooks, as channels without a template send it. A channel that batches sends a list of them.",
		},
		{2, "slack.standard", "slack", models.KindSlack, "Any event as a Slack message: its type, its first fields, and when it happened."},
		{3, "email.standard", "email", models.KindEmail, "Any event as a mail in text and HTML, with its fields as a table."},
		{4, "sms.standard", "sms", models.KindSMS, "Any event as one short text."},
		{
			5, "envelope.meta-data", "envelope.meta-data", models.KindHTTP,
			"meta says which webhook and event it is, data what happened.",
		},
		{
			6, "envelope.space-secret", "envelope.space-secret", models.KindHTTP,
			"The tenant, the event's type, the channel's secret in the body itself, and the payload.",
		},
		{
			7, "envelope.channels", "envelope.channels", models.KindHTTP,
			"event_id, event_type, timestamp and data, each by its plain name.",
		},
		{
			8, "envelope.batch", "envelope.batch", models.KindHTTP,
			"The events of a batch in order, each as its type and its data.",
		},
		{
			9, "envelope.cloudevents", "envelope.cloudevents", models.KindHTTP,
			"CloudEvents 1.0 in its structured form. A channel that batches sends its batch form.",
		},
	}
}

// Builtins are the templates that every tenant has, in the order of their ids.
// Nobody may change what is in them.
func Builtins() []models.Template { return slices.Clone(builtinTemplates()) }

// BuiltinByID finds one of them.
func BuiltinByID(id models.ID) (models.Template, bool) {
	all := builtinTemplates()
	i := slices.IndexFunc(all, func(t models.Template) bool { return t.ID == id })
	if i < 0 {
		return models.Template{}, false
	}
	return all[i], true
}

// builtinTemplates reads the sources once.
var builtinTemplates = sync.OnceValue(func() []models.Template {
	var all []models.Template
	for _, b := range builtins() {
		all = append(all, b.template())
	}
	return all
})

func (b *builtin) template() models.Template {
	since := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	t := models.Template{
		ID: builtinID(b.number), Name: b.name, Description: b.description, Kind: b.kind,
		Version: 1, BuiltIn: true, CreatedAt: since, UpdatedAt: since,
	}
	for _, name := range partsOf(b.kind) {
		// A part without a file is one that the template does without.
		if source, err := sources.ReadFile("builtin/" + b.file + "." + strings.ToLower(string(name)) + ".tmpl"); err == nil {
			t.Parts = append(t.Parts, Part{Name: name, Source: string(source)})
		}
	}
	return t
}

// builtinID is the same on every server and in every version.
func builtinID(number byte) models.ID {
	id := models.ID{Prefix: models.PrefixTemplate}
	id.UUID[6], id.UUID[8], id.UUID[15] = 0x70, 0x80, number // a UUIDv7 of the year 1970
	return id
}
