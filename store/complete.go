package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"carillon/models"
)

type completeJob = job[models.Completion, []bool]

// Complete records a message: the attempt of each delivery in it and the state
// that the delivery passes into, where the lease still is the owner's; of those
// where it is not, held is false and nothing is recorded. A delivery that was
// canceled during the attempt keeps its state: only the attempt is recorded, and
// held is true. Concurrent completions share transactions.
//
// A message also counts, once, for the health of its channel, which may disable it.
func (s *Store) Complete(ctx context.Context, c models.Completion) (held []bool, err error) {
	if held, err = s.complete(ctx, c); err != nil {
		return nil, fmt.Errorf("complete: %w", err)
	}
	return held, nil
}

func (s *Store) complete(ctx context.Context, c models.Completion) (held []bool, err error) {
	if s.postgres() {
		return s.completions.do(ctx, c)
	}
	j := &completeJob{in: c}
	if _, err := s.lites.do(ctx, liteJob{complete: j}); err != nil {
		return nil, err
	}
	return j.out, j.err
}

func completionSize(c *models.Completion) (rows, bytes int) {
	for i := range c.Parts {
		a := &c.Parts[i].Attempt
		if i > 0 && a.RequestID == c.Parts[0].Attempt.RequestID {
			break // the first one bears the content
		}
		bytes += len(a.RequestBody)
		if a.ResponseBody != nil {
			bytes += len(*a.ResponseBody)
		}
	}
	return len(c.Parts), bytes
}

// commitCompletions answers every job.
func (s *Store) commitCompletions(ctx context.Context, jobs []*completeJob) {
	s.attemptsOrder.Lock()
	defer s.attemptsOrder.Unlock()
	s.completeGroup(ctx, jobs)
}

func (s *Store) completeGroup(ctx context.Context, jobs []*completeJob) {
	var commit models.Commit
	err := s.retryDeadlocks(ctx, func() (err error) {
		commit, err = s.tryComplete(ctx, jobs)
		return err
	})
	switch {
	case err == nil:
		s.tellCompleted(commit)
	case len(jobs) > 1 && isRefusal(err):
		for i := range jobs { // one of them is at fault: let it fail alone
			s.completeGroup(ctx, jobs[i:i+1])
		}
	default:
		for _, j := range jobs {
			j.out, j.err = nil, err
		}
	}
}

func (s *Store) tellCompleted(c models.Commit) {
	if len(c.Attempts) > 0 { // lost leases alone change nothing
		s.committed(c)
	}
}

func (s *Store) tryComplete(ctx context.Context, jobs []*completeJob) (models.Commit, error) {
	if !s.postgres() {
		return s.completeLite(ctx, jobs)
	}
	if allSucceeded(jobs) {
		commit, err := s.completeAtOnce(ctx, jobs)
		if !isGuard(err) {
			return commit, err
		}
	}
	return s.completePostgres(ctx, jobs)
}

// allSucceeded is the usual case, in which nothing is to be decided.
func allSucceeded(jobs []*completeJob) bool {
	return !slices.ContainsFunc(jobs, func(j *completeJob) bool {
		return !countsAsSuccess(j) || j.in.Hold != nil || len(j.in.Suppress) > 0 || slices.ContainsFunc(j.in.Parts, func(p models.CompletionPart) bool {
			return !p.Delivery.Status.Final() || p.Attempt.Status != models.AttemptSucceeded
		})
	})
}

// countsAsSuccess judges a message by its first attempt, whose outcome it shares
// with the others.
func countsAsSuccess(j *completeJob) bool {
	return j.in.Parts[0].Attempt.Status == models.AttemptSucceeded && j.in.DisableChannel == ""
}

// completeTx is one transaction of a database. Its methods are called in their
// order here, which is the order of locks.
type completeTx interface {
	// leases locks the queue's rows of the deliveries.
	leases(deliveries []uid) (map[uid]lease, error)
	// canceled locks those of the deliveries that were canceled.
	canceled(deliveries []uid) (map[uid]models.Delivery, error)
	// health locks the channels.
	health(channels []uid) (map[uid]*channelHealth, error)
	// record stores the plan and tells the position before its first attempt.
	record(p *completePlan) (base int64, err error)
}

// lease is a row of the queue as a completion finds it.
type lease struct {
	owner      uid
	orderedRow // entity is empty where none is ordered
}

// completeIn finds out which jobs still hold their leases, and records those.
func completeIn(tx completeTx, jobs []*completeJob) (c models.Commit, err error) {
	var ids []uid
	for _, j := range jobs {
		for i := range j.in.Parts {
			ids = append(ids, uidOf(j.in.Parts[i].Delivery.ID))
		}
	}
	slices.SortFunc(ids, uid.compare)
	ids = slices.Compact(ids)
	leases, err := tx.leases(ids)
	if err != nil {
		return c, err
	}
	var canceled map[uid]models.Delivery
	if missing := slices.DeleteFunc(ids, func(id uid) bool { _, queued := leases[id]; return queued }); len(missing) > 0 {
		if canceled, err = tx.canceled(missing); err != nil {
			return c, err
		}
	}
	p := planComplete(jobs, leases, canceled)
	if len(p.attempts) == 0 {
		return c, nil
	}
	if p.unheld {
		return c, errTryAgain
	}
	if err := p.judge(tx); err != nil {
		return c, err
	}
	base, err := tx.record(p)
	if err != nil {
		return c, err
	}
	return p.commit(base), nil
}

// orderedIn lists the channels of the jobs whose entities are ordered.
func orderedIn(jobs []*completeJob) (channels []uid) {
	for _, j := range jobs {
		if j.in.Ordered {
			channels = append(channels, channelOf(j))
		}
	}
	return channels
}

// completeAll is the plan where every lease is taken to be held.
func completeAll(jobs []*completeJob) (*completePlan, error) {
	leases := make(map[uid]lease, len(jobs))
	parts := 0
	for _, j := range jobs {
		parts += len(j.in.Parts)
		for i := range j.in.Parts {
			leases[uidOf(j.in.Parts[i].Delivery.ID)] = lease{owner: uid(j.in.Owner)}
		}
	}
	p := planComplete(jobs, leases, nil)
	if len(p.attempts) < parts {
		return nil, errNotAll
	}
	return p, nil
}

var errNotAll = errors.New("a delivery is completed twice")
