package main

import "testing"

// message is what an endpoint gets of an event.
func message(entity, n string) []byte {
	return []byte(`{"id":"evt_01m7y0fskyf7sa1qz49qedwqhj","type":"bench.event","timestamp":"2026-11-21T02:55:48.646Z","version":"1",` +
		`"entityId":"entity-` + entity + `","data":{"n":` + n + `,"field0":"abc"}}`)
}

func TestNumbersOfAMessage(t *testing.T) {
	t.Parallel()
	body := message("482", "17")
	if e, n := entityOf(body), numberOf(body); e != 482 || n != 17 {
		t.Errorf("read entity %d, event %d", e, n)
	}
	if e, n := entityOf([]byte(`{}`)), numberOf([]byte(`{}`)); e != -1 || n != -1 {
		t.Errorf("of nothing read entity %d, event %d", e, n)
	}
}

func TestOrderCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		seen  [][]byte
		whole bool
	}{
		"in order":  {[][]byte{message("0", "1"), message("1", "1"), message("0", "2"), message("1", "2")}, true},
		"overtaken": {[][]byte{message("0", "2"), message("0", "1")}, false},
		"left out":  {[][]byte{message("0", "1"), message("0", "3")}, false},
		"twice":     {[][]byte{message("0", "1"), message("0", "1")}, false},
		"unknown":   {[][]byte{message("2", "1")}, false},
	} {
		check := newOrderCheck(2)
		for _, body := range test.seen {
			check.seen(body)
		}
		if whole := check.broken.Load() == nil; whole != test.whole {
			t.Errorf("%s: taken for whole: %t", name, whole)
		}
	}
}
