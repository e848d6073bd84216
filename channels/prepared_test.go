package channels

import (
	"errors"
	"sync/atomic"
	"testing"
)

func TestPreparedOnceAndForgotten(t *testing.T) {
	t.Parallel()
	var made atomic.Int32
	p := newPrepared(func(n *int) (*int, error) {
		made.Add(1)
		if *n < 0 {
			return nil, errors.New("below zero")
		}
		double := 2 * *n
		return &double, nil
	})
	first, bad := 21, -1
	for range 3 {
		if e, err := p.of(&first); err != nil || *e != 42 {
			t.Fatalf("got %v, %v", e, err)
		}
	}
	if made.Load() != 1 {
		t.Errorf("prepared %d times", made.Load())
	}
	for range 2 {
		if _, err := p.of(&bad); err == nil {
			t.Error("a failure was kept")
		}
	}
	made.Store(0)
	others := make([]int, 3*maxPrepared)
	for i := range others {
		_, _ = p.of(&others[i])
		_, _ = p.of(&first)
	}
	if n := made.Load(); n != int32(len(others)) {
		t.Errorf("prepared %d times: what is still used was forgotten", n)
	}
	if n := len(p.now) + len(p.old); n > 2*maxPrepared {
		t.Errorf("%d are kept", n)
	}
}
