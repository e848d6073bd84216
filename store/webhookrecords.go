package store

import (
	"encoding/json"
	"fmt"
	"strings"

	"carillon/models"
)

type webhookRecord struct {
	ID           uid    `gorm:"column:id;primaryKey"`
	Tenant       uid    `gorm:"column:tenant_id"`
	Name         string `gorm:"column:name"`
	Description  string `gorm:"column:description"`
	EventTypes   string `gorm:"column:event_types"`
	Filter       string `gorm:"column:filter"`
	FilterErrors int64  `gorm:"column:filter_errors"`
	Status       string `gorm:"column:status"`
	Created      int64  `gorm:"column:created_at"`
	Updated      int64  `gorm:"column:updated_at"`

	// Routes are the ids of the channels in their order, each with that of its
	// template behind a colon, read with the webhook in one statement.
	Routes *string `gorm:"column:routes;->"`
}

func (webhookRecord) TableName() string { return "webhooks" }

type routeRecord struct {
	Webhook  uid `gorm:"column:webhook_id"`
	Channel  uid `gorm:"column:channel_id"`
	Template uid `gorm:"column:template_id"`
	Position int `gorm:"column:position"`
}

func (routeRecord) TableName() string { return "routes" }

func webhookRecordOf(w *models.Webhook) (*webhookRecord, error) {
	types, err := json.Marshal(w.EventTypes)
	if err != nil {
		return nil, fmt.Errorf("write event types: %w", err)
	}
	return &webhookRecord{
		ID: uidOf(w.ID), Tenant: uidOf(w.TenantID), Name: w.Name, Description: w.Description, EventTypes: string(types),
		Filter: w.Filter, FilterErrors: w.FilterErrors, Status: string(w.Status), Created: micros(w.CreatedAt), Updated: micros(w.UpdatedAt),
	}, nil
}

func (r *webhookRecord) model() (models.Webhook, error) {
	w := models.Webhook{
		ID: r.ID.id(models.PrefixWebhook), TenantID: r.Tenant.id(models.PrefixTenant), Name: r.Name, Description: r.Description,
		Filter: r.Filter, FilterErrors: r.FilterErrors, Status: models.WebhookStatus(r.Status), CreatedAt: fromMicros(r.Created), UpdatedAt: fromMicros(r.Updated),
	}
	if err := json.Unmarshal([]byte(r.EventTypes), &w.EventTypes); err != nil {
		return w, fmt.Errorf("read event types of webhook %s: %w", w.ID, err)
	}
	if r.Routes == nil {
		return w, nil
	}
	for text := range strings.SplitSeq(*r.Routes, ",") {
		route, err := readRoute(text)
		if err != nil {
			return w, fmt.Errorf("read routes of webhook %s: %w", w.ID, err)
		}
		w.Routes = append(w.Routes, route)
	}
	return w, nil
}

func readRoute(text string) (route models.Route, err error) {
	channel, template, _ := strings.Cut(text, ":")
	var id uid
	if err := id.Scan(channel); err != nil {
		return route, err
	}
	if id.zero() {
		return route, fmt.Errorf("the route %q is to no channel", text)
	}
	route.ChannelID = id.id(models.PrefixChannel)
	if template == "" {
		return route, nil
	}
	if err := id.Scan(template); err != nil {
		return route, err
	}
	route.TemplateID = id.id(models.PrefixTemplate)
	return route, nil
}
