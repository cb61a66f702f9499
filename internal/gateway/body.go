package gateway

import (
	"errors"
	"hash"
	"io"
	"sync"

	"cargogate/internal/transport"
)

// bodySizes are the buffers that a body is read into: one is taken when the smaller one is full, so that a thousand slow
// senders of small files do not hold a thousand large buffers. The last has room for one byte more than is kept inline.
var bodySizes = [...]int{16 << 10, 64 << 10, MaxInline + 1}

var bodyPools [len(bodySizes)]sync.Pool

// An intakeBody is a body on its way in, or the head of a large one. Its memory is pooled and counted.
type intakeBody struct {
	p     *pressure
	buf   *[]byte // nil before fill and after free
	class int
}

func (b *intakeBody) bytes() []byte {
	if b.buf == nil {
		return nil
	}
	return *b.buf
}

// grow takes the next larger buffer, or the smallest that holds want bytes, with what was read so far.
func (b *intakeBody) grow(want int64) error {
	class := 0
	if b.buf != nil {
		class = b.class + 1
	}
	for class < len(bodySizes)-1 && int64(bodySizes[class]) <= want {
		class++
	}
	if !b.p.reserve(int64(bodySizes[class])) {
		return &transport.BusyError{Reason: "spool", RetryAfter: retrySpool}
	}
	next, ok := bodyPools[class].Get().(*[]byte)
	if !ok {
		next = new([]byte)
		*next = make([]byte, 0, bodySizes[class])
	}
	*next = append((*next)[:0], b.bytes()...)
	b.free()
	b.buf, b.class = next, class
	return nil
}

// free gives the memory back.
func (b *intakeBody) free() {
	if b.buf == nil {
		return
	}
	bodyPools[b.class].Put(b.buf)
	b.p.release(int64(bodySizes[b.class]))
	b.buf = nil
}

// fill reads a body of size bytes, -1 where unknown, to its end, or until it is too large to be kept inline: then large
// is set, and what was read is the head of it.
func (b *intakeBody) fill(r io.Reader, size int64) (large bool, err error) {
	for {
		if b.buf == nil || len(*b.buf) == cap(*b.buf) {
			if err := b.grow(size); err != nil {
				return false, err
			}
		}
		buf := *b.buf
		n, err := r.Read(buf[len(buf):cap(buf)])
		*b.buf = buf[:len(buf)+n]
		switch {
		case len(*b.buf) > MaxInline:
			if err != nil && !errors.Is(err, io.EOF) {
				return false, err
			}
			return true, nil
		case errors.Is(err, io.EOF):
			return false, nil
		case err != nil:
			return false, err
		}
	}
}

// A countedBody counts and hashes what is read, and keeps the error that its own reader gave.
type countedBody struct {
	r   io.Reader
	sum hash.Hash
	n   int64
	err error
}

// Read reads on.
func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.sum.Write(p[:n])
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}
