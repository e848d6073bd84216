package graph_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carillon/auth"
	"carillon/graph"
	"carillon/models"
	"carillon/stream"
)

// logReader is a log of attempts that grows while it is read; all are of one
// channel, whose reads are counted and may be held up.
type logReader struct {
	*fakeReader
	channel models.Channel
	gate    chan struct{} // nil: open

	mu       sync.Mutex
	attempts []models.Attempt
	reads    int
	entered  chan struct{} // gets one for every read, if there is room
	erased   bool          // there is no channel any more
}

func (r *logReader) ChannelsByID(ctx context.Context, ids []models.ID) (map[models.ID]models.Channel, error) {
	r.mu.Lock()
	r.reads++
	erased := r.erased
	r.mu.Unlock()
	select {
	case r.entered <- struct{}{}:
	default:
	}
	if r.gate != nil {
		<-r.gate
	}
	if erased {
		return nil, nil
	}
	return map[models.ID]models.Channel{r.channel.ID: r.channel}, ctx.Err()
}

func (r *logReader) channelReads() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reads
}

func (r *logReader) AttemptSeq(_ context.Context, id models.ID) (int64, models.ID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.attempts {
		if a.ID == id {
			return a.Seq, a.TenantID, nil
		}
	}
	return 0, models.ID{}, models.NotFound("attempt", id)
}

func (r *logReader) AttemptsBetween(_ context.Context, after, upTo int64, f models.AttemptFilter, limit int) ([]models.Attempt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var found []models.Attempt
	for _, a := range r.attempts[min(after, int64(len(r.attempts))):] {
		if a.Seq <= upTo && f.Match(&a) && len(found) < limit {
			found = append(found, a)
		}
	}
	return found, nil
}

// shared is an API over a log.
type shared struct {
	*bundle
	log *logReader
	hub *stream.Hub[models.Attempt]

	mu    sync.Mutex
	ended map[models.ID]error // by key
}

