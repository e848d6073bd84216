package app

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestClockFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	ahead := time.Hour
	c := newClock(time.Now, quiet())
	c.read = func(context.Context) (time.Time, error) { return time.Now().Add(ahead), nil }
	if off := time.Until(c.Now()).Abs(); off > time.Second {
		t.Errorf("before the first look it is %v off the machine's time", off)
	}
	near := func(want time.Duration) {
		t.Helper()
		if err := c.sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if off := (time.Until(c.Now()) - want).Abs(); off > time.Second {
			t.Errorf("%v off %v ahead", off, want)
		}
	}
	near(time.Hour)
	ahead = -time.Hour
	near(-time.Hour)
	if c.Now().Location() != time.UTC {
		t.Error("not in UTC")
	}
}

func TestClockDoesNotTremble(t *testing.T) {
	t.Parallel()
	c := newClock(time.Now, quiet())
	before := c.mark.Load()
	c.read = func(context.Context) (time.Time, error) { return c.Now().Add(500 * time.Microsecond), nil }
	if err := c.sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c.mark.Load() != before {
		t.Error("it was set for less than a look can tell")
	}
}

func TestClockGoesOnWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	c := newClock(time.Now, quiet())
	c.read = func(context.Context) (time.Time, error) { return time.Now().Add(time.Hour), nil }
	if err := c.sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.read = func(context.Context) (time.Time, error) { return time.Time{}, errors.New("gone") }
	if err := c.sync(t.Context()); err == nil {
		t.Error("the failure was swallowed")
	}
	if off := (time.Until(c.Now()) - time.Hour).Abs(); off > time.Second {
		t.Errorf("%v off", off)
	}
	first := c.Now()
	if second := c.Now(); second.Before(first) {
		t.Error("it ran backwards")
	}
}

func TestClockWakes(t *testing.T) {
	t.Parallel()
	c := newClock(time.Now, quiet())
	wake, _ := c.Until(c.Now().Add(time.Millisecond))
	<-wake
	_, cancel := c.Until(c.Now().Add(time.Hour))
	if !cancel() {
		t.Error("it had gone off already")
	}
}
