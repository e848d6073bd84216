package store

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// gated is a group whose commits wait for the test.
func gated(t *testing.T) (g *group[int, int], entered <-chan []int, open chan<- struct{}) {
	t.Helper()
	batches, gate := make(chan []int), make(chan struct{})
	g = newGroup(func(n *int) (rows, bytes int) { return *n, 0 }, func(_ context.Context, jobs []*job[int, int]) {
		var batch []int
		for _, j := range jobs {
			batch, j.out = append(batch, j.in), 2*j.in
		}
		batches <- batch
		<-gate
	})
	return g, batches, gate
}

func TestGroupTakesWhatWaits(t *testing.T) {
	t.Parallel()
	g, entered, open := gated(t)
	first := enter(t, g, 1)
	if batch := <-entered; len(batch) != 1 { // alone it does not wait for others
		t.Errorf("the first group is %v", batch)
	}
	jobs := []*job[int, int]{first}
	for _, n := range []int{groupRows - 1, 1, 1, 5 * groupRows} {
		jobs = append(jobs, enter(t, g, n))
	}
	open <- struct{}{}
	for _, want := range [][]int{{groupRows - 1, 1}, {1}, {5 * groupRows}} { // what is too large goes alone
		if batch := <-entered; !slices.Equal(batch, want) {
			t.Errorf("a group is %v, want %v", batch, want)
		}
		open <- struct{}{}
	}
	g.close()
	for _, j := range jobs {
		if <-j.done; j.out != 2*j.in {
			t.Errorf("%d was answered by %d", j.in, j.out)
		}
	}
}

func enter(t *testing.T, g *group[int, int], n int) *job[int, int] {
	t.Helper()
	j := &job[int, int]{in: n, done: make(chan struct{})}
	if !g.enqueue(j) {
		t.Fatal("the group is closed")
	}
	return j
}

func TestGroupDropsWhatNobodyWaitsFor(t *testing.T) {
	t.Parallel()
	g, entered, open := gated(t)
	enter(t, g, 1)
	<-entered
	left := enter(t, g, 2)
	left.gone.Store(true)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := g.do(ctx, 3); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that is gone got %v", err)
	}
	open <- struct{}{}
	g.close()
	select {
	case <-left.done:
		t.Error("it was committed for nobody")
	default:
	}
	if _, err := g.do(context.Background(), 4); !errors.Is(err, errClosed) {
		t.Errorf("a closed group gave %v", err)
	}
}
