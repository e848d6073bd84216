package store

import (
	"encoding/json"
	"fmt"

	"carillon/models"
)

type templateRecord struct {
	ID          uid    `gorm:"column:id;primaryKey"`
	Tenant      uid    `gorm:"column:tenant_id"`
	Name        string `gorm:"column:name"`
	Description string `gorm:"column:description"`
	Kind        string `gorm:"column:kind"`
	Version     int    `gorm:"column:version"`
	Created     int64  `gorm:"column:created_at"`
	Updated     int64  `gorm:"column:updated_at"`

	// Parts are those of the newest version, read with the template in one statement.
	Parts string `gorm:"column:parts;->"`
}

func (templateRecord) TableName() string { return "templates" }

type versionRecord struct {
	Template uid    `gorm:"column:template_id"`
	Version  int    `gorm:"column:version"`
	Parts    string `gorm:"column:parts"`
	Created  int64  `gorm:"column:created_at"`
}

func (versionRecord) TableName() string { return "template_versions" }

func templateRecordOf(t *models.Template) *templateRecord {
	return &templateRecord{
		ID: uidOf(t.ID), Tenant: uidOf(t.TenantID), Name: t.Name, Description: t.Description, Kind: string(t.Kind),
		Version: t.Version, Created: micros(t.CreatedAt), Updated: micros(t.UpdatedAt),
	}
}

func (r *templateRecord) model() (models.Template, error) {
	t := models.Template{
		ID: r.ID.id(models.PrefixTemplate), TenantID: r.Tenant.id(models.PrefixTenant), Name: r.Name, Description: r.Description,
		Kind: models.ChannelKind(r.Kind), Version: r.Version, CreatedAt: fromMicros(r.Created), UpdatedAt: fromMicros(r.Updated),
	}
	if err := json.Unmarshal([]byte(r.Parts), &t.Parts); err != nil {
		return t, fmt.Errorf("read parts of template %s: %w", t.ID, err)
	}
	return t, nil
}

// versionRecordOf is the newest version of a template, which was made when the
// template was last changed.
func versionRecordOf(t *models.Template) (*versionRecord, error) {
	parts, err := json.Marshal(t.Parts)
	if err != nil {
		return nil, fmt.Errorf("write parts of a template: %w", err)
	}
	return &versionRecord{Template: uidOf(t.ID), Version: t.Version, Parts: string(parts), Created: micros(t.UpdatedAt)}, nil
}

func (r *versionRecord) model() (models.TemplateVersion, error) {
	v := models.TemplateVersion{Version: r.Version, CreatedAt: fromMicros(r.Created)}
	if err := json.Unmarshal([]byte(r.Parts), &v.Parts); err != nil {
		return v, fmt.Errorf("read parts of template %s, version %d: %w", r.Template.id(models.PrefixTemplate), r.Version, err)
	}
	return v, nil
}
