package store

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"carillon/models"
)

// insertAttempts draws the positions and appends in one statement.
const insertAttempts = `WITH head AS (
		UPDATE log_heads SET position = position + cardinality($1::uuid[]) WHERE name = 'attempts'
		RETURNING position
	), new AS (
		INSERT INTO attempts (id, tenant_id, delivery_id, event_id, event_type, webhook_id, channel_id, channel_kind,
			number, trigger_kind, status, request_id, target, request_headers, request_body,
			response_code, response_headers, response_body, error_code, error_message, error_retryable,
			started_at, latency, next_attempt_at, seq)
		SELECT w.id, w.tenant_id, w.delivery_id, w.event_id, w.event_type, w.webhook_id, w.channel_id, w.channel_kind,
			w.number, w.trigger_kind, w.status, w.request_id, w.target, w.request_headers, w.request_body,
			w.response_code, w.response_headers, w.response_body, w.error_code, w.error_message, w.error_retryable,
			w.started_at, w.latency, w.next_attempt_at, head.position - cardinality($1::uuid[]) + w.n
		FROM head, (SELECT generate_subscripts($1::uuid[], 1) AS n,
			unnest($1::uuid[]) AS id,
			unnest($2::uuid[]) AS tenant_id,
			unnest($3::uuid[]) AS delivery_id,
			unnest($4::uuid[]) AS event_id,
			unnest($5::text[]) AS event_type,
			unnest($6::uuid[]) AS webhook_id,
			unnest($7::uuid[]) AS channel_id,
			unnest($8::text[]) AS channel_kind,
			unnest($9::int[]) AS number,
			unnest($10::text[]) AS trigger_kind,
			unnest($11::text[]) AS status,
			unnest($12::uuid[]) AS request_id,
			unnest($13::text[]) AS target,
			unnest($14::text[]) AS request_headers,
			unnest($15::text[]) AS request_body,
			unnest($16::int[]) AS response_code,
			unnest($17::text[]) AS response_headers,
			unnest($18::text[]) AS response_body,
			unnest($19::text[]) AS error_code,
			unnest($20::text[]) AS error_message,
			unnest($21::bool[]) AS error_retryable,
			unnest($22::bigint[]) AS started_at,
			unnest($23::bigint[]) AS latency,
			unnest($24::bigint[]) AS next_attempt_at) w
	)
	SELECT position - cardinality($1::uuid[]) FROM head`

func queueAttempts(batch *pgx.Batch, list []*models.Attempt, base *int64) {
	batch.Queue(insertAttempts, attemptArrays(list)...).QueryRow(func(row pgx.Row) error {
		return row.Scan(base)
	})
}

func attemptArrays(list []*models.Attempt) []any {
	n, sent, got := len(list), 0, 0
	for _, a := range list {
		if !bearsContent(a) {
			continue
		}
		sent += len(a.RequestBody)
		if a.ResponseBody != nil {
			got += len(*a.ResponseBody)
		}
	}
	ids, tenants, deliveries, events, types := newUIDs(n), newUIDs(n), newUIDs(n), newUIDs(n), newTexts(n)
	webhooks, channels, kinds, numbers := newUIDs(n), newUIDs(n), newTexts(n), newInts(n)
	triggers, statuses, requests, targets := newTexts(n), newTexts(n), newUIDs(n), newArray(pgtype.TextOID, n, 64*n)
	headers, bodies := newArray(pgtype.TextOID, n, 512*n), newArray(pgtype.TextOID, n, sent)
	codes, gotHeaders, gotBodies := newInts(n), newArray(pgtype.TextOID, n, 256*n), newArray(pgtype.TextOID, n, got)
	errCodes, errTexts, retryable := newTexts(n), newTexts(n), newBools(n)
	started, latencies, nexts := newBigints(n), newBigints(n), newBigints(n)
	for _, a := range list {
		t := attemptTextOf(a)
		ids.uid(uidOf(a.ID))
		tenants.uid(uidOf(a.TenantID))
		deliveries.uid(uidOf(a.DeliveryID))
		events.uid(uidOf(a.EventID))
		types.text(a.EventType)
		webhooks.uid(uidOf(a.WebhookID))
		channels.uid(uidOf(a.ChannelID))
		kinds.text(string(a.ChannelKind))
		numbers.int(a.Number)
		triggers.text(string(a.Trigger))
		statuses.text(string(a.Status))
		requests.uid(uidOf(a.RequestID))
		targets.text(t.target)
		headers.text(t.requestHeaders)
		bodies.text(t.requestBody)
		codes.intPtr(a.ResponseCode)
		gotHeaders.textPtr(t.responseHeaders)
		gotBodies.textPtr(t.responseBody)
		errCodes.textPtr(t.errorCode)
		errTexts.textPtr(t.errorMessage)
		retryable.boolPtr(t.errorRetryable)
		started.bigint(micros(a.StartedAt))
		latencies.bigint(a.Latency.Microseconds())
		nexts.bigintPtr(microsPtr(a.NextAttemptAt))
	}
	return []any{ids, tenants, deliveries, events, types, webhooks, channels, kinds,
		numbers, triggers, statuses, requests, targets, headers, bodies,
		codes, gotHeaders, gotBodies, errCodes, errTexts, retryable, started, latencies, nexts}
}