func setupShared(t *testing.T, buffer int, change ...func(*graph.Config)) *shared {
	t.Helper()
	s := &shared{ended: map[models.ID]error{}}
	s.log = &logReader{entered: make(chan struct{}, 100), channel: models.Channel{
		ID: models.NewID(models.PrefixChannel), Name: "orders", Config: &models.HttpConfig{},
	}}
	s.hub = stream.NewHub(stream.Config[models.Attempt]{
		Head: func(context.Context) (int64, error) {
			s.log.mu.Lock()
			defer s.log.mu.Unlock()
			return int64(len(s.log.attempts)), nil
		},
		Read: func(ctx context.Context, after, upTo int64, limit int) ([]models.Attempt, error) {
			return s.log.AttemptsBetween(ctx, after, upTo, models.AttemptFilter{IncludeTests: true}, limit)
		},
		Seq:    func(a *models.Attempt) int64 { return a.Seq },
		Key:    func(a *models.Attempt) string { return a.TenantID.String() },
		Buffer: buffer,
	})
	s.bundle = setup(t, append([]func(*graph.Config){func(cfg *graph.Config) {
		s.log.fakeReader = cfg.Reader.(*fakeReader)
		cfg.Reader, cfg.Attempts, cfg.Recheck = s.log, s.hub, time.Hour
		cfg.EndSubscription = func(ctx context.Context, err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.ended[auth.From(ctx).KeyID] = err
		}
	}}, change...)...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.hub.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return s
}

// commit adds attempts of the tenant to the log, and tells the hub.
func (s *shared) commit(tenant models.ID, n int) {
	s.log.mu.Lock()
	batch := attemptsOf(tenant, n)
	for i := range batch {
		batch[i].Seq = int64(len(s.log.attempts) + 1)
		batch[i].Number, batch[i].ChannelID = int(batch[i].Seq), s.log.channel.ID
		s.log.attempts = append(s.log.attempts, batch[i])
	}
	s.log.mu.Unlock()
	s.hub.Feed(batch)
}

const named = `subscription($f: DeliveryAttemptFilter, $a: ID, $bare: Boolean! = false) {
	deliveryAttempts(filter: $f, after: $a) { number channel { id @skip(if: $bare) name } } }`

func (s *shared) follow(t *testing.T, p *auth.Principal, vars string) feed {
	t.Helper()
	return subscribe(t, s.exec, p, named, vars)
}

// shows is the message of an attempt.
func (s *shared) shows(n int) string {
	return fmt.Sprintf(`{"deliveryAttempts":{"number":%d,"channel":{"id":"%s","name":"orders"}}}`, n, s.log.channel.ID)
}

func bare(n int) string {
	return fmt.Sprintf(`{"deliveryAttempts":{"number":%d,"channel":{"name":"orders"}}}`, n)
}

// allTake takes the next message of each, which must be want; they ask at once.
func allTake(t *testing.T, feeds []feed, want string) {
	t.Helper()
	var asking sync.WaitGroup
	for i, f := range feeds {
		asking.Go(func() {
			if resp := f.next(); resp == nil || len(resp.Errors) > 0 || string(resp.Data) != want {
				t.Errorf("%d got %+v, want %s", i, resp, want)
			}
		})
	}
	asking.Wait()
}

func TestWhoSeesTheSameSharesOneExecution(t *testing.T) {
	t.Parallel()
	s := setupShared(t, 0)
	tenant := models.NewID(models.PrefixTenant)
	var feeds []feed
	for n := range 20 {
		vars := `{}`
		if n%2 == 1 { // which attempts come is another matter than how they look
			vars = `{"f": {"tenantId": "` + tenant.String() + `"}}`
		}
		feeds = append(feeds, s.follow(t, keyOf(tenant, models.ScopeRead), vars))
	}
	for n := 1; n <= 3; n++ {
		s.commit(tenant, 1)
		allTake(t, feeds, s.shows(n))
		if reads := s.log.channelReads(); reads != n {
			t.Fatalf("%d attempts were executed %d times", n, reads)
		}
	}
	s.commit(tenant, 2)
	for _, f := range feeds { // what one has made for the others stays as it is
		f.takes(t, s.shows(4))
		f.takes(t, s.shows(5))
	}
}

func TestWhoSeesSomethingElseSharesNothing(t *testing.T) {
	t.Parallel()
	s := setupShared(t, 0)
	mine, theirs := models.NewID(models.PrefixTenant), models.NewID(models.PrefixTenant)
	rows := []struct {
		feed feed
		want func(int) string
	}{
		{s.follow(t, keyOf(mine, models.ScopeRead), `{}`), s.shows},
		{s.follow(t, keyOf(mine, models.ScopeManage), `{}`), s.shows},
		{s.follow(t, keyOf(mine, models.ScopeAdmin), `{}`), s.shows},
		{s.follow(t, keyOf(mine, models.ScopeRead), `{"bare": true}`), bare},
		{s.follow(t, admin(), `{"f": {"tenantId": "`+mine.String()+`"}}`), s.shows},
		{subscribe(t, s.exec, keyOf(mine, models.ScopeRead), `subscription { deliveryAttempts { number channel { name } } }`, ``), bare},
	}
	other := s.follow(t, keyOf(theirs, models.ScopeRead), `{}`)
	s.commit(mine, 1)
	for i, row := range rows {
		row.feed.takes(t, row.want(1))
		if reads := s.log.channelReads(); reads != i+1 {
			t.Fatalf("%d views were executed %d times", i+1, reads)
		}
	}
	s.commit(theirs, 1)
	other.takes(t, s.shows(2))
	s.commit(mine, 1)
	for _, row := range rows {
		row.feed.takes(t, row.want(3))
	}
}

func TestARevokedKeyEndsItsOwnAlone(t *testing.T) {
	t.Parallel()
	s := setupShared(t, 0, func(cfg *graph.Config) { cfg.Recheck = time.Millisecond })
	tenant := models.NewID(models.PrefixTenant)
	good, bad := keyOf(tenant, models.ScopeRead), keyOf(tenant, models.ScopeRead)
	for _, p := range []*auth.Principal{good, bad} {
		s.reader.keys[p.KeyID] = models.ApiKey{ID: p.KeyID, TenantID: &tenant}
	}
	stays, stays2, goes := s.follow(t, good, `{}`), s.follow(t, good, `{}`), s.follow(t, bad, `{}`)
	s.commit(tenant, 1)
	allTake(t, []feed{stays, stays2, goes}, s.shows(1))

	s.reader.mu.Lock()
	now := time.Now()
	s.reader.keys[bad.KeyID] = models.ApiKey{ID: bad.KeyID, TenantID: &tenant, RevokedAt: &now}
	s.reader.mu.Unlock()
	if resp := goes.next(); resp != nil {
		t.Fatalf("a message after the key was revoked: %s", resp.Data)
	}
	s.commit(tenant, 1)
	allTake(t, []feed{stays, stays2}, s.shows(2))
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ended) != 1 || models.CodeOf(s.ended[bad.KeyID]) != models.CodeUnauthenticated {
		t.Errorf("ended: %v", s.ended)
	}
}

// What waits for a client that takes nothing is not let through once its key
// is revoked.
func TestWhatWaitsIsNotShownToARevokedKey(t *testing.T) {
	t.Parallel()
	s := setupShared(t, 0, func(cfg *graph.Config) { cfg.Recheck = time.Millisecond })
	tenant := models.NewID(models.PrefixTenant)
	p := keyOf(tenant, models.ScopeRead)
	s.reader.keys[p.KeyID] = models.ApiKey{ID: p.KeyID, TenantID: &tenant}
	first, blocked := s.follow(t, p, `{}`), s.follow(t, p, `{}`)
	s.commit(tenant, 5)
	first.takes(t, s.shows(1))
	s.reader.mu.Lock()
	delete(s.reader.keys, p.KeyID)
	s.reader.mu.Unlock()
	for first.next() != nil { // until it is told
	}
	s.api.Close() // which waits until both have ended
	if resp := blocked.next(); resp != nil {
		t.Errorf("a message after the key was revoked: %s", resp.Data)
	}
}

