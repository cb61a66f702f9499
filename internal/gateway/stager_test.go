package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A chunkStore is a store of which chunks are staged by another function.
type chunkStore struct {
	Store
	stage func(rows *Rows) error
}

func (s chunkStore) Stage(_ context.Context, _ Fence, rows *Rows) error { return s.stage(rows) }

// A chunk that cannot be staged ends the reading with its error, a panic too, and nothing is staged behind it.
func TestReadStageFails(t *testing.T) {
	var many []string
	for i := range 8000 {
		many = append(many, fmt.Sprintf("BM:N%d", i))
	}
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		fail func() error
		at   int64 // chunk that fails
		is   func(error) bool
	}{
		{"first", func() error { return broken }, 1, func(err error) bool { return errors.Is(err, broken) }},
		{"middle", func() error { return ErrFenced }, 7, func(err error) bool { return errors.Is(err, ErrFenced) }},
		{"last", func() error { return broken }, 17, func(err error) bool { return errors.Is(err, broken) }},
		{"panic", func() error { panic("oh") }, 4, func(err error) bool { return err != nil && strings.Contains(err.Error(), "panic: oh") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, nil)
			var chunks, running atomic.Int64
			d.g.store = chunkStore{d.g.store, func(*Rows) error {
				if running.Add(1) > 1 {
					t.Error("two chunks at once")
				}
				defer running.Add(-1)
				time.Sleep(time.Millisecond)
				if chunks.Add(1) == c.at {
					return c.fail()
				}
				return nil
			}}
			r := d.accept("NORDKAI", one("1", "M1", "9", many...))
			_, err := d.g.read(t.Context(), r, Original{ReaderAt: bytes.NewReader(d.body[r.ID]), Size: r.Size})
			if !c.is(err) || chunks.Load() != c.at || len(d.store.indexed) > 0 {
				t.Errorf("%d chunks, %d ends, error %v", chunks.Load(), len(d.store.indexed), err)
			}
			if running.Load() > 0 {
				t.Error("the reading ended while a chunk was on its way")
			}
		})
	}
}
