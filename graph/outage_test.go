package graph_test

import (
	"errors"
	"testing"
	"time"

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
