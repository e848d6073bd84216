package templates

import "iter"

// maxRange bounds {{ range 10 }}.
const maxRange = 10_000

// items is what a range with one variable or none goes over.
func items(f *frame, place int, v any) (any, error) {
	r, at, err := f.begin(place)
	if err != nil {
		return nil, err
	}
	switch t := plain(v).(type) {
	case nil, *missing:
		return []any(nil), nil
	case *list:
		return t.values(), nil
	case object:
		if err := r.spend(entrySize * len(t.names())); err != nil {
			return nil, r.place(at, err)
		}
		values := make([]any, 0, len(t.names()))
		for _, name := range t.names() {
			value, _ := t.field(name)
			values = append(values, value)
		}
		return values, nil
	case number:
		n, ok := t.whole(maxRange)
		if !ok {
			return nil, r.fail(at, "range goes over 0 to %d at most", maxRange)
		}
		return n, nil
	default:
		return nil, r.fail(at, "range needs a list or an object; %s is %s", at.source, kindOf(t))
	}
}

// pairs is what a range with two variables goes over: an object's names come in
// the order as published.
func pairs(f *frame, place int, v any) (any, error) {
	o, ok := plain(v).(object)
	if !ok {
		over, err := items(f, place, v)
		if n, ok := over.(int); ok {
			numbers := make([]any, n)
			for i := range n {
				numbers[i] = i
			}
			return numbers, nil
		}
		return over, err
	}
	if _, _, err := f.begin(place); err != nil {
		return nil, err
	}
	var seq iter.Seq2[string, any] = func(yield func(string, any) bool) {
		for _, name := range o.names() {
			value, _ := o.field(name)
			if !yield(name, value) {
				return
			}
		}
	}
	return seq, nil
}

// tick stands at the head of every range body.
func tick(f *frame) (bool, error) { return false, f.run.step(1) }
