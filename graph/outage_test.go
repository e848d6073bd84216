package graph_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"carillon/models"
)

// TestFollowersOutlastAnOutage: an item that comes while the database is away is
// shown once it is back, and not as one with errors.
func TestFollowersOutlastAnOutage(t *testing.T) {
	t.Parallel()
	l := setupLive(t)
	tenant, channel := models.NewID(models.PrefixTenant), models.NewID(models.PrefixChannel)
	l.reader.channels[channel] = models.Channel{ID: channel, TenantID: tenant, Name: "shop"}
	f := subscribe(t, l.exec, admin(), `subscription { deliveryUpdated { channel { name } } }`, ``)
	reads := func() int {
		l.reader.mu.Lock()
		defer l.reader.mu.Unlock()
		return l.reader.calls["ChannelsByID"]
	}
	l.reader.mu.Lock()
	l.reader.err = errors.New("the database is away")
	l.reader.mu.Unlock()
	l.board.Post([]models.Delivery{{ID: models.NewID(models.PrefixDelivery), TenantID: tenant, ChannelID: channel, Status: models.DeliverySucceeded}})
	back := make(chan struct{})
	go func() {
		defer close(back)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for reads() < 2 && t.Context().Err() == nil {
			<-tick.C
		}
		l.reader.mu.Lock()
		defer l.reader.mu.Unlock()
		l.reader.err = nil
	}()
	f.takes(t, `{"deliveryUpdated":{"channel":{"name":"shop"}}}`)
	<-back
	if n := reads(); n < 3 {
		t.Errorf("the channel was read %d times", n)
	}
}

// TestBrokenResponsesAreMadeAgain: where a whole response fails, it is made anew
// and bears none of the errors of the try before.
func TestBrokenResponsesAreMadeAgain(t *testing.T) {
	t.Parallel()
	l := setupLive(t)
	channel := models.NewID(models.PrefixChannel)
	l.reader.channels[channel] = models.Channel{ID: channel, Name: "shop"}
	tries := 0
	l.exec.AroundFields(func(ctx context.Context, next graphql.Resolver) (any, error) {
		if graphql.GetFieldContext(ctx).Field.Name == "channel" {
			if tries++; tries < 3 {
				return nil, errors.New("the database is away")
			}
		}
		return next(ctx)
	})
	f := subscribe(t, l.exec, admin(), `subscription { deliveryUpdated { channel { name } } }`, ``)
	for range 2 {
		l.board.Post([]models.Delivery{{ID: models.NewID(models.PrefixDelivery), ChannelID: channel, Status: models.DeliverySucceeded}})
		f.takes(t, `{"deliveryUpdated":{"channel":{"name":"shop"}}}`)
	}
}
