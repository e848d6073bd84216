package templates

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"carillon/models"
)

// View is what a template sees: the events of one message, and their way.
type View struct {
	Events   []*models.Event // at least one; in order
	Batch    bool            // the channel batches, though there may be only one event
	Tenant   *models.Tenant
	Webhook  *models.Webhook // nil for a test event sent to a channel
	Channel  *models.Channel
	Delivery *models.Delivery // of the first event
	Attempt  int              // 1 for the first
}

//go:embed builtin/*.tmpl
var sources embed.FS

// Builtin renders the built-in template of each kind of channel: it takes any
// event, whatever its data. Safe for use by many goroutines.
type Builtin struct {
	compiled map[models.ChannelKind]func() (*Template, error)
}

// NewBuiltin makes the built-in templates, each compiled when it is first used.
func NewBuiltin() *Builtin {
	b := &Builtin{compiled: map[models.ChannelKind]func() (*Template, error){}}
	for _, kind := range []models.ChannelKind{models.KindSlack, models.KindEmail, models.KindSMS} {
		b.compiled[kind] = sync.OnceValues(func() (*Template, error) { return compileBuiltin(kind) })
	}
	return b
}

func compileBuiltin(kind models.ChannelKind) (*Template, error) {
	parts, err := BuiltinParts(kind)
	if err != nil {
		return nil, err
	}
	t, problems := Compile(kind, parts)
	if len(problems) > 0 {
		return nil, fmt.Errorf("the built-in template for %s: %s", kind, problems[0])
	}
	for _, p := range t.parts {
		p.trusted = true
	}
	return t, nil
}

// BuiltinParts are the sources of a kind's built-in template, to be read and
// copied. HTTP has none: its envelope is not made by a template.
func BuiltinParts(kind models.ChannelKind) ([]Part, error) {
	var parts []Part
	for _, name := range partsOf(kind) {
		if kind == models.KindHTTP {
			break
		}
		file := "builtin/" + strings.ToLower(string(kind)+"."+string(name)) + ".tmpl"
		source, err := sources.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the built-in template for %s: %w", kind, err)
		}
		parts = append(parts, Part{Name: name, Source: string(source)})
	}
	return parts, nil
}

// Render makes a message's content.
func (b *Builtin) Render(v *View) (models.Content, error) {
	kind := v.Channel.Kind
	if kind == models.KindHTTP {
		var c models.Content
		if v.Batch {
			c.Body, c.ContentType = StandardBatch(v.Events)
		} else {
			c.Body, c.ContentType = Standard(v.Events[0])
		}
		return c, nil
	}
	compiled, ok := b.compiled[kind]
	if !ok {
		return models.Content{}, fmt.Errorf("there is no built-in template for channels of kind %s", kind)
	}
	t, err := compiled()
	if err != nil {
		return models.Content{}, err
	}
	return t.Render(v)
}
