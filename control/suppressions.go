package control

import (
	"context"

	"carillon/auth"
	"carillon/models"
)

// LiftSuppression lets a recipient be sent to again.
func (c *Control) LiftSuppression(ctx context.Context, p *auth.Principal, in LiftSuppression) (models.Channel, error) {
	return models.Channel{}, models.Conflict("address", "not yet")
}
