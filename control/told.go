package control

import (
	"reflect"
	"slices"
	"time"

	"carillon/models"
)

// What the audit log tells of an update of each noun.

// updated is the detail of an update.
func updated(name string, c changes) detail {
	if c == nil {
		c = changes{}
	}
	return detail{"name": name, "changed": c}
}

func toldTenant(before, after *models.Tenant) detail {
	var c changes
	c.of("name", before.Name, after.Name)
	c.of("externalId", before.ExternalID, after.ExternalID)
	c.hidden("metadata", string(before.Metadata) != string(after.Metadata))
	return updated(after.Name, c)
}

func toldEventType(before, after *models.EventType) detail {
	var c changes
	c.of("description", before.Description, after.Description)
	c.of("group", before.Group, after.Group)
	c.of("version", before.Version, after.Version)
	c.hidden("schema", string(before.Schema) != string(after.Schema))
	c.hidden("example", string(before.Example) != string(after.Example))
	c.of("archivedAt", before.ArchivedAt, after.ArchivedAt)
	return updated(after.Name, c)
}

func toldWebhook(before, after *models.Webhook) detail {
	var c changes
	c.of("name", before.Name, after.Name)
	c.of("description", before.Description, after.Description)
	c.of("eventTypes", before.EventTypes, after.EventTypes)
	c.of("filter", before.Filter, after.Filter)
	c.of("routes", routeTexts(before.Routes), routeTexts(after.Routes))
	c.of("status", before.Status, after.Status)
	return updated(after.Name, c)
}

// routeTexts are the ids of the channels, each with its template's where it has one.
func routeTexts(routes []models.Route) []string {
	texts := make([]string, len(routes))
	for i, r := range routes {
		texts[i] = r.ChannelID.String()
		if !r.TemplateID.IsZero() {
			texts[i] += " " + r.TemplateID.String()
		}
	}
	return texts
}

// toldChannel leaves out that a secret signs no more which was rotated away: nobody
// changes that.
func toldChannel(now time.Time) func(before, after *models.Channel) detail {
	return func(before, after *models.Channel) detail {
		was := *before
		settleSigning(&was, now)
		var c changes
		c.of("name", was.Name, after.Name)
		c.under("config", reflect.ValueOf(was.Config), reflect.ValueOf(after.Config))
		c.of("templateId", was.TemplateID.String(), after.TemplateID.String())
		c.retryPolicy(&was.RetryPolicy, &after.RetryPolicy)
		c.of("limits.rate", was.Limits.Rate, after.Limits.Rate)
		c.of("limits.concurrency", was.Limits.Concurrency, after.Limits.Concurrency)
		c.of("batching", batchingText(was.Batching), batchingText(after.Batching))
		c.of("ordering", was.Ordering, after.Ordering)
		c.of("status", was.Status, after.Status)
		return updated(after.Name, c)
	}
}

func (c *changes) retryPolicy(before, after *models.RetryPolicy) {
	c.of("retryPolicy.schedule", durations(before.Schedule), durations(after.Schedule))
	c.of("retryPolicy.jitter", before.Jitter, after.Jitter)
	c.of("retryPolicy.disableAfterFailures", before.DisableAfterFailures, after.DisableAfterFailures)
	c.of("retryPolicy.disableAfter", duration(before.DisableAfter), duration(after.DisableAfter))
}

func batchingText(b *models.Batching) any {
	if b == nil {
		return nil
	}
	return detail{"maxEvents": b.MaxEvents, "maxWait": models.FormatDuration(b.MaxWait)}
}

// toldTemplate names the parts alone: their sources are kept with the versions.
func toldTemplate(before, after *models.Template) detail {
	var c changes
	c.of("name", before.Name, after.Name)
	c.of("description", before.Description, after.Description)
	c.hidden("parts", !slices.Equal(before.Parts, after.Parts))
	return updated(after.Name, c)
}
