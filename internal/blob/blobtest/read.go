package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"

	"cargogate/internal/blob"
)

func readRules() []Rule {
	return []Rule{
		{"ReadAtEdges", "ReadAt keeps io.ReaderAt's word at the beginning, the end and beyond.", readAtEdges, breakEdges},
		{"ReadAtAtOnce", "Several goroutines may read at once.", readAtAtOnce, breakReadAtAtOnce},
		{"Size", "A reader knows its size.", size, breakSize},
		{"OutlivesContext", "A reader works on after the ctx that it was opened with.", outlives, breakOutlives},
		{"Head", "Head tells key, size, digest and time.", head, breakHead},
		{"NotFound", "Open and Head of what is not there are ErrNotFound, at once.", notFound, breakNotFound},
	}
}

func readAtEdges(t T, s blob.Store) {
	for i, n := range []int{10, 256 << 10, 5<<20 + 3} {
		key, data := fmt.Sprintf("k%d", i), body(n, uint64(n))
		put(t, s, key, data)
		r := open(t, s, key)
		for _, c := range []struct {
			off    int64
			length int
		}{
			{0, 1}, {0, n}, {0, n + 1}, {1, n - 1}, {1, n}, {int64(n) - 1, 1}, {int64(n) - 1, 2}, {int64(n), 1}, {int64(n) + 1, 1},
			{int64(n) + 1<<40, 5}, {int64(n) / 2, n / 3}, {int64(n) / 2, n}, {0, 0}, {3, 0},
		} {
			want := data[min(c.off, int64(n)):min(c.off+int64(c.length), int64(n))]
			p := make([]byte, c.length)
			got, err := r.ReadAt(p, c.off)
			// At the very end both nil and io.EOF are right; short of what was asked for, nil is not.
			if got != len(want) || !bytes.Equal(p[:got], want) || got < c.length && err != io.EOF ||
				got == c.length && err != nil && (err != io.EOF || c.off+int64(c.length) < int64(n)) {
				t.Errorf("of %d bytes, ReadAt of %d at %d gives %d, %v, want %d", n, c.length, c.off, got, err, len(want))
			}
		}
		if got, err := r.ReadAt(make([]byte, 1), -1); err == nil || err == io.EOF || got != 0 {
			t.Errorf("ReadAt at -1 gives %d, %v", got, err)
		}
		closeReader(t, r)
		if got, err := r.ReadAt(make([]byte, 1), 0); err == nil || err == io.EOF {
			t.Errorf("ReadAt after Close gives %d, %v", got, err)
		}
	}
}

func readAtAtOnce(t T, s blob.Store) {
	data := body(9<<20+11, 1)
	put(t, s, "k", data)
	r := open(t, s, "k")
	defer closeReader(t, r)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(g)))
			for range 30 {
				off := rng.IntN(len(data))
				p := make([]byte, 1+rng.IntN(100_000))
				n, err := r.ReadAt(p, int64(off))
				want := data[off:min(off+len(p), len(data))]
				if err != nil && err != io.EOF || !bytes.Equal(p[:n], want) {
					t.Errorf("ReadAt of %d at %d gives %d bytes, error %v, or other bytes", len(p), off, n, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func size(t T, s blob.Store) {
	for i, n := range []int{0, 1, 300 << 10, 3 << 20} {
		key := fmt.Sprintf("k%d", i)
		put(t, s, key, body(n, 1))
		r := open(t, s, key)
		if r.Size() != int64(n) {
			t.Errorf("Size is %d, want %d", r.Size(), n)
		}
		closeReader(t, r)
	}
}

func outlives(t T, s blob.Store) {
	data := body(300<<10, 1)
	put(t, s, "k", data)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := s.Open(ctx, "k")
	cancel()
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer closeReader(t, r)
	p := make([]byte, len(data))
	if n, err := r.ReadAt(p, 0); err != nil && err != io.EOF || !bytes.Equal(p[:n], data) {
		t.Errorf("ReadAt after the ctx of Open gives %d bytes, error %v", n, err)
	}
}

func head(t T, s blob.Store) {
	for i, n := range []int{0, 1, 3 << 20} {
		key, data := fmt.Sprintf("a/k%d", i), body(n, uint64(n))
		put(t, s, key, data)
		o, err := s.Head(t.Context(), key)
		if err != nil || o.Key != key || o.Size != int64(n) || o.SHA256 != sha256.Sum256(data) {
			t.Errorf("Head of %q, %d bytes with digest %x, gives %+v, %v", key, n, sha256.Sum256(data), o, err)
		}
		wantTime(t, "Head", o.Modified)
	}
}

func notFound(t T, s blob.Store) {
	put(t, s, "a/b", []byte("x"))
	put(t, s, "0199a3b4-77c1", []byte("x"))
	for _, key := range []string{"a", "b", "a/bb", "a/b/c", "A/B", "0199a3b4-77c", "0199a3b4-77c11", "0199a", "0199a/3b/0199a3b4-77c1"} {
		if r, err := s.Open(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
			if err == nil {
				closeReader(t, r)
			}
			t.Errorf("Open %q gives error %v, want ErrNotFound", key, err)
		} else if !mentions(err, key) {
			t.Errorf("Open %q gives error %q, which does not name the key", key, err)
		}
		if _, err := s.Head(t.Context(), key); !errors.Is(err, blob.ErrNotFound) || !mentions(err, key) {
			t.Errorf("Head %q gives error %v, want ErrNotFound with the key", key, err)
		}
	}
}
