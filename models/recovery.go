package models

import "time"

// Recovery is a bulk retry, done in the background: every delivery that its
// filter names and that had failed when it began is put back into the queue,
// behind what is fresh, its schedule begun anew.
type Recovery struct {
	ID          ID
	TenantID    ID // zero for one of an administrator, over all tenants
	Filter      DeliveryFilter
	Total       int
	Done        int // put back into the queue so far
	CreatedAt   time.Time
	CompletedAt *time.Time
	CanceledAt  *time.Time
}

// RecoveryStep asks for the next part of some recovery that nobody else works.
type RecoveryStep struct {
	Node  NodeID
	Now   time.Time
	Until time.Time // nobody else takes the recovery up before
	Limit int       // deliveries
}
