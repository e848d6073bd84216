package templates

import (
	"slices"

	"carillon/models"
)

// View is what a template sees: the events of one message, and their way.
type View struct {
	// Template is the one to render by; nil for the built-in one of the channel's kind.
	Template *models.Template
	Events   []*models.Event // at least one; in order
	Batch    bool            // the channel batches, though there may be only one event
	Tenant   *models.Tenant
	Webhook  *models.Webhook // nil for a test event sent to a channel
	Channel  *models.Channel
	Delivery *models.Delivery // of the first event
	Attempt  int              // 1 for the first
}

// size is that of all events' data, in bytes.
func (v *View) size() int {
	n := 0
	for _, e := range v.Events {
		n += len(e.Data)
	}
	return n
}

// record is an object of the server's own: its names are fixed, and a value is
// made when it is asked for, once.
type record struct {
	fields []string
	make   func(name string) any
	made   []any
	known  uint32 // a bit for each value in made
}

func newRecord(fields []string, value func(name string) any) *record {
	return &record{fields: fields, make: value, made: make([]any, len(fields))}
}

func (r *record) names() []string { return r.fields }

func (r *record) field(name string) (any, bool) {
	i := slices.Index(r.fields, name)
	if i < 0 {
		return nil, false
	}
	if bit := uint32(1) << i; r.known&bit == 0 {
		r.made[i], r.known = r.make(name), r.known|bit
	}
	return r.made[i], true
}

func eventFields() []string {
	return []string{"id", "type", "timestamp", "entityId", "version", "tags", "data", "test"}
}

// newRoot is what `.` is at the head of a template: the first event, where it
// goes, and all events of the message.
func newRoot(v *View) object {
	first := newEvent(v.Events[0])
	fields := append(eventFields(), "tenant", "webhook", "channel", "delivery", "events", "batch")
	return newRecord(fields, func(name string) any {
		switch name {
		case "tenant":
			return tenantOf(v.Tenant)
		case "webhook":
			return webhookOf(v.Webhook)
		case "channel":
			return channelOf(v.Channel)
		case "delivery":
			return deliveryOf(v)
		case "batch":
			return v.Batch
		case "events":
			events := &list{items: make([]any, len(v.Events))}
			for i, e := range v.Events {
				events.items[i] = newEvent(e)
			}
			events.items[0] = first
			return events
		}
		value, _ := first.field(name)
		return value
	})
}

func newEvent(e *models.Event) object {
	return newRecord(eventFields(), func(name string) any {
		switch name {
		case "id":
			return e.ID.String()
		case "type":
			return e.Type
		case "timestamp":
			return string(appendTime(nil, e.Timestamp))
		case "entityId":
			return orNull(e.EntityID)
		case "version":
			return orNull(e.Version)
		case "tags":
			return listOf(e.Tags)
		case "data":
			return decode(string(e.Data))
		}
		return e.Test
	})
}

func tenantOf(t *models.Tenant) any {
	if t == nil {
		return nil
	}
	return newRecord([]string{"id", "name", "externalId"}, func(name string) any {
		switch {
		case name == "id":
			return t.ID.String()
		case name == "name":
			return t.Name
		case t.ExternalID != nil:
			return *t.ExternalID
		}
		return nil
	})
}

func webhookOf(w *models.Webhook) any {
	if w == nil {
		return nil
	}
	return newRecord([]string{"id", "name"}, func(name string) any {
		if name == "id" {
			return w.ID.String()
		}
		return w.Name
	})
}

// channelObject tells its secret to whom asks for it by name. It is not among
// the names, so that printing a whole object never shows it.
type channelObject struct {
	*record
	secret any
}

func (c channelObject) field(name string) (any, bool) {
	if name == "secret" {
		return c.secret, true
	}
	return c.record.field(name)
}

func channelOf(c *models.Channel) any {
	if c == nil {
		return nil
	}
	channel := channelObject{record: newRecord([]string{"id", "name", "kind"}, func(name string) any {
		switch name {
		case "id":
			return c.ID.String()
		case "name":
			return c.Name
		}
		return string(c.Kind)
	})}
	if config, ok := c.Config.(*models.HttpConfig); ok {
		channel.secret = orNull(config.Signing.Secret.Reveal())
	}
	return channel
}

func deliveryOf(v *View) any {
	if v.Delivery == nil {
		return nil
	}
	return newRecord([]string{"id", "attempt"}, func(name string) any {
		if name == "id" {
			return v.Delivery.ID.String()
		}
		return plain(v.Attempt)
	})
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func listOf(texts []string) *list {
	l := &list{items: make([]any, len(texts))}
	for i, s := range texts {
		l.items[i] = s
	}
	return l
}
