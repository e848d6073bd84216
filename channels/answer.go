package channels

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"carillon/models"
)

// Bounds of what is read and kept of an answer.
const (
	// maxAnswerRead leaves room behind what is kept for a secret that begins within it.
	maxAnswerRead = models.MaxResponseBody + models.MaxHeaderValue*6
	// maxAnswerRest is how much more is read and dropped to keep a connection for the next message.
	maxAnswerRest = 256 << 10

	maxKeptHeaders      = 64
	maxKeptHeaderValue  = 2 << 10
	maxKeptHeadersBytes = 16 << 10
)

// readBody returns what is kept of the body. An error means that the part that
// is kept could not be read to its end.
func (h *HTTP) readBody(body io.Reader, m *mask) (string, error) {
	buffer := h.buffers.Get().(*[]byte)
	defer h.buffers.Put(buffer)
	limit := min(models.MaxResponseBody+1+m.longest, maxAnswerRead)
	n, err := fill(body, (*buffer)[:limit])
	read := (*buffer)[:n]
	m.hide(read)
	text := cleanText(read, models.MaxResponseBody)
	if errors.Is(err, io.EOF) {
		return text, nil
	}
	if err == nil {
		// What follows is not kept; a failure there costs the connection alone.
		_, _ = io.CopyN(io.Discard, body, maxAnswerRest)
	}
	return text, err
}

// fill reads until p is full or r fails; unlike io.ReadFull it keeps an end
// that came as announced (io.EOF) apart from one that came too early.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var got int
		got, err = r.Read(p[n:])
		n += got
	}
	return n, err
}

// cleanText makes text of what a stranger sent: valid UTF-8 without NUL, which
// PostgreSQL cannot store, of at most limit bytes.
func cleanText(b []byte, limit int) string {
	if len(b) > limit {
		b = trimRune(b[:limit])
	}
	if utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return string(b)
	}
	text := strings.ReplaceAll(strings.ToValidUTF8(string(b), "\ufffd"), "\x00", "\ufffd")
	if len(text) <= limit {
		return text
	}
	return string(trimRune([]byte(text[:limit])))
}

// cleanString is cleanText for what is a string already.
func cleanString(s string, limit int) string {
	if len(s) <= limit && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return cleanText([]byte(s), limit)
}

// trimRune drops a character that the end of b cuts in two.
func trimRune(b []byte) []byte {
	for back := 1; back <= min(utf8.UTFMax-1, len(b)); back++ {
		if c := b[len(b)-back]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-back:]) {
				return b[:len(b)-back]
			}
			break
		}
	}
	return b
}

// recordHeaders lists an answer's headers by name, bounded in number and size.
func (e *endpoint) recordHeaders(header http.Header) []models.Header {
	names := make([]string, 0, len(header))
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	kept := make([]models.Header, 0, len(names))
	size := 0
	for _, name := range names {
		for _, value := range header[name] {
			value = cleanString(e.mask.text(value), maxKeptHeaderValue)
			size += len(name) + len(value)
			if len(kept) == maxKeptHeaders || size > maxKeptHeadersBytes {
				return kept
			}
			kept = append(kept, models.Header{Name: name, Value: value})
		}
	}
	return kept
}
