package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"carillon/models"
)

type publishJob = job[models.Publication, []models.Published]

// Publish stores the events with their deliveries, all or none. Concurrent
// publications share transactions, and none suffers from another one's error.
//
// It answers models.ErrStaleRoutes where a tenant is at another generation than
// the publication was routed by, NOT_FOUND where it is gone, and CONFLICT where an
// idempotency key was used for other content. An item whose key was used for the
// same content stores nothing and is answered by the first event.
func (s *Store) Publish(ctx context.Context, p models.Publication) ([]models.Published, error) {
	if len(p.Items) == 0 {
		return nil, nil
	}
	out, err := s.publish(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	return out, nil
}

func (s *Store) publish(ctx context.Context, p models.Publication) ([]models.Published, error) {
	if s.postgres() {
		return s.publishes.do(ctx, p)
	}
	j := &publishJob{in: p}
	if _, err := s.lites.do(ctx, liteJob{publish: j}); err != nil {
		return nil, err
	}
	return j.out, j.err
}

func publicationSize(p *models.Publication) (rows, bytes int) {
	for i := range p.Items {
		rows += 1 + len(p.Items[i].Placements)
		bytes += len(p.Items[i].Event.Data)
	}
	return rows, bytes
}

// errRefused says that some jobs of a transaction bear errors of their own, so
// that it was not committed: the others are to be tried without them.
var errRefused = errors.New("publications were refused")

// commitPublications answers every job.
func (s *Store) commitPublications(ctx context.Context, jobs []*publishJob) {
	s.eventsOrder.Lock()
	defer s.eventsOrder.Unlock()
	s.publishGroup(ctx, jobs)
}

func (s *Store) publishGroup(ctx context.Context, jobs []*publishJob) {
	for len(jobs) > 0 {
		var commit models.Commit
		err := s.retryDeadlocks(ctx, func() (err error) {
			commit, err = s.tryPublish(ctx, jobs)
			return err
		})
		switch {
		case err == nil:
			s.tellPublished(commit)
			return
		case errors.Is(err, errRefused):
			jobs = slices.DeleteFunc(slices.Clone(jobs), func(j *publishJob) bool { return j.err != nil })
		case len(jobs) > 1 && isRefusal(err):
			for i := range jobs { // one of them is at fault: let it fail alone
				s.publishGroup(ctx, jobs[i:i+1])
			}
			return
		default:
			for _, j := range jobs {
				j.err = err
			}
			return
		}
	}
}

func (s *Store) tellPublished(c models.Commit) {
	if len(c.Events)+len(c.Updates) > 0 { // repeats alone change nothing
		s.committed(c)
	}
}

// tryPublish commits all jobs in one transaction, or none.
func (s *Store) tryPublish(ctx context.Context, jobs []*publishJob) (models.Commit, error) {
	if !s.postgres() {
		return s.publishLite(ctx, jobs)
	}
	if len(againIn(jobs)) > 0 {
		return s.publishPostgres(ctx, jobs)
	}
	commit, err := s.publishAtOnce(ctx, jobs)
	if isGuard(err) {
		return s.publishPostgres(ctx, jobs)
	}
	return commit, err
}

// againIn lists the stored events that get placements once more, sorted.
func againIn(jobs []*publishJob) (events []uid) {
	for _, j := range jobs {
		for i := range j.in.Items {
			if item := &j.in.Items[i]; item.Again {
				events = append(events, uidOf(item.Event.ID))
			}
		}
	}
	slices.SortFunc(events, uid.compare)
	return slices.Compact(events)
}

// publishTx is one transaction of a database. Its methods are called in their
// order here, which is the order of locks.
type publishTx interface {
	// generations reads those of the tenants that live, and holds changes of them back.
	generations(tenants []uid) (map[uid]int64, error)
	// stored finds those of the events that are stored, and keeps them from being erased.
	stored(events []uid) (map[uid]bool, error)
	// claim takes keys, sorted, and finds those that were used before.
	claim(keys []keyUse) (map[keyID]keyUse, error)
	// insert stores the batch and tells the position before its first event.
	insert(b *publishBatch) (base int64, err error)
	// record writes an entry of the audit log.
	record(e *models.AuditEntry) error
}

// publishIn stores what the jobs bring, where none is refused.
func publishIn(tx publishTx, jobs []*publishJob) (c models.Commit, err error) {
	generations, err := tx.generations(tenantsOf(jobs))
	if err != nil {
		return c, err
	}
	if err := checkGenerations(jobs, generations); err != nil {
		return c, err
	}
	if err := checkStored(tx, jobs); err != nil {
		return c, err
	}
	used, err := tx.claim(keysOf(jobs))
	if err != nil {
		return c, err
	}
	if err := recordOf(tx, jobs); err != nil {
		return c, err
	}
	b, err := planPublish(jobs, used)
	if err != nil || len(b.events)+len(b.placements)+len(b.ordered) == 0 {
		return c, err
	}
	base, err := tx.insert(b)
	if err != nil {
		return c, err
	}
	return b.commit(base), nil
}

// recordOf writes the entries that go with the jobs, also where no webhook takes an
// event any more: it was asked for.
func recordOf(tx publishTx, jobs []*publishJob) error {
	for _, j := range jobs {
		if j.in.Audit == nil {
			continue
		}
		if err := tx.record(j.in.Audit); err != nil {
			return fmt.Errorf("write the audit log: %w", err)
		}
	}
	return nil
}

func tenantsOf(jobs []*publishJob) []uid {
	var tenants []uid
	for _, j := range jobs {
		for i := range j.in.Items {
			tenant := uidOf(j.in.Items[i].Event.TenantID)
			if n := len(tenants); n == 0 || tenants[n-1] != tenant { // most groups are of one tenant
				tenants = append(tenants, tenant)
			}
		}
	}
	slices.SortFunc(tenants, uid.compare)
	return slices.Compact(tenants)
}

func checkGenerations(jobs []*publishJob, generations map[uid]int64) (err error) {
	for _, j := range jobs {
		for i := range j.in.Items {
			tenant := j.in.Items[i].Event.TenantID
			generation, lives := generations[uidOf(tenant)]
			switch {
			case !lives:
				j.err = models.NotFound("tenant", tenant)
			case generation != j.in.Generations[tenant]:
				j.err = models.ErrStaleRoutes
			}
			if j.err != nil {
				err = errRefused
				break
			}
		}
	}
	return err
}

// checkStored refuses what is to be published again and was erased meanwhile.
func checkStored(tx publishTx, jobs []*publishJob) (err error) {
	again := againIn(jobs)
	if len(again) == 0 {
		return nil
	}
	stored, err := tx.stored(again)
	if err != nil || len(stored) == len(again) {
		return err
	}
	for _, j := range jobs {
		for i := range j.in.Items {
			if item := &j.in.Items[i]; item.Again && !stored[uidOf(item.Event.ID)] {
				j.err, err = models.NotFound("event", item.Event.ID), errRefused
				break
			}
		}
	}
	return err
}

// keyID is an idempotency key in its tenant.
type keyID struct {
	tenant uid
	key    string
}

func (k keyID) compare(other keyID) int {
	return cmp.Or(k.tenant.compare(other.tenant), cmp.Compare(k.key, other.key))
}

// keyUse is the first use of an idempotency key.
type keyUse struct {
	keyID
	fingerprint [32]byte
	event       *models.Event
}

func useOf(item *models.PublicationItem) keyUse {
	e := &item.Event
	return keyUse{keyID: keyID{tenant: uidOf(e.TenantID), key: e.IdempotencyKey}, fingerprint: item.Fingerprint, event: e}
}

// keysOf lists each key once, sorted, with the first item that bears it.
func keysOf(jobs []*publishJob) []keyUse {
	var keys []keyUse
	for _, j := range jobs {
		for i := range j.in.Items {
			if item := &j.in.Items[i]; item.Event.IdempotencyKey != "" && !item.Again {
				keys = append(keys, useOf(item))
			}
		}
	}
	slices.SortStableFunc(keys, func(a, b keyUse) int { return a.compare(b.keyID) })
	return slices.CompactFunc(keys, func(a, b keyUse) bool { return a.keyID == b.keyID })
}
