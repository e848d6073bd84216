package wire

import (
	"errors"
	"io"
	"sync"
)

// Buffers that have grown beyond keptBuffer are left to the collector, so that
// one large request does not stay in memory.
const keptBuffer = 256 << 10

// bufferPool lends buffers.
type bufferPool struct{ free sync.Pool }

// buffer is a byte slice that is used again.
type buffer struct {
	b    []byte
	pool *bufferPool
}

func (p *bufferPool) take() *buffer {
	if buf, ok := p.free.Get().(*buffer); ok {
		buf.b = buf.b[:0]
		return buf
	}
	return &buffer{b: make([]byte, 0, 4<<10), pool: p}
}

func (buf *buffer) release() {
	if cap(buf.b) <= keptBuffer {
		buf.pool.free.Put(buf)
	}
}

// fill appends all of from. It makes room as bytes arrive, so that a length
// that is only announced takes no memory.
func (buf *buffer) fill(from io.Reader, announced int64) error {
	for {
		if len(buf.b) == cap(buf.b) {
			buf.grow(announced)
		}
		n, err := from.Read(buf.b[len(buf.b):cap(buf.b)])
		buf.b = buf.b[:len(buf.b)+n]
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// grow makes room: twice as much, or for all that is announced once half of it
// is there.
func (buf *buffer) grow(announced int64) {
	room := 2 * cap(buf.b)
	if announced >= int64(len(buf.b)) && announced < int64(room) {
		room = int(announced) + 1 // the end is seen without another round
	}
	grown := make([]byte, len(buf.b), room)
	copy(grown, buf.b)
	buf.b = grown
}
