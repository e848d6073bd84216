package engine

import "time"

// agenda is a heap, for container/heap, of what is due at a time, the earliest first.
type agenda[T entry] []T

// entry knows when it is due, and its index in the agenda, so that it can be
// moved or taken out; once it is out, its index is nowhere.
type entry interface {
	when() time.Time
	index() *int
}

// nowhere is the index of what is in no agenda.
const nowhere = -2

// Len is the heap's.
func (a agenda[T]) Len() int { return len(a) }

// Less is the heap's.
func (a agenda[T]) Less(i, j int) bool { return a[i].when().Before(a[j].when()) }

// Swap is the heap's.
func (a agenda[T]) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	*a[i].index(), *a[j].index() = i, j
}

// Push is the heap's.
func (a *agenda[T]) Push(x any) {
	e := x.(T)
	*e.index() = len(*a)
	*a = append(*a, e)
}

// Pop is the heap's.
func (a *agenda[T]) Pop() any {
	old := *a
	e := old[len(old)-1]
	var none T
	old[len(old)-1] = none
	*a, *e.index() = old[:len(old)-1], nowhere
	return e
}
