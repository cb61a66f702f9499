package blobtest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"strings"

	"cargogate/internal/blob"
)

// plenty is a maxSize that does not matter.
const plenty = 1 << 30

// body makes n bytes that look like nothing else; seed tells bodies apart.
func body(n int, seed uint64) []byte {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	b := make([]byte, n)
	_, _ = rand.NewChaCha8(key).Read(b) // never fails
	return b
}

func put(t T, s blob.Store, key string, data []byte) blob.Object {
	t.Helper()
	o, err := s.Put(t.Context(), key, bytes.NewReader(data), plenty)
	if err != nil {
		t.Fatalf("Put %q of %d bytes: %v", key, len(data), err)
	}
	return o
}

func open(t T, s blob.Store, key string) blob.Reader {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatalf("Open %q: %v", key, err)
	}
	return r
}

func closeReader(t T, r io.Closer) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// wantBody holds what is stored under key against data.
func wantBody(t T, s blob.Store, key string, data []byte) {
	t.Helper()
	r := open(t, s, key)
	defer closeReader(t, r)
	got, err := io.ReadAll(io.NewSectionReader(r, 0, int64(len(data))+10))
	if err != nil {
		t.Fatalf("reading %q: %v", key, err)
	}
	if !bytes.Equal(got, data) {
		t.Fatalf("%q has %d bytes with digest %x, want %d with %x", key, len(got), sha256.Sum256(got), len(data), sha256.Sum256(data))
	}
}

// wantNothing holds that nothing is stored under key.
func wantNothing(t T, s blob.Store, key string) {
	t.Helper()
	if r, err := s.Open(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		if err == nil {
			closeReader(t, r)
		}
		t.Errorf("Open %q gives error %v, want ErrNotFound", key, err)
	}
	if o, err := s.Head(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("Head %q gives %+v and error %v, want ErrNotFound", key, o, err)
	}
	for _, o := range list(t, s, "", 1000) {
		if o.Key == key {
			t.Errorf("List gives %q", key)
		}
	}
}

func wantErr(t T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

func list(t T, s blob.Store, after string, limit int) []blob.Object {
	t.Helper()
	page, err := s.List(t.Context(), after, limit)
	if err != nil {
		t.Fatalf("List after %q: %v", after, err)
	}
	return page
}

// listAll turns pages of limit until there is an empty one.
func listAll(t T, s blob.Store, limit int) []string {
	t.Helper()
	var keys []string
	after := ""
	for range 10_000 {
		page := list(t, s, after, limit)
		if len(page) == 0 {
			return keys
		}
		if len(page) > limit {
			t.Fatalf("List gives %d objects, more than %d", len(page), limit)
		}
		for _, o := range page {
			keys = append(keys, o.Key)
		}
		after = page[len(page)-1].Key
	}
	t.Fatalf("List comes to no end; the first keys are %q", keys[:10])
	return nil
}

// counter counts what is read of a body, and whether its end was.
type counter struct {
	r     io.Reader
	n     int64
	ended bool
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.ended = c.ended || err == io.EOF
	return n, err
}

// mentions reports whether an error's text names a key.
func mentions(err error, key string) bool { return err != nil && strings.Contains(err.Error(), key) }
