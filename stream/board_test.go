package stream_test

import (
	"context"
	"errors"
	"testing"

	"carillon/stream"
)

func TestBoardShowsWhatIsPosted(t *testing.T) {
	t.Parallel()
	b := stream.NewBoard[entry](0)
	t.Cleanup(b.Close)
	if b.Watched() {
		t.Error("watched by nobody")
	}
	b.Post([]entry{{Seq: 1}}) // nobody listens
	all, err := b.Subscribe(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !b.Watched() {
		t.Error("not watched by a subscriber")
	}
	odd, err := b.Subscribe(t.Context(), func(e *entry) bool { return e.Odd })
	if err != nil {
		t.Fatal(err)
	}
	b.Post([]entry{{Seq: 7}, {Seq: 3, Odd: true}})
	b.Post(nil)
	b.Post([]entry{{Seq: 5, Odd: true}})
	expect(t, all, 7, 3, 5)
	expect(t, odd, 3, 5)
}

func TestBoardClosesSlowReaders(t *testing.T) {
	t.Parallel()
	b := stream.NewBoard[entry](5)
	t.Cleanup(b.Close)
	slow, err := b.Subscribe(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		b.Post([]entry{{Seq: int64(i)}})
	}
	expectEnd(t, slow, stream.ErrSlow)
	again, err := b.Subscribe(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	b.Post([]entry{{Seq: 99}})
	expect(t, again, 99)
}

func TestBoardEndsWithContextAndClose(t *testing.T) {
	t.Parallel()
	b := stream.NewBoard[entry](0)
	ctx, cancel := context.WithCancel(t.Context())
	first, err := b.Subscribe(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.Subscribe(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	expectEnd(t, first, context.Canceled)
	b.Close()
	b.Close()
	expectEnd(t, second, stream.ErrStopped)
	b.Post([]entry{{Seq: 1}})
	if _, err := b.Subscribe(t.Context(), nil); !errors.Is(err, stream.ErrStopped) {
		t.Errorf("Subscribe after Close: %v", err)
	}
	if _, err := b.Subscribe(ctx, nil); err == nil {
		t.Error("subscribing with an ended context went well")
	}
}
