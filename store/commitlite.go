package store

import (
	"context"

	"carillon/models"
)

// liteJob is a publication or a completion: SQLite has one writer, so that both
// had better share its transactions.
type liteJob struct {
	publish  *publishJob
	complete *completeJob
}

func liteJobSize(j *liteJob) (rows, bytes int) {
	if j.publish != nil {
		return publicationSize(&j.publish.in)
	}
	return completionSize(&j.complete.in)
}

// commitLite answers every job.
func (s *Store) commitLite(ctx context.Context, jobs []*job[liteJob, struct{}]) {
	var publishes []*publishJob
	var completes []*completeJob
	for _, j := range jobs {
		if j.in.publish != nil {
			publishes = append(publishes, j.in.publish)
		} else {
			completes = append(completes, j.in.complete)
		}
	}
	if len(publishes) > 0 && len(completes) > 0 && s.commitTogether(ctx, publishes, completes) {
		return
	}
	if len(publishes) > 0 {
		s.commitPublications(ctx, publishes)
	}
	if len(completes) > 0 {
		s.commitCompletions(ctx, completes)
	}
}

// commitTogether commits all in one transaction; it is false where anything
// stands in the way, and then nothing was stored.
func (s *Store) commitTogether(ctx context.Context, publishes []*publishJob, completes []*completeJob) bool {
	s.eventsOrder.Lock()
	defer s.eventsOrder.Unlock()
	s.attemptsOrder.Lock()
	defer s.attemptsOrder.Unlock()
	var published, completed models.Commit
	err := s.liteTx(ctx, func(l *lite) (err error) {
		if published, err = publishIn(litePublish{l}, publishes); err != nil {
			return err
		}
		completed, err = completeIn(liteComplete{l}, completes)
		return err
	})
	if err != nil {
		for _, j := range publishes {
			j.err = nil // each is tried anew
		}
		return false
	}
	s.tellPublished(published)
	s.tellCompleted(completed)
	return true
}
