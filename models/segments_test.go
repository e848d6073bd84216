package models_test

import (
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"carillon/models"
)

func TestSegments(t *testing.T) {
	t.Parallel()
	a, y := "a", "я"
	for _, row := range []struct {
		text     string
		n        int
		encoding models.TextEncoding
	}{
		{"", 0, models.EncodingGSM7},
		{a, 1, models.EncodingGSM7},
		{strings.Repeat(a, 160), 1, models.EncodingGSM7},
		{strings.Repeat(a, 161), 2, models.EncodingGSM7},
		{strings.Repeat(a, 306), 2, models.EncodingGSM7},
		{strings.Repeat(a, 307), 3, models.EncodingGSM7},
		{strings.Repeat(y, 70), 1, models.EncodingUCS2},
		{strings.Repeat(y, 71), 2, models.EncodingUCS2},
		{strings.Repeat(y, 134), 2, models.EncodingUCS2},
		{strings.Repeat(y, 135), 3, models.EncodingUCS2},
		// The extension characters count twice, and move whole to the next part.
		{strings.Repeat("€", 80), 1, models.EncodingGSM7},
		{strings.Repeat("€", 81), 2, models.EncodingGSM7},
		{strings.Repeat("€", 153), 3, models.EncodingGSM7}, // 76 fit into each part, not 76.5
		{strings.Repeat("^{}[]~\\|€\f", 8), 1, models.EncodingGSM7},
		{strings.Repeat("^{}[]~\\|€\f", 8) + a, 2, models.EncodingGSM7},
		{strings.Repeat(a, 152) + "€" + strings.Repeat(a, 152), 3, models.EncodingGSM7},
		// Emoji count two, and are never split.
		{strings.Repeat("😀", 35), 1, models.EncodingUCS2},
		{strings.Repeat("😀", 36), 2, models.EncodingUCS2},
		{strings.Repeat("😀", 67), 3, models.EncodingUCS2}, // 33 fit into each part, not 33.5
		// One character outside GSM-7 makes all of it UCS-2.
		{strings.Repeat(a, 69) + "😀", 2, models.EncodingUCS2},
		{strings.Repeat(a, 69) + "`", 1, models.EncodingUCS2},
		{"\x1b", 1, models.EncodingUCS2},
		{"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà", 1, models.EncodingGSM7},
	} {
		n, encoding := models.Segments(row.text)
		if n != row.n || encoding != row.encoding {
			t.Errorf("%.20q of %d: %d of %s, want %d of %s", row.text, utf8.RuneCountInString(row.text), n, encoding, row.n, row.encoding)
		}
	}
}

func TestSegmentOctets(t *testing.T) {
	t.Parallel()
	parts, encoding := models.SplitSegments("@$€à")
	if encoding != models.EncodingGSM7 || len(parts) != 1 || string(parts[0].Octets) != "\x00\x02\x1b\x65\x7f" {
		t.Errorf("GSM-7: %s %x", encoding, parts)
	}
	parts, encoding = models.SplitSegments("я😀")
	if encoding != models.EncodingUCS2 || len(parts) != 1 || string(parts[0].Octets) != "\x04\x4f\xd8\x3d\xde\x00" {
		t.Errorf("UCS-2: %s %x", encoding, parts)
	}
	parts, _ = models.SplitSegments(strings.Repeat("a", 152) + "€b")
	if len(parts) != 1 {
		t.Errorf("%d parts", len(parts))
	}
	parts, _ = models.SplitSegments(strings.Repeat("a", 152) + "€" + strings.Repeat("b", 10))
	if len(parts) != 2 || len(parts[0].Octets) != 152 || !strings.HasPrefix(parts[1].Text, "€b") || parts[1].Octets[0] != 0x1b {
		t.Errorf("an extension character was split: %q", parts)
	}
	if parts, _ = models.SplitSegments(""); parts != nil {
		t.Errorf("an empty text has %q", parts)
	}
}

func FuzzSegments(f *testing.F) {
	for _, seed := range []string{"", "a", strings.Repeat("€", 90), strings.Repeat("😀", 40), "\xff\xfe", strings.Repeat("a", 400) + "я"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, encoding := models.Segments(text)
		parts, of := models.SplitSegments(text)
		if len(parts) != n || of != encoding {
			t.Fatalf("counted %d of %s, cut %d of %s", n, encoding, len(parts), of)
		}
		var whole strings.Builder
		for _, p := range parts {
			whole.WriteString(p.Text)
			if len(p.Octets) == 0 {
				t.Fatal("an empty part")
			}
			if encoding == models.EncodingGSM7 {
				if limit := 160 - 7*min(n-1, 1); len(p.Octets) > limit {
					t.Fatalf("a part has %d septets", len(p.Octets))
				}
				if p.Octets[len(p.Octets)-1] == 0x1b {
					t.Fatal("a part ends with an escape")
				}
				continue
			}
			if limit := 140 - 6*min(n-1, 1); len(p.Octets) > limit {
				t.Fatalf("a part has %d octets", len(p.Octets))
			}
			units := make([]uint16, 0, 70)
			for i := 0; i < len(p.Octets); i += 2 {
				units = append(units, uint16(p.Octets[i])<<8|uint16(p.Octets[i+1]))
			}
			if got := string(utf16.Decode(units)); got != strings.ToValidUTF8(p.Text, "\ufffd") && utf8.ValidString(p.Text) {
				t.Fatalf("a part of %q reads %q", p.Text, got)
			}
		}
		if whole.String() != text {
			t.Fatalf("the parts make %q", whole.String())
		}
	})
}
