package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"gorm.io/gorm"

	"carillon/models"
)

// scanner is a row of database/sql or of pgx.
type scanner interface {
	Scan(dest ...any) error
}

// collect reads all rows of a query that yields T.
func collect[T any](q *gorm.DB, scan func(scanner) (T, error)) ([]T, error) {
	rows, err := q.Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return collectRows(rows, scan)
}

func collectRows[T any](rows *sql.Rows, scan func(scanner) (T, error)) (out []T, err error) {
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, rows.Err()
}

// The columns that scanEvent reads, of a table called e.
const eventColumns = `e.id, e.seq, e.tenant_id, e.type, e.version, e.entity_id, e.tags, e.data,
	e.idempotency_key, e.happened_at, e.created_at, e.test, e.traceparent`

// events is a query of events, to be narrowed, ordered and limited; collect it by scanEvent.
func (s *Store) events(ctx context.Context) *gorm.DB {
	return s.read.WithContext(ctx).Table("events e").Select(eventColumns)
}

func scanEvent(row scanner) (e models.Event, err error) {
	var r eventRow
	if err := row.Scan(r.dest()...); err != nil {
		return e, fmt.Errorf("read event: %w", err)
	}
	return r.model()
}

type eventRow struct {
	id, tenant            uid
	seq                   int64
	kind, version, data   string
	entity, tags, idemKey *string
	trace                 *string
	happened, created     int64
	test                  bool
}

func (r *eventRow) dest() []any {
	return []any{&r.id, &r.seq, &r.tenant, &r.kind, &r.version, &r.entity, &r.tags, &r.data,
		&r.idemKey, &r.happened, &r.created, &r.test, &r.trace}
}

func (r *eventRow) model() (models.Event, error) {
	e := models.Event{
		ID: r.id.id(models.PrefixEvent), Seq: r.seq, TenantID: r.tenant.id(models.PrefixTenant),
		Type: r.kind, Version: r.version, EntityID: fromStringPtr(r.entity), Data: json.RawMessage(r.data),
		IdempotencyKey: fromStringPtr(r.idemKey), Timestamp: fromMicros(r.happened),
		CreatedAt: fromMicros(r.created), Test: r.test, Trace: models.Trace(fromStringPtr(r.trace)),
	}
	if r.tags != nil {
		if err := json.Unmarshal([]byte(*r.tags), &e.Tags); err != nil {
			return e, fmt.Errorf("read tags of event %s: %w", e.ID, err)
		}
	}
	return e, nil
}

// plainDeliveryColumns are those of the table itself, called d.
const plainDeliveryColumns = `d.id, d.tenant_id, d.event_id, d.event_type, d.webhook_id, d.channel_id, d.status,
	d.attempt_count, d.retry_base, d.created_at, d.completed_at, d.reason, d.test, d.progress,
	d.template_id, d.template_version`

// The columns that scanDelivery reads, of deliveries d LEFT JOIN queue q. The
// placeholder is the time at which a lease has run out or not.
const deliveryColumns = plainDeliveryColumns + `, q.due_at, (q.lease_owner IS NOT NULL AND q.due_at > ?), COALESCE(q.bulk, false)`

// parked is the due_at of a row that waits for another of its entity to go.
const parked = math.MaxInt64

// awaiting is the due_at of a row whose reports are awaited: nobody claims it.
const awaiting = parked - 1

// deliveries is a query of deliveries d, each with its row of the queue q if it
// has one; collect it by scanDelivery.
func (s *Store) deliveries(ctx context.Context) *gorm.DB {
	return s.read.WithContext(ctx).Table("deliveries d").Select(deliveryColumns, micros(s.cfg.Now())).
		Joins("LEFT JOIN queue q ON q.delivery_id = d.id")
}

func scanDelivery(row scanner) (models.Delivery, error) {
	var r deliveryRow
	if err := row.Scan(r.dest()...); err != nil {
		return models.Delivery{}, fmt.Errorf("read delivery: %w", err)
	}
	return r.model()
}

// scanPlainDelivery reads plainDeliveryColumns.
func scanPlainDelivery(row scanner) (models.Delivery, error) {
	var r deliveryRow
	if err := row.Scan(r.plainDest()...); err != nil {
		return models.Delivery{}, fmt.Errorf("read delivery: %w", err)
	}
	return r.model()
}

type deliveryRow struct {
	id, tenant, event, webhook, channel uid
	template                            uid
	templateVersion                     *int
	kind, status                        string
	attempts, base                      int
	created                             int64
	completed, due                      *int64
	reason, progress                    *string
	test, leased, bulk                  bool
}

func (r *deliveryRow) dest() []any { return append(r.plainDest(), &r.due, &r.leased, &r.bulk) }

func (r *deliveryRow) plainDest() []any {
	return []any{&r.id, &r.tenant, &r.event, &r.kind, &r.webhook, &r.channel, &r.status,
		&r.attempts, &r.base, &r.created, &r.completed, &r.reason, &r.test, &r.progress, &r.template, &r.templateVersion}
}

