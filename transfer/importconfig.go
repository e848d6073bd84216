package transfer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"carillon/models"
	"carillon/templates"
)

func (m *importer) template(ctx context.Context, text []byte) error {
	line, err := read[templateLine](text)
	if err != nil {
		return err
	}
	t := models.Template{ID: m.id(line.ID), TenantID: m.done.Tenant, Name: line.Name, Description: line.Description, Kind: line.ChannelKind,
		Version: line.Version, CreatedAt: exact(line.CreatedAt), UpdatedAt: exact(line.UpdatedAt)}
	if err := errors.Join(ofKind("id", line.ID, models.PrefixTemplate), models.CheckName("name", t.Name),
		models.CheckText("description", t.Description, models.MaxDescription)); err != nil {
		return err
	}
	if models.NewConfig(t.Kind) == nil || t.Version < 1 {
		return fmt.Errorf("has the channelKind %q and the version %d, which cannot be", t.Kind, t.Version)
	}
	m.newest[t.ID] = newestVersion{version: t.Version, kind: t.Kind}
	made, err := m.to.ImportTemplate(ctx, t)
	return m.count(kindTemplate, made, err)
}

// version checks the newest one: those before are there for what was sent by them.
func (m *importer) version(ctx context.Context, text []byte) error {
	line, err := read[versionLine](text)
	if err != nil {
		return err
	}
	id := m.id(line.TemplateID)
	newest, known := m.newest[id]
	switch {
	case !known:
		return fmt.Errorf("templateId: %s has no line before this one", line.TemplateID)
	case line.Version < 1 || line.Version > newest.version:
		return fmt.Errorf("version: %d is out of range; give 1 to %d", line.Version, newest.version)
	case line.Version == newest.version:
		if _, problems := templates.Check(newest.kind, line.Parts); len(problems) > 0 {
			return models.InvalidTemplate("parts", problems)
		}
	}
	for i, part := range line.Parts {
		if strings.ContainsRune(string(part.Name)+part.Source, 0) {
			return models.Invalid(fmt.Sprintf("parts.%d", i), "holds the control character U+0000")
		}
	}
	made, err := m.to.ImportTemplateVersion(ctx, m.done.Tenant, id, models.TemplateVersion{Version: line.Version, Parts: line.Parts, CreatedAt: exact(line.CreatedAt)})
	return m.count(kindVersion, made, err)
}

func (m *importer) channel(ctx context.Context, text []byte) error {
	line, err := read[channelLine](text)
	if err != nil {
		return err
	}
	if err := ofKind("id", line.ID, models.PrefixChannel); err != nil {
		return err
	}
	config, err := configOf(&line)
	if err != nil {
		return err
	}
	c := models.Channel{ID: m.id(line.ID), TenantID: m.done.Tenant, Name: line.Name, Kind: line.ChannelKind, Config: config,
		TemplateID: m.templateID(line.TemplateID), RetryPolicy: line.RetryPolicy, Limits: line.Limits, Batching: line.Batching, Ordering: line.Ordering,
		Status: line.Status, StatusReason: line.StatusReason, CreatedAt: exact(line.CreatedAt), UpdatedAt: exact(line.UpdatedAt)}
	if c.StatusReason != nil {
		reason := models.CleanText(*c.StatusReason)
		c.StatusReason = &reason
	}
	missing := line.SecretsLeftOut > 0 && line.Secrets == nil
	if missing {
		c.Status, c.StatusReason = models.ChannelPaused, nil
	}
	if err := m.checkChannel(&c, missing); err != nil {
		return err
	}
	made, err := m.to.ImportChannel(ctx, c)
	if made && missing {
		m.done.Paused = append(m.done.Paused, c.Name)
	}
	return m.count(kindChannel, made, err)
}

// configOf reads a configuration with its secrets.
func configOf(line *channelLine) (models.ChannelConfig, error) {
	config := models.NewConfig(line.ChannelKind)
	if config == nil {
		return nil, fmt.Errorf("channelKind: %q is not one that this program knows", line.ChannelKind)
	}
	if err := json.Unmarshal(line.Config, config); err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	secrets := config.Secrets()
	if line.Secrets == nil {
		return config, nil
	}
	if len(line.Secrets) != len(secrets) {
		return nil, fmt.Errorf("secrets: there are %d, and the configuration has %d", len(line.Secrets), len(secrets))
	}
	for i, secret := range secrets {
		*secret = models.NewSecret(line.Secrets[i])
	}
	return config, nil
}

// checkChannel leaves a configuration without its secrets to whoever gives them.
func (m *importer) checkChannel(c *models.Channel, missing bool) error {
	if c.Status != models.ChannelActive && c.Status != models.ChannelPaused && c.Status != models.ChannelDisabled {
		return fmt.Errorf("status: %q is not one of %s, %s, %s", c.Status, models.ChannelActive, models.ChannelPaused, models.ChannelDisabled)
	}
	if !missing {
		return c.Validate(m.how.Rules)
	}
	whole := *c
	whole.Config = unjudged{c.Config}
	return whole.Validate(m.how.Rules)
}

// unjudged is a configuration that nobody can judge yet.
type unjudged struct{ models.ChannelConfig }

// Validate takes everything.
func (unjudged) Validate(models.ConfigRules) error { return nil }

func (m *importer) suppression(ctx context.Context, text []byte) error {
	line, err := read[suppressionLine](text)
	if err != nil {
		return err
	}
	if line.Address == "" {
		return errors.New("address: is empty")
	}
	if err := errors.Join(ofKind("channelId", line.ChannelID, models.PrefixChannel), models.CheckText("address", line.Address, models.MaxDescription)); err != nil {
		return err
	}
	made, err := m.to.ImportSuppression(ctx, m.done.Tenant, m.id(line.ChannelID),
		models.Suppression{Address: line.Address, Reason: models.CleanText(line.Reason), CreatedAt: exact(line.CreatedAt)})
	return m.count(kindSuppression, made, err)
}

func (m *importer) webhook(ctx context.Context, text []byte) error {
	line, err := read[webhookLine](text)
	if err != nil {
		return err
	}
	if err := ofKind("id", line.ID, models.PrefixWebhook); err != nil {
		return err
	}
	w := models.Webhook{ID: m.id(line.ID), TenantID: m.done.Tenant, Name: line.Name, Description: line.Description, EventTypes: line.EventTypes,
		Filter: line.Filter, Status: line.Status, CreatedAt: exact(line.CreatedAt), UpdatedAt: exact(line.UpdatedAt)}
	for i, r := range line.Routes {
		if err := ofKind(fmt.Sprintf("routes.%d.channelId", i), r.ChannelID, models.PrefixChannel); err != nil {
			return err
		}
		w.Routes = append(w.Routes, models.Route{ChannelID: m.id(r.ChannelID), TemplateID: m.templateID(r.TemplateID)})
	}
	if err := w.Validate(); err != nil {
		return err
	}
	if w.Status != models.WebhookActive && w.Status != models.WebhookPaused {
		return fmt.Errorf("status: %q is neither %s nor %s", w.Status, models.WebhookActive, models.WebhookPaused)
	}
	if w.Filter != "" {
		if _, err := m.filters.Compile(w.Filter); err != nil {
			return err
		}
	}
	made, err := m.to.ImportWebhook(ctx, w)
	return m.count(kindWebhook, made, err)
}
