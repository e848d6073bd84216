package control

import (
	"context"

	"carillon/auth"
	"carillon/models"
)

// LiftSuppression lets a recipient be sent to again. NOT_FOUND for one that the
// channel does send to.
func (c *Control) LiftSuppression(ctx context.Context, p *auth.Principal, in LiftSuppression) (models.Channel, error) {
	if err := p.Need(models.ScopeManage); err != nil {
		return models.Channel{}, err
	}
	if err := checkID("channelId", in.ChannelID, models.PrefixChannel); err != nil {
		return models.Channel{}, err
	}
	ch, err := c.channel(ctx, p, in.ChannelID)
	if err != nil {
		return models.Channel{}, err
	}
	a := c.act(ctx, p, models.AuditSuppressionLift, &ch.TenantID, ch.ID)
	if ctx, err = a.with(ctx, named(ch.Name).plus("address", in.Address)); err != nil {
		return models.Channel{}, err
	}
	return c.store.LiftSuppression(ctx, in.ChannelID, in.Address)
}