// model derives DELIVERING, which is not stored, from the lease. When a parked
// delivery goes out nobody can tell, and one that is awaited does not.
func (r *deliveryRow) model() (models.Delivery, error) {
	d := models.Delivery{
		ID: r.id.id(models.PrefixDelivery), TenantID: r.tenant.id(models.PrefixTenant),
		EventID: r.event.id(models.PrefixEvent), EventType: r.kind,
		WebhookID: r.webhook.id(models.PrefixWebhook), ChannelID: r.channel.id(models.PrefixChannel),
		Status: models.DeliveryStatus(r.status), AttemptCount: r.attempts, RetryBase: r.base,
		CreatedAt: fromMicros(r.created), CompletedAt: fromMicrosPtr(r.completed), Reason: r.reason, Test: r.test, Bulk: r.bulk,
	}
	switch {
	case r.leased:
		d.Status = models.DeliveryDelivering
	case r.due != nil && *r.due < awaiting:
		d.NextAttemptAt = fromMicrosPtr(r.due)
	}
	if r.templateVersion != nil {
		d.Template = models.TemplateRef{ID: r.template.id(models.PrefixTemplate), Version: *r.templateVersion}
	}
	if r.progress != nil {
		if err := json.Unmarshal([]byte(*r.progress), &d.Progress); err != nil {
			return d, fmt.Errorf("read progress of delivery %s: %w", d.ID, err)
		}
	}
	return d, nil
}

// The columns that scanAttempt reads, of a table called a.
const attemptColumns = `a.id, a.seq, a.tenant_id, a.delivery_id, a.event_id, a.event_type, a.webhook_id,
	a.channel_id, a.channel_kind, a.number, a.trigger_kind, a.status, a.request_id, a.target,
	a.request_headers, a.request_body, a.response_code, a.response_headers, a.response_body,
	a.error_code, a.error_message, a.error_retryable, a.started_at, a.latency, a.next_attempt_at`

// attempts is a query of attempts, to be narrowed, ordered and limited; collect it by scanAttempt.
func (s *Store) attempts(ctx context.Context) *gorm.DB {
	return s.read.WithContext(ctx).Table("attempts a").Select(attemptColumns)
}

func scanAttempt(row scanner) (models.Attempt, error) {
	var r attemptRow
	if err := row.Scan(r.dest()...); err != nil {
		return models.Attempt{}, fmt.Errorf("read attempt: %w", err)
	}
	return r.model()
}

type attemptRow struct {
	id, tenant, delivery, event, webhook, channel, request uid
	seq, started, latency                                  int64
	kind, channelKind, trigger, status, target             string
	number                                                 int
	reqHeaders, reqBody                                    string
	code                                                   *int
	resHeaders, resBody, errCode, errMessage               *string
	errRetryable                                           *bool
	next                                                   *int64
}

func (r *attemptRow) dest() []any {
	return []any{&r.id, &r.seq, &r.tenant, &r.delivery, &r.event, &r.kind, &r.webhook,
		&r.channel, &r.channelKind, &r.number, &r.trigger, &r.status, &r.request, &r.target,
		&r.reqHeaders, &r.reqBody, &r.code, &r.resHeaders, &r.resBody,
		&r.errCode, &r.errMessage, &r.errRetryable, &r.started, &r.latency, &r.next}
}

func (r *attemptRow) model() (models.Attempt, error) {
	a := models.Attempt{
		ID: r.id.id(models.PrefixAttempt), Seq: r.seq, TenantID: r.tenant.id(models.PrefixTenant),
		DeliveryID: r.delivery.id(models.PrefixDelivery), EventID: r.event.id(models.PrefixEvent), EventType: r.kind,
		WebhookID: r.webhook.id(models.PrefixWebhook), ChannelID: r.channel.id(models.PrefixChannel),
		ChannelKind: models.ChannelKind(r.channelKind), Number: r.number, Trigger: models.AttemptTrigger(r.trigger),
		Status: models.AttemptStatus(r.status), RequestID: r.request.id(models.PrefixAttempt), Target: r.target,
		RequestBody: r.reqBody, ResponseCode: r.code, ResponseBody: r.resBody,
		StartedAt: fromMicros(r.started), Latency: time.Duration(r.latency) * time.Microsecond,
		NextAttemptAt: fromMicrosPtr(r.next),
	}
	if r.errCode != nil {
		a.Error = &models.AttemptError{Code: models.AttemptErrorCode(*r.errCode), Message: fromStringPtr(r.errMessage),
			Retryable: r.errRetryable != nil && *r.errRetryable}
	}
	if err := json.Unmarshal([]byte(r.reqHeaders), &a.RequestHeaders); err != nil {
		return a, fmt.Errorf("read headers of attempt %s: %w", a.ID, err)
	}
	if r.resHeaders != nil {
		if err := json.Unmarshal([]byte(*r.resHeaders), &a.ResponseHeaders); err != nil {
			return a, fmt.Errorf("read headers of attempt %s: %w", a.ID, err)
		}
	}
	return a, nil
}
