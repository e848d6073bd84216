package models

// DeliverySteps are the legal changes of a delivery's status, in the order of its
// way. What a lease hides is a step too: a stored status changes by one step, or
// by two with DELIVERING between them.
func DeliverySteps() map[DeliveryStatus][]DeliveryStatus {
	again := []DeliveryStatus{DeliveryPending, DeliveryRetrying} // retried or recovered; PENDING where nothing was tried yet
	return map[DeliveryStatus][]DeliveryStatus{
		DeliveryPending:    {DeliveryDelivering, DeliveryCanceled},
		DeliveryDelivering: {DeliverySucceeded, DeliverySent, DeliveryRetrying, DeliveryFailed, DeliveryPending, DeliveryCanceled},
		DeliveryRetrying:   {DeliveryDelivering, DeliveryCanceled},
		DeliverySent:       {DeliverySucceeded, DeliveryRetrying, DeliveryFailed, DeliveryCanceled},
		DeliverySucceeded:  again,
		DeliveryFailed:     again,
		DeliveryCanceled:   again,
	}
}

// MayBecome says whether a step leads from one status to the other.
func (s DeliveryStatus) MayBecome(next DeliveryStatus) bool {
	for _, step := range DeliverySteps()[s] {
		if step == next {
			return true
		}
	}
	return false
}

// MayBeStored says whether a row with one status may come to have the other: as
// DELIVERING is not stored, such steps are one there.
func (s DeliveryStatus) MayBeStored(next DeliveryStatus) bool {
	return s == next || s.MayBecome(next) || s.MayBecome(DeliveryDelivering) && DeliveryDelivering.MayBecome(next)
}
