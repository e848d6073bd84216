package templates

import (
	"fmt"
	"strings"

	"carillon/models"
)

// envelopes are the bodies of other systems, as templates of HTTP channels: who
// migrates from such a system names its template and changes nothing at the
// receiver. Channels and routes name them by their ids, which never change.
//
// Each writes its data byte for byte and no white space. In a channel that
// batches, those of one event write {"events":[…]}, so that none is lost.
func envelopes() ([]models.Template, error) {
	list := []struct{ id, name, description string }{
		{"tpl_01jd800000e008000000000011", "envelope.meta-data",
			"meta says which webhook and event it is, data what happened."},
		{"tpl_01jd800000e008000000000012", "envelope.space-secret",
			"The tenant, the event's type, the channel's secret in the body itself, and the payload."},
		{"tpl_01jd800000e008000000000013", "envelope.channels",
			"event_id, event_type, timestamp and data, each by its plain name."},
		{"tpl_01jd800000e008000000000014", "envelope.batch",
			"The events of a batch in order, each as its type and its data."},
	}
	all := make([]models.Template, len(list))
	for i, e := range list {
		id, err := models.ParseIDOf(models.PrefixTemplate, e.id)
		if err != nil {
			return nil, fmt.Errorf("the built-in template %s: %w", e.name, err)
		}
		source, err := sources.ReadFile("builtin/" + e.name + ".tmpl")
		if err != nil {
			return nil, fmt.Errorf("read the built-in template %s: %w", e.name, err)
		}
		all[i] = models.Template{
			ID: id, Name: e.name, Description: e.description, Kind: models.KindHTTP, Version: 1, BuiltIn: true,
			// The file's last line break is no part of the message.
			Parts: []Part{{Name: PartBody, Source: strings.TrimSuffix(string(source), "\n")}},
		}
	}
	return all, nil
}
