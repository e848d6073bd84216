package templates

import (
	"fmt"

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

// Builtin renders the built-in template of each kind of channel.
type Builtin struct{}

// Render makes a message's content.
func (Builtin) Render(v *View) (models.Content, error) {
	switch v.Channel.Kind {
	case models.KindHTTP:
		var c models.Content
		if v.Batch {
			c.Body, c.ContentType = StandardBatch(v.Events)
		} else {
			c.Body, c.ContentType = Standard(v.Events[0])
		}
		return c, nil
	}
	return models.Content{}, fmt.Errorf("there is no built-in template for channels of kind %s", v.Channel.Kind)
}
