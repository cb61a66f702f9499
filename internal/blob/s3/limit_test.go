package s3

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cargogate/internal/blob"
)

// TestTooLargeForOnePut: what one PutObject does not take is refused before anything is sent.
func TestTooLargeForOnePut(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s %s", r.Method, r.URL) }))
	t.Cleanup(srv.Close)
	s, err := New(Config{
		Endpoint: srv.URL, Region: "r", Bucket: "b", AccessKey: "a", SecretKey: "s", PathStyle: true, SpoolDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.maxObject != 5<<30 {
		t.Errorf("one object takes %d bytes", s.maxObject)
	}
	s.maxObject = 1000
	_, err = s.Put(t.Context(), "k", strings.NewReader(strings.Repeat("x", 1001)), 1<<40)
	if !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
}

// TestReaderIsBounded: however many read at once and wherever, a reader has no more than its blocks.
func TestReaderIsBounded(t *testing.T) {
	const size = 100 << 20
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"e"`)
		http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(count{}, 0, size))
	}))
	t.Cleanup(srv.Close)
	s, err := New(Config{
		Endpoint: srv.URL, Region: "r", Bucket: "b", AccessKey: "a", SecretKey: "s", PathStyle: true, SpoolDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := s.Open(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	r := opened.(*reader)
	done := make(chan error)
	const readers = 20
	for g := range readers {
		go func() {
			p := make([]byte, 3<<20)
			want := make([]byte, len(p))
			for i := range 4 {
				off := int64((g*37+i*11)%97) << 20
				_, _ = count{}.ReadAt(want, off)
				n, err := r.ReadAt(p, off)
				if err != nil || n != len(p) || string(p) != string(want) {
					done <- errors.Join(err, errors.New("short or wrong"))
					return
				}
			}
			done <- nil
		}()
	}
	for range readers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	total := 0
	for _, sl := range r.slots {
		total += len(sl.buf)
		if sl.users != 0 || sl.loading {
			t.Errorf("block %d has %d users after Close", sl.block, sl.users)
		}
	}
	if total > 16<<20 {
		t.Errorf("the reader has %d MiB", total>>20)
	}
}

// count is an endless file whose bytes tell their place.
type count struct{}

func (count) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		at := off + int64(i)
		p[i] = byte(at ^ at>>8 ^ at>>16 ^ at>>20)
	}
	return len(p), nil
}
