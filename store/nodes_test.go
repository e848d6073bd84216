package store_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"carillon/models"
	"carillon/testkit"
)

// A node that comes is agreed upon once each of the others has counted it.
func TestNodesAreCounted(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.Postgres(t))
	a, b, c := uuid.New(), uuid.New(), uuid.New()
	beat := func(node models.NodeID, at time.Duration, live int, agreed bool) {
		t.Helper()
		now := r.now.Add(at)
		n, all, err := r.Beat(t.Context(), node, now, now.Add(20*time.Second))
		if err != nil || n != live || all != agreed {
			t.Errorf("counted %d, agreed %t, %v; want %d, %t", n, all, err, live, agreed)
		}
	}
	beat(a, 0, 1, true)
	beat(b, 0, 2, false)
	beat(a, 0, 2, true)
	beat(b, 0, 2, true)
	beat(c, 0, 3, false)
	beat(a, 0, 3, false)
	beat(c, 0, 3, false)
	beat(b, 0, 3, true)
	beat(c, 0, 3, true)
	must(t, r.Leave(t.Context(), b))
	beat(a, 0, 2, true)
	beat(a, 21*time.Second, 1, true) // c says nothing any more
}

func TestOnSQLiteThereIsOneNode(t *testing.T) {
	t.Parallel()
	r := newRoom(t, testkit.SQLite(t))
	for range 2 {
		if n, agreed, err := r.Beat(t.Context(), uuid.New(), r.now, r.now.Add(time.Second)); err != nil || n != 1 || !agreed {
			t.Errorf("counted %d, agreed %t, %v", n, agreed, err)
		}
	}
	must(t, r.Leave(t.Context(), uuid.New()))
}
