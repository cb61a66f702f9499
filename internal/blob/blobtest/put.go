package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing/iotest"
	"time"

	"cargogate/internal/blob"
)

var errBody = errors.New("the line broke")

func putRules() []Rule {
	return []Rule{
		{"RoundTrip", "The bytes that were put are the bytes that are read, of any size and however they come.",
			roundTrip, breakLastByte},
		{"EmptyBody", "An object may have no bytes.", emptyBody, breakEmpty},
		{"AtOnce", "As Put returns, the object is there for Open, Head and List.", atOnce, breakAtOnce},
		{"PutObject", "Put tells the key, the size, the digest and the time of what it stored.", putObject, breakPutObject},
		{"ReaderFails", "If the body fails, its error is returned and nothing is stored.", readerFails, breakReaderFails},
		{"BodyCutShort", "A body whose error merely wraps io.EOF failed: it has not ended.", bodyCutShort, breakCutShort},
		{"Cancelled", "If ctx is done while the body comes, its error is returned and nothing is stored.", cancelled, breakCancelled},
		{"MaxSize", "maxSize bytes are taken, one more is ErrTooLarge and nothing is stored.", maxSize, breakMaxSize},
		{"ConstantMemory", "100 MB are put and read in constant memory.", constantMemory, breakMemory},
	}
}

func roundTrip(t T, s blob.Store) {
	for i, n := range []int{1, 2, 511, 4096, 256<<10 - 1, 256 << 10, 256<<10 + 1, 1 << 20, 2<<20 - 1, 2 << 20, 2<<20 + 1, 5<<20 + 7} {
		data, key := body(n, uint64(n)), fmt.Sprintf("0199a3b4-77c1-7000-8000-%012d", i)
		put(t, s, key, data)
		wantBody(t, s, key, data)
	}
	data := body(70_000, 1)
	for name, r := range map[string]io.Reader{
		"half":    iotest.HalfReader(bytes.NewReader(data)),
		"dataerr": iotest.DataErrReader(bytes.NewReader(data)),
		"bytes":   iotest.OneByteReader(bytes.NewReader(data)),
	} {
		if _, err := s.Put(t.Context(), name, r, int64(len(data))); err != nil {
			t.Fatalf("Put from a reader of kind %q: %v", name, err)
		}
		wantBody(t, s, name, data)
	}
}

func emptyBody(t T, s blob.Store) {
	o := put(t, s, "empty", nil)
	if o.Size != 0 || o.SHA256 != sha256.Sum256(nil) {
		t.Errorf("Put gives %d bytes with digest %x", o.Size, o.SHA256)
	}
	wantBody(t, s, "empty", nil)
	put(t, s, "empty", nil)
	if _, err := s.Put(t.Context(), "empty0", bytes.NewReader(nil), 0); err != nil {
		t.Errorf("Put of nothing with maxSize 0: %v", err)
	}
	_, err := s.Put(t.Context(), "empty", bytes.NewReader([]byte("x")), plenty)
	wantErr(t, "Put of a byte over an empty object", err, blob.ErrExists)
}

func atOnce(t T, s blob.Store) {
	for i := range 5 {
		key, data := fmt.Sprintf("k%d", i), body(1000, uint64(i))
		put(t, s, key, data)
		wantBody(t, s, key, data)
		if _, err := s.Head(t.Context(), key); err != nil {
			t.Errorf("Head after Put: %v", err)
		}
		if page := list(t, s, "", 100); len(page) != i+1 {
			t.Errorf("List gives %d objects after %d were put", len(page), i+1)
		}
	}
}

func putObject(t T, s blob.Store) {
	data := body(3000, 1)
	for range 2 { // the repeat tells the same
		o := put(t, s, "a/b", data)
		if o.Key != "a/b" || o.Size != 3000 || o.SHA256 != sha256.Sum256(data) {
			t.Errorf("Put gives %q, %d bytes, digest %x", o.Key, o.Size, o.SHA256)
		}
		wantTime(t, "Put", o.Modified)
	}
}

// wantTime holds that a time is UTC and of about now: the store's clock is its own.
func wantTime(t T, what string, at time.Time) {
	t.Helper()
	if at.Location() != time.UTC {
		t.Errorf("%s gives a time in %v, not in UTC", what, at.Location())
	}
	if d := time.Since(at); d < -time.Hour || d > time.Hour {
		t.Errorf("%s gives %v as the time of what was stored just now", what, at)
	}
}

