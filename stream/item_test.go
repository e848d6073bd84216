package stream_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"carillon/stream"
)

func TestReadersWithAnEqualKeyShare(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		item := &stream.Item[entry]{Value: entry{Seq: 7}}
		var made atomic.Int64
		gate := make(chan struct{})
		produce := func(context.Context) (int64, bool) {
			<-gate
			return made.Add(1), true
		}
		var readers sync.WaitGroup
		for n := range 100 {
			readers.Go(func() {
				v, ok := stream.Once(t.Context(), item, n%2, produce)
				if !ok || v < 1 || v > 2 {
					t.Errorf("got %d, %v", v, ok)
				}
			})
		}
		synctest.Wait()
		close(gate)
		readers.Wait()
		if n := made.Load(); n != 2 {
			t.Errorf("made %d times for two keys", n)
		}
	})
}

func TestWhatIsNotForOthersIsMadeByEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		item := &stream.Item[entry]{}
		gate := make(chan struct{})
		var made atomic.Int64
		var readers sync.WaitGroup
		for n := range 10 {
			readers.Go(func() {
				v, ok := stream.Once(t.Context(), item, "key", func(context.Context) (int, bool) {
					<-gate
					made.Add(1)
					return n, false
				})
				if !ok || v != n {
					t.Errorf("%d got %d, %v", n, v, ok)
				}
			})
		}
		synctest.Wait()
		close(gate)
		readers.Wait()
		if n := made.Load(); n != 10 {
			t.Errorf("made %d times for 10 readers", n)
		}
	})
}

func TestAReaderNeedNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		item := &stream.Item[entry]{}
		gate, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			stream.Once(t.Context(), item, "key", func(context.Context) (int, bool) { <-gate; return 1, true })
		}()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if v, ok := stream.Once(ctx, item, "key", func(context.Context) (int, bool) { return 2, true }); ok || v != 0 {
			t.Errorf("got %d, %v while the first makes it", v, ok)
		}
		close(gate)
		<-done
	})
}

// Who makes it for all may leave: only when the last has left it is given up.
func TestTheMakerMayLeave(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			item := &stream.Item[entry]{}
			gate := make(chan struct{})
			ctx, leave := context.WithCancel(t.Context())
			var making sync.WaitGroup
			making.Go(func() {
				stream.Once(ctx, item, "key", func(ctx context.Context) (error, bool) {
					select {
					case <-gate:
					case <-ctx.Done():
					}
					return ctx.Err(), ctx.Err() == nil
				})
			})
			synctest.Wait()
			waiting, stop := context.WithCancel(t.Context())
			defer stop()
			own := false
			making.Go(func() {
				err, ok := stream.Once(waiting, item, "key", func(context.Context) (error, bool) { own = true; return nil, true })
				if ok == alone || err != nil {
					t.Errorf("alone %v: %v, %v", alone, err, ok)
				}
			})
			synctest.Wait()
			leave()
			if alone {
				stop()
			}
			synctest.Wait()
			if !alone {
				close(gate)
			}
			making.Wait() // for ever, if nobody tells the maker to give up
			if own {
				t.Errorf("alone %v: it was made twice", alone)
			}
		})
	}
}

func TestAPanicIsItsMakersAlone(t *testing.T) {
	t.Parallel()
	item := &stream.Item[entry]{}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was lost")
			}
		}()
		stream.Once(t.Context(), item, "key", func(context.Context) (int, bool) { panic("it broke") })
	}()
	if v, ok := stream.Once(t.Context(), item, "key", func(context.Context) (int, bool) { return 3, true }); !ok || v != 3 {
		t.Errorf("got %d, %v", v, ok)
	}
}

func TestWhatIsKeptBesideAnItemIsBounded(t *testing.T) {
	t.Parallel()
	item, made := &stream.Item[entry]{}, 0
	for range 2 {
		for key := range 100 {
			v, ok := stream.Once(t.Context(), item, key, func(context.Context) (int, bool) { made++; return key, true })
			if !ok || v != key {
				t.Fatalf("key %d got %d, %v", key, v, ok)
			}
		}
	}
	if made <= 100 || made >= 200 {
		t.Errorf("made %d times; most keys are to be kept, and not all", made)
	}
}

func TestSubscribersGetTheSameItem(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(17)
	hub := running(t, l, 0)
	one, other := subscribe(t, hub, stream.Options[entry]{}), subscribe(t, hub, stream.Options[entry]{})
	resumed := subscribe(t, hub, stream.Options[entry]{After: at(0), History: l.history(everything)})
	for seq := int64(1); ; seq++ { // until the one that reads history has come to its end
		hub.Feed(l.commit(1, r))
		first, second, third := <-one.C(), <-other.C(), <-resumed.C()
		if first != second || first.Value.Seq != seq || third.Value.Seq != seq {
			t.Fatalf("at %d: got %v, %v and %v", seq, first, second, third)
		}
		if third == first {
			return
		}
	}
}

func TestEndAndAfterEnd(t *testing.T) {
	t.Parallel()
	l, r := &memoryLog{}, random(18)
	hub := running(t, l, 0)
	reason := errors.New("no more for you")
	ended, kept := subscribe(t, hub, stream.Options[entry]{}), subscribe(t, hub, stream.Options[entry]{})
	called := make(chan string, 2)
	ended.AfterEnd(func() { called <- "ended" })
	ended.End(reason)
	ended.End(errors.New("another reason"))
	expectEnd(t, ended, reason)
	left := subscribe(t, hub, stream.Options[entry]{})
	left.End(reason)
	<-called
	left.AfterEnd(func() { called <- "left" })
	if name := <-called; name != "left" {
		t.Errorf("%s came twice", name)
	}
	hub.Feed(l.commit(1, r))
	expect(t, kept, 1)
}
