package models_test

import (
	"strconv"
	"strings"
	"testing"

	"carillon/models"
)

// checkField wants BAD_USER_INPUT about the field, or no error where it is empty.
func checkField(t *testing.T, field string, err error) {
	t.Helper()
	if field == "" {
		if err != nil {
			t.Errorf("want no error, got %v", err)
		}
		return
	}
	if models.CodeOf(err) != models.CodeBadUserInput || !strings.HasPrefix(err.Error(), field+": ") {
		t.Errorf("want BAD_USER_INPUT about %s, got %v", field, err)
	}
}

func TestCursorsRoundTrip(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"1", "a", "ä\x00\xff", strings.Repeat("long", 100)} {
		got, err := models.DecodeCursor("after", models.EncodeCursor(key))
		if err != nil || got != key {
			t.Errorf("%q came back as %q, %v", key, got, err)
		}
	}
	if seq, err := models.DecodeSeqCursor("after", models.EncodeCursor("9223372036854775807")); err != nil || seq != 1<<63-1 {
		t.Errorf("got %d, %v", seq, err)
	}
	id := models.NewID(models.PrefixDelivery)
	if got, err := models.DecodeIDCursor("after", models.PrefixDelivery, models.EncodeCursor(id.String())); err != nil || got != id {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestCursorsOfOtherListsAreRefused(t *testing.T) {
	t.Parallel()
	id := models.NewID(models.PrefixDelivery)
	for _, cursor := range []string{"", "x", "====", "YzE6", "bm90IG91cnM", models.EncodeCursor(""), id.String(), "0", strings.Repeat("A", 1<<20)} {
		_, err := models.DecodeCursor("after", cursor)
		checkField(t, "after", err)
	}
	for _, key := range []string{id.String(), "-1", "1.5", "9223372036854775808", "0x1", " 1"} {
		_, err := models.DecodeSeqCursor("after", models.EncodeCursor(key))
		checkField(t, "after", err)
	}
	for _, key := range []string{"1", models.NewID(models.PrefixEvent).String(), "dlv_", id.String() + "0"} {
		_, err := models.DecodeIDCursor("after", models.PrefixDelivery, models.EncodeCursor(key))
		checkField(t, "after", err)
	}
}

func FuzzCursors(f *testing.F) {
	f.Add("")
	f.Add(models.EncodeCursor("1"))
	f.Add(models.EncodeCursor("dlv_01h455vb4pex5vsknk084sn02q"))
	f.Fuzz(func(t *testing.T, cursor string) {
		key, err := models.DecodeCursor("after", cursor)
		if err == nil {
			if again, err := models.DecodeCursor("after", models.EncodeCursor(key)); err != nil || again != key {
				t.Fatalf("%q came back as %q, %v", key, again, err)
			}
		}
		if seq, err := models.DecodeSeqCursor("after", cursor); err == nil {
			if n, err := strconv.ParseInt(key, 10, 64); err != nil || n != seq || n < 0 {
				t.Fatalf("%q was read as position %d", key, seq)
			}
		}
		if id, err := models.DecodeIDCursor("after", models.PrefixDelivery, cursor); err == nil && id.String() != key {
			t.Fatalf("%q was read as %q", key, id)
		}
	})
}
