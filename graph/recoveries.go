package graph

import (
	"context"
	"time"

	"carillon/auth"
	"carillon/models"
)

// recovery shows those of administrators, which have no tenant, to administrators.
func (r *resolver) recovery(ctx context.Context, id models.ID) (*models.Recovery, error) {
	read := func(ctx context.Context, id models.ID) (*models.Recovery, error) {
		return existing(r.cfg.Reader.Recovery(ctx, id))
	}
	return one(ctx, id, read, func(rec *models.Recovery) models.ID { return rec.TenantID })
}

// ownRecovery is NOT_FOUND for a recovery that the caller does not see.
func (r *resolver) ownRecovery(ctx context.Context, id models.ID) (*models.Recovery, error) {
	rec, err := r.recovery(ctx, id)
	return known(rec, err, "recovery", id)
}

// recoverable is the filter of a recovery, behind the tenant wall.
func recoverable(ctx context.Context, filter *models.DeliveryFilter) (models.DeliveryFilter, error) {
	f, err := walled(ctx, filter, deliveryWall)
	if err != nil {
		return f, err
	}
	if f.Statuses != nil && (len(f.Statuses) != 1 || f.Statuses[0] != models.DeliveryFailed) {
		return f, models.Invalid("filter.statuses", "names more or other than FAILED, and only what has failed can be recovered; leave it out, or give [FAILED]")
	}
	return f, nil
}

// progress shows a recovery as it is, and again whenever it has gone on, until
// it is over. It asks the database by itself, so that it needs no notices.
func (l *live) progress(ctx context.Context, rec models.Recovery) <-chan models.Recovery {
	out, revoked := make(chan models.Recovery), make(chan error, 1)
	leave := l.keys.watch(auth.From(ctx), func(err error) {
		select {
		case revoked <- err:
		default: // it ends already
		}
	})
	l.running.Go(func() {
		defer close(out)
		defer leave()
		err := l.watchRecovery(ctx, rec, out, revoked)
		if err != nil && ctx.Err() == nil && l.cfg.EndSubscription != nil {
			l.cfg.EndSubscription(ctx, err)
		}
	})
	return out
}

// watchRecovery gives a reader who is slow the newest state alone.
func (l *live) watchRecovery(ctx context.Context, newest models.Recovery, out chan<- models.Recovery, revoked <-chan error) error {
	look := time.NewTicker(l.cfg.RecoveryPoll)
	defer look.Stop()
	to := out // nil while there is nothing new to send
	for {
		select {
		case to <- newest:
			if recoveryOver(&newest) {
				return nil
			}
			to = nil
		case <-look.C:
			rec, err := l.cfg.Reader.Recovery(ctx, newest.ID)
			if err != nil {
				return err
			}
			if rec.Done != newest.Done || recoveryOver(&rec) != recoveryOver(&newest) {
				newest, to = rec, out
			}
		case err := <-revoked:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

func recoveryOver(rec *models.Recovery) bool { return rec.CompletedAt != nil || rec.CanceledAt != nil }