func TestASlowOneAmongManyIsClosedAlone(t *testing.T) {
	t.Parallel()
	s := setupShared(t, 8)
	tenant := models.NewID(models.PrefixTenant)
	sluggish := keyOf(tenant, models.ScopeRead)
	slow := s.follow(t, sluggish, `{}`)
	var quick []feed
	for range 10 {
		quick = append(quick, s.follow(t, keyOf(tenant, models.ScopeRead), `{}`))
	}
	for n := 1; n <= 40 && !t.Failed(); n++ {
		s.commit(tenant, 1)
		allTake(t, quick, s.shows(n))
	}
	if reads := s.log.channelReads(); reads != 40 {
		t.Errorf("40 attempts were executed %d times", reads)
	}
	for slow.next() != nil {
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ended) != 1 || !errors.Is(s.ended[sluggish.KeyID], stream.ErrSlow) {
		t.Errorf("ended: %v", s.ended)
	}
}

// The client whose response is made for all may leave meanwhile.
func TestAClientThatLeavesTakesNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := setupShared(t, 0)
		s.log.gate = make(chan struct{})
		tenant := models.NewID(models.PrefixTenant)
		leaves := s.follow(t, keyOf(tenant, models.ScopeRead), `{}`)
		others := make([]feed, 5)
		for i := range others {
			others[i] = s.follow(t, keyOf(tenant, models.ScopeRead), `{}`)
		}
		s.commit(tenant, 1)
		var asking sync.WaitGroup
		asking.Go(func() { leaves.next() })
		<-s.log.entered
		asking.Go(func() { allTake(t, others, s.shows(1)) })
		synctest.Wait()
		leaves.stop()
		synctest.Wait()
		close(s.log.gate)
		asking.Wait()
		if reads := s.log.channelReads(); reads != 1 {
			t.Errorf("executed %d times", reads)
		}
	})
}

func TestErrorsAreEachClientsOwn(t *testing.T) {
	t.Parallel()
	s := setupShared(t, 0)
	tenant := models.NewID(models.PrefixTenant)
	one, other := s.follow(t, keyOf(tenant, models.ScopeRead), `{}`), s.follow(t, keyOf(tenant, models.ScopeRead), `{}`)
	s.log.mu.Lock()
	s.log.erased = true
	s.log.mu.Unlock()
	s.commit(tenant, 1)
	one.refused(t, models.CodeNotFound, "")
	other.refused(t, models.CodeNotFound, "")
	if reads := s.log.channelReads(); reads != 2 {
		t.Errorf("executed %d times", reads)
	}
	s.log.mu.Lock()
	s.log.erased = false
	s.log.mu.Unlock()
	s.commit(tenant, 1)
	allTake(t, []feed{one, other}, s.shows(2))
}

// Whoever resumes while others commit sees each attempt once, in order, and
// then shares what comes.
func TestResumingJoinsTheOthers(t *testing.T) {
	t.Parallel()
	s := setupShared(t, 0)
	tenant := models.NewID(models.PrefixTenant)
	s.commit(tenant, 150)
	s.log.mu.Lock()
	seen := s.log.attempts[:150:150]
	s.log.mu.Unlock()
	const total = 500
	committed := make(chan struct{})
	go func() {
		defer close(committed)
		r := rand.New(rand.NewPCG(1, 2))
		for n := 150; n < total; {
			batch := min(1+r.IntN(7), total-n)
			s.commit(tenant, batch)
			n += batch
		}
	}()
	feeds := make([]feed, 8)
	var resuming sync.WaitGroup
	for i := range feeds {
		from := i * 20
		feeds[i] = s.follow(t, keyOf(tenant, models.ScopeRead), `{"a": "`+seen[from].ID.String()+`"}`)
		resuming.Go(func() {
			for n := from + 2; n <= total; n++ {
				if resp := feeds[i].next(); resp == nil || string(resp.Data) != s.shows(n) {
					t.Errorf("%d got %+v, want %s", i, resp, s.shows(n))
					return
				}
			}
		})
	}
	resuming.Wait()
	<-committed
	if t.Failed() {
		return
	}
	for n := total + 1; !t.Failed(); n++ { // until all have come to the end of history
		before := s.log.channelReads()
		s.commit(tenant, 1)
		allTake(t, feeds, s.shows(n))
		if s.log.channelReads() == before+1 {
			return
		}
	}
}
