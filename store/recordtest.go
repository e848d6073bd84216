package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"carillon/models"
)

// RecordTest stores a test event with the deliveries and attempts that it made,
// all complete, in one transaction, and answers with their positions.
func (s *Store) RecordTest(ctx context.Context, run models.TestRun) (models.TestRun, error) {
	s.eventsOrder.Lock()
	defer s.eventsOrder.Unlock()
	s.attemptsOrder.Lock()
	defer s.attemptsOrder.Unlock()
	run.Attempts = slices.Clone(run.Attempts) // they are numbered
	t := testRows(&run)
	t.audit = models.AuditOf(ctx)
	err := s.retryDeadlocks(ctx, func() error {
		if s.postgres() {
			return s.recordTestPostgres(ctx, t)
		}
		return s.liteTx(ctx, t.insertLite)
	})
	if err != nil {
		return models.TestRun{}, fmt.Errorf("record a test: %w", err)
	}
	t.number()
	s.committed(models.Commit{Events: []models.Event{run.Event}, Attempts: slices.Clone(run.Attempts), Updates: run.Deliveries})
	return run, nil
}

// testRun is a TestRun on its way into the tables.
type testRun struct {
	event                   []*models.Event
	deliveries              []placed
	attempts                []*models.Attempt
	eventBase, attemptsBase int64
	audit                   *models.AuditEntry // nil for none
}

func testRows(run *models.TestRun) *testRun {
	t := &testRun{event: []*models.Event{&run.Event}}
	for i := range run.Deliveries {
		t.deliveries = append(t.deliveries, placed{Placement: &models.Placement{Delivery: run.Deliveries[i]}})
	}
	for i := range run.Attempts {
		t.attempts = append(t.attempts, &run.Attempts[i])
	}
	return t
}

func (t *testRun) number() {
	t.event[0].Seq = t.eventBase + 1
	for i, a := range t.attempts {
		a.Seq = t.attemptsBase + 1 + int64(i)
	}
}

func (s *Store) recordTestPostgres(ctx context.Context, t *testRun) error {
	batch := &pgx.Batch{}
	if len(t.deliveries) > 0 {
		batch.Queue(insertDeliveries, deliveryArrays(t.deliveries)...)
	}
	for _, keep := range keepTemplates(t.deliveries) {
		batch.Queue(keep.query, keep.args...)
	}
	queueEvents(batch, t.event, &t.eventBase)
	if len(t.attempts) > 0 {
		queueAttempts(batch, t.attempts, &t.attemptsBase)
	}
	if t.audit != nil {
		batch.Queue(insertAudit, auditArgs(t.audit)...)
	}
	return s.pool.SendBatch(ctx, batch).Close()
}

func (t *testRun) insertLite(l *lite) (err error) {
	for i := range t.deliveries {
		if err := l.insertDelivery(&t.deliveries[i].Delivery); err != nil {
			return err
		}
	}
	for _, keep := range keepTemplates(t.deliveries) {
		if _, err := l.exec(keep.query, keep.args...); err != nil {
			return err
		}
	}
	if t.audit != nil {
		if err := l.record(t.audit); err != nil {
			return err
		}
	}
	if t.eventBase, err = l.appendEvents(t.event); err != nil || len(t.attempts) == 0 {
		return err
	}
	t.attemptsBase, err = l.appendAttempts(t.attempts)
	return err
}
