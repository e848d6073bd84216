package control

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"time"

	"carillon/auth"
	"carillon/models"
)

// RotateChannelSecret puts a new secret in the place of the one in force, which
// signs beside it until the overlap ends.
func (c *Control) RotateChannelSecret(ctx context.Context, p *auth.Principal, in RotateChannelSecret) (models.Secret, error) {
	ch, err := c.channel(ctx, p, in.ID)
	if err != nil {
		return models.Secret{}, err
	}
	if in.Overlap < 0 || in.Overlap > models.MaxOverlap {
		return models.Secret{}, models.Invalid("overlap", "%s is out of range; give 0s to %s",
			models.FormatDuration(in.Overlap), models.FormatDuration(models.MaxOverlap))
	}
	var secret models.Secret
	a := c.act(ctx, p, models.AuditSecretRotate, &ch.TenantID, in.ID)
	_, err = update(ctx, a, c.store.UpdateChannel, in.ID, func(ch *models.Channel) error {
		config, err := signs(ch)
		if err != nil {
			return err
		}
		if secret, err = in.secretFor(&config.Signing); err != nil {
			return err
		}
		rotated := *config
		ch.UpdatedAt = c.now()
		rotated.Signing = config.Signing.Rotated(secret, ch.UpdatedAt, exactOverlap(in.Overlap))
		ch.Config = &rotated
		return nil
	}, func(_, ch *models.Channel) detail {
		return named(ch.Name).plus("overlap", models.FormatDuration(in.Overlap))
	})
	if err != nil {
		return models.Secret{}, err
	}
	return secret, nil
}

// secretFor is the given secret, or a new one. The one in force is refused: to
// take it again would drop the secret before it, which may still be needed.
func (in *RotateChannelSecret) secretFor(current *models.Signing) (models.Secret, error) {
	if in.Secret == nil {
		return newSecret(current.Scheme), nil
	}
	if *in.Secret == current.Secret {
		return models.Secret{}, models.Invalid("secret", "is the one in force; give another, or leave it out and one is made")
	}
	return *in.Secret, current.Scheme.CheckSecret(*in.Secret)
}

// exactOverlap is what the databases can tell apart.
func exactOverlap(d time.Duration) time.Duration { return d.Truncate(time.Microsecond) }

// signs is the configuration of a channel that has a signing secret.
func signs(ch *models.Channel) (*models.HttpConfig, error) {
	config, ok := ch.Config.(*models.HttpConfig)
	if !ok || config.Signing.Secret.Empty() {
		return nil, models.Conflict("id", "this channel signs nothing and so has no secret; give it a signing scheme first")
	}
	return config, nil
}

// settleSigning forgets a secret that was rotated away and signs no more.
func settleSigning(ch *models.Channel, now time.Time) {
	if config, ok := ch.Config.(*models.HttpConfig); ok && config.Signing.PreviousUntil != nil {
		settled := *config
		settled.Signing = config.Signing.Settled(now)
		ch.Config = &settled
	}
}

// over keeps secret and parameter while the scheme stays; another scheme gets
// its own parameter and a new secret. A secret that is given takes the place of
// all that were there, at once.
func (in *Signing) over(current models.Signing) models.Signing {
	if in == nil {
		return current
	}
	after := current
	if in.Scheme != current.Scheme {
		after = models.Signing{Scheme: in.Scheme, Parameter: in.Scheme.DefaultParameter()}
		if in.Secret == nil {
			after.Secret = newSecret(in.Scheme)
		}
	}
	after.Parameter = value(in.Parameter, after.Parameter)
	if in.Secret != nil && *in.Secret != after.Secret {
		after.Secret, after.Previous, after.PreviousUntil = *in.Secret, models.Secret{}, nil
	}
	return after
}

// newSecret makes 256 random bits in the form of the scheme; empty for one
// that has no secret.
func newSecret(scheme models.SigningScheme) models.Secret {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails, by its contract
	switch scheme {
	case models.SigningStandardWebhooks:
		return models.NewSecret(models.WhsecPrefix + base64.StdEncoding.EncodeToString(random[:]))
	case models.SigningEd25519:
		return models.NewSecret(models.WhskPrefix + base64.StdEncoding.EncodeToString(ed25519.NewKeyFromSeed(random[:])))
	case models.SigningHMAC, models.SigningSecretHeader, models.SigningSecretQuery:
		return models.NewSecret(base64.RawURLEncoding.EncodeToString(random[:]))
	}
	return models.Secret{}
}
