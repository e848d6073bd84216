package store

import (
	"github.com/jackc/pgx/v5/pgtype"

	"carillon/models"
)

// The arrays of PostgreSQL whose elements may be NULL.
type (
	uids    = pgtype.FlatArray[uid]
	texts   = pgtype.FlatArray[pgtype.Text]
	bigints = pgtype.FlatArray[pgtype.Int8]
)

// textOf makes NULL of the empty string.
func textOf(s string) pgtype.Text { return pgtype.Text{String: s, Valid: s != ""} }

func textOfPtr(s *string) pgtype.Text {
	if s == nil {
		return pgtype.Text{}
	}
	return pgtype.Text{String: *s, Valid: true}
}

func int8Of(v *int64) pgtype.Int8 {
	if v == nil {
		return pgtype.Int8{}
	}
	return pgtype.Int8{Int64: *v, Valid: true}
}

// storedStatus never is DELIVERING: that follows from the lease.
func storedStatus(d *models.Delivery) models.DeliveryStatus {
	if d.Status == models.DeliveryDelivering {
		return waitingStatus(d)
	}
	return d.Status
}
