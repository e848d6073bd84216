package models

import "unicode/utf16"

// TextEncoding is how a text message is written on the air.
type TextEncoding string

// The encodings of GSM 03.38.
const (
	EncodingGSM7 TextEncoding = "GSM-7"
	// EncodingUCS2 is what one character outside GSM-7 makes of a whole text.
	EncodingUCS2 TextEncoding = "UCS-2"
)

// Units of a text by itself, and of each part of a longer one, which gives up
// six octets to say where it belongs.
const (
	gsm7Alone, gsm7Part = 160, 153
	ucs2Alone, ucs2Part = 70, 67
)

// gsm7Basic is the default alphabet in the order of its codes; the escape to
// the extension table at 0x1b stands for no character.
const gsm7Basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// gsm7Escape announces a character of the extension table.
const gsm7Escape = 0x1b

// gsm7Extension are the characters that take two units: the escape and a code.
var gsm7Extension = map[rune]byte{
	'\f': 0x0a, '^': 0x14, '{': 0x28, '}': 0x29, '\\': 0x2f, '[': 0x3c, '~': 0x3d, ']': 0x3e, '|': 0x40, '€': 0x65,
}

// gsm7Code is a character's code, and whether the escape goes before it.
type gsm7Code struct {
	code     byte
	extended bool
}

var gsm7Codes = func() map[rune]gsm7Code {
	codes := make(map[rune]gsm7Code, 140)
	code := byte(0)
	for _, r := range gsm7Basic {
		if r != gsm7Escape {
			codes[r] = gsm7Code{code: code}
		}
		code++
	}
	for r, code := range gsm7Extension {
		codes[r] = gsm7Code{code: code, extended: true}
	}
	return codes
}()

// Segment is one part of a text message.
type Segment struct {
	Text   string
	Octets []byte // GSM-7 one code an octet, UCS-2 big-endian; without a header
}

// Segments tells how many parts a text takes, each of which is paid for, and in
// which encoding. An empty text takes none.
func Segments(text string) (n int, encoding TextEncoding) {
	if text == "" {
		return 0, EncodingGSM7
	}
	encoding, units := measure(text)
	alone, part := limits(encoding)
	if units <= alone {
		return 1, encoding
	}
	// A character of two units that would straddle a boundary moves to the next part.
	n, filled := 1, 0
	for _, r := range text {
		width := unitsOf(r, encoding)
		if filled+width > part {
			n, filled = n+1, 0
		}
		filled += width
	}
	return n, encoding
}

// SplitSegments cuts a text into the parts that Segments counts.
func SplitSegments(text string) ([]Segment, TextEncoding) {
	n, encoding := Segments(text)
	if n <= 1 {
		if n == 0 {
			return nil, encoding
		}
		return []Segment{{Text: text, Octets: encodeText(text, encoding)}}, encoding
	}
	_, part := limits(encoding)
	parts := make([]Segment, 0, n)
	start, filled := 0, 0
	cut := func(end int) {
		parts = append(parts, Segment{Text: text[start:end], Octets: encodeText(text[start:end], encoding)})
		start, filled = end, 0
	}
	for i, r := range text {
		width := unitsOf(r, encoding)
		if filled+width > part {
			cut(i)
		}
		filled += width
	}
	cut(len(text))
	return parts, encoding
}

// measure chooses the encoding, and counts the units that the text takes in it.
func measure(text string) (encoding TextEncoding, units int) {
	for _, r := range text {
		width := unitsOf(r, EncodingGSM7)
		if width == 0 {
			units = 0
			for _, r := range text {
				units += unitsOf(r, EncodingUCS2)
			}
			return EncodingUCS2, units
		}
		units += width
	}
	return EncodingGSM7, units
}

func limits(encoding TextEncoding) (alone, part int) {
	if encoding == EncodingUCS2 {
		return ucs2Alone, ucs2Part
	}
	return gsm7Alone, gsm7Part
}

// unitsOf is how much a character takes: septets of GSM-7, 0 for one that it
// lacks, or UTF-16 units.
func unitsOf(r rune, encoding TextEncoding) int {
	if encoding == EncodingUCS2 {
		return utf16.RuneLen(r)
	}
	if r >= 'a' && r <= 'z' || r == ' ' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return 1 // most characters, without a look-up
	}
	code, ok := gsm7Codes[r]
	switch {
	case !ok:
		return 0
	case code.extended:
		return 2
	}
	return 1
}

func encodeText(text string, encoding TextEncoding) []byte {
	octets := make([]byte, 0, 2*len(text))
	if encoding == EncodingUCS2 {
		for _, unit := range utf16.Encode([]rune(text)) {
			octets = append(octets, byte(unit>>8), byte(unit))
		}
		return octets
	}
	for _, r := range text {
		code := gsm7Codes[r]
		if code.extended {
			octets = append(octets, gsm7Escape)
		}
		octets = append(octets, code.code)
	}
	return octets
}