func readerFails(t T, s blob.Store) {
	for i, n := range []int{0, 1, 300 << 10, 3 << 20} {
		key := fmt.Sprintf("k%d", i)
		_, err := s.Put(t.Context(), key, io.MultiReader(bytes.NewReader(body(n, 1)), iotest.ErrReader(errBody)), plenty)
		wantErr(t, "Put of a body that fails", err, errBody)
		wantNothing(t, s, key)
		put(t, s, key, body(n+1, 2)) // and the key is free
	}
	// A repeat that fails harms nothing.
	data := body(1000, 3)
	put(t, s, "kept", data)
	_, err := s.Put(t.Context(), "kept", io.MultiReader(bytes.NewReader(data[:500]), iotest.ErrReader(errBody)), plenty)
	wantErr(t, "repeat of a body that fails", err, errBody)
	wantBody(t, s, "kept", data)
}

func bodyCutShort(t T, s blob.Store) {
	for _, end := range []error{io.ErrUnexpectedEOF, fmt.Errorf("the line broke: %w", io.EOF)} {
		_, err := s.Put(t.Context(), "k", io.MultiReader(bytes.NewReader(body(1000, 1)), iotest.ErrReader(end)), plenty)
		wantErr(t, "Put of a body that was cut short", err, end)
		wantNothing(t, s, "k")
	}
}

func cancelled(t T, s blob.Store) {
	for i, n := range []int{1, 3 << 20} {
		key := fmt.Sprintf("k%d", i)
		ctx, cancel := context.WithCancel(t.Context())
		// The body ends well after its sender has gone.
		r := io.MultiReader(bytes.NewReader(body(n, 1)), onRead{cancel}, bytes.NewReader(body(n, 2)))
		_, err := s.Put(ctx, key, r, plenty)
		cancel()
		wantErr(t, "Put with a ctx that ends", err, context.Canceled)
		wantNothing(t, s, key)
	}
}

// onRead is a body without bytes that calls f as it is read.
type onRead struct{ f func() }

func (o onRead) Read([]byte) (int, error) {
	o.f()
	return 0, io.EOF
}

func maxSize(t T, s blob.Store) {
	for i, n := range []int{0, 1, 4096, 256 << 10, 1 << 20} {
		fits, over := fmt.Sprintf("fits%d", i), fmt.Sprintf("over%d", i)
		data := body(n+1, uint64(n))
		if _, err := s.Put(t.Context(), fits, bytes.NewReader(data[:n]), int64(n)); err != nil {
			t.Errorf("Put of %d bytes with as many allowed: %v", n, err)
		}
		_, err := s.Put(t.Context(), over, bytes.NewReader(data), int64(n))
		wantErr(t, fmt.Sprintf("Put of %d bytes with one less allowed", n+1), err, blob.ErrTooLarge)
		wantNothing(t, s, over)
		// A repeat is bounded like a first.
		_, err = s.Put(t.Context(), fits, bytes.NewReader(data), int64(n))
		wantErr(t, "repeat that is too large", err, blob.ErrTooLarge)
		// Nobody is read to his end to find that he sends too much.
		endless := &counter{r: io.LimitReader(zeros{}, 64<<20)}
		_, err = s.Put(t.Context(), over, endless, int64(n))
		wantErr(t, "Put of very much", err, blob.ErrTooLarge)
		if endless.n > int64(n)+8<<20 {
			t.Errorf("with %d bytes allowed, %d were read", n, endless.n)
		}
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

const (
	largeBody   = 100_000_000
	largeMemory = 24 << 20 // above what was in use before
)

func constantMemory(t T, s blob.Store) {
	before := liveBytes()
	src := &watched{r: io.LimitReader(zeros{}, largeBody), before: before}
	h := sha256.New()
	o, err := s.Put(t.Context(), "large", io.TeeReader(src, h), largeBody)
	if err != nil {
		t.Fatalf("Put: %v", err)
	}
	if o.Size != largeBody || o.SHA256 != [32]byte(h.Sum(nil)) {
		t.Errorf("Put gives %d bytes, digest %x", o.Size, o.SHA256)
	}
	if src.peak > largeMemory {
		t.Errorf("Put took %d MiB of memory for a body of %d MB", src.peak>>20, largeBody/1_000_000)
	}
	r := open(t, s, "large")
	defer closeReader(t, r)
	back := &watched{r: io.NewSectionReader(r, 0, r.Size()), before: liveBytes()} // a fake server may hold the body
	h.Reset()
	n, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{back}, make([]byte, 256<<10))
	if err != nil || n != largeBody || [32]byte(h.Sum(nil)) != o.SHA256 {
		t.Errorf("reading gives %d bytes, digest %x, error %v", n, h.Sum(nil), err)
	}
	if back.peak > largeMemory {
		t.Errorf("reading took %d MiB of memory", back.peak>>20)
	}
}

// watched looks at the memory in use as it is read.
type watched struct {
	r            io.Reader
	before, peak int64
	n, next      int64
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.n += int64(n)
	if w.n >= w.next || err != nil {
		w.next = w.n + 10<<20
		w.peak = max(w.peak, liveBytes()-w.before)
	}
	return n, err
}

// liveBytes gives what is in use on the heap, without what nobody holds any more.
func liveBytes() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
