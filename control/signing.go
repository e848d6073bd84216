package control

import (
	"context"

	"carillon/auth"
	"carillon/models"
)

// RotateChannelSecret puts a new secret in the place of the one in force, which
// signs beside it until the overlap ends.
func (c *Control) RotateChannelSecret(ctx context.Context, p *auth.Principal, in RotateChannelSecret) (models.Secret, error) {
	return "", models.Conflict("id", "not yet")
}
