package transfer

import (
	"crypto/sha256"
	"time"

	"carillon/models"
	"carillon/templates"
)

// id is what a thing of the file is called here: the same, where the tenant is
// the same. In another tenant it is made of both, so that importing again finds
// what is there. The time in it stays, and with it the order of lists.
func (m *importer) id(id models.ID) models.ID {
	if id.IsZero() || m.source == m.done.Tenant {
		return id
	}
	h := sha256.New()
	h.Write(m.done.Tenant.UUID[:])
	h.Write([]byte(id.Prefix))
	h.Write(id.UUID[:])
	out := id
	copy(out.UUID[8:], h.Sum(nil)) // behind the time, which is of a quarter of a microsecond
	out.UUID[8] = out.UUID[8]&0x3f | 0x80
	return out
}

// templateID leaves those of built-in templates, which are everywhere the same.
func (m *importer) templateID(id models.ID) models.ID {
	if _, ok := templates.BuiltinByID(id); ok {
		return id
	}
	return m.id(id)
}

func ofKind(field string, id models.ID, kind models.Prefix) error {
	if id.IsZero() || id.Prefix != kind {
		return models.Invalid(field, "is not an id that begins with %s_", kind)
	}
	return nil
}

// exact is a time as the databases keep it.
func exact(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
