package store

import "carillon/models"

// The version of a template that a delivery used first is the one that every
// retry uses: what is recorded of it stays. Deliveries without one, which are most,
// are completed by statements that do not know of templates.
const (
	updateTemplated = `UPDATE deliveries d
		SET status = w.status, attempt_count = w.attempt_count, retry_base = w.retry_base, completed_at = w.completed_at, reason = w.reason,
			template_id = COALESCE(d.template_id, w.template_id), template_version = COALESCE(d.template_version, w.template_version)
		FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::uuid[], $8::int[])
			AS w(id, status, attempt_count, retry_base, completed_at, reason, template_id, template_version)
		WHERE d.id = w.id`
	keepTemplate = `UPDATE deliveries SET template_id = $1, template_version = $2 WHERE id = $3 AND template_id IS NULL`
)

func templated(d *models.Delivery) bool { return !d.Template.ID.IsZero() }

// updateStates is the statement for PostgreSQL that stores the states.
func updateStates(states []models.Delivery) (query string, args []any) {
	args = stateArrays(states)
	some := false
	for i := range states {
		some = some || templated(&states[i])
	}
	if !some {
		return updateDeliveries, args
	}
	ids, versions := newUIDs(len(states)), newInts(len(states))
	for i := range states {
		d := &states[i]
		ids.uid(uidOf(d.Template.ID))
		if templated(d) {
			versions.int(d.Template.Version)
		} else {
			versions.null()
		}
	}
	return updateTemplated, append(args, ids, versions)
}

// keepTemplates are the statements for deliveries that are stored at their end.
func keepTemplates(deliveries []placed) (list []statement) {
	for i := range deliveries {
		if d := &deliveries[i].Delivery; templated(d) {
			list = append(list, statement{query: keepTemplate, args: []any{uidOf(d.Template.ID), d.Template.Version, uidOf(d.ID)}})
		}
	}
	return list
}
