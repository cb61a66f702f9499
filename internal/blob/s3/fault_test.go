package s3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cargogate/internal/blob"
	"cargogate/internal/blob/s3"
)

// A fault spoils one request: it answers in its own way, with the true server at hand.
type fault func(w http.ResponseWriter, r *http.Request, server http.Handler)

func busy(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
}

func internalError(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	http.Error(w, "not even XML", http.StatusInternalServerError)
}

func conflict(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	http.Error(w, "<Error><Code>ConditionalRequestConflict</Code></Error>", http.StatusConflict)
}

// reset ends the connection before anything happened.
func reset(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// lost does what was asked and ends the connection instead of answering.
func lost(_ http.ResponseWriter, r *http.Request, server http.Handler) {
	server.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// half answers with half of the body and ends the connection.
func half(w http.ResponseWriter, r *http.Request, server http.Handler) {
	rec := httptest.NewRecorder()
	server.ServeHTTP(rec, r)
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// stalled takes the request and never answers.
func stalled(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// proxy puts faults before a server: the first requests of a method meet them in turn, the others the server.
type proxy struct {
	server http.Handler
	method string
	mu     sync.Mutex
	faults []fault
	stored atomic.Int64 // PUTs that the server answered with success
	asked  atomic.Int64 // requests of the method
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var f fault
	if r.Method == p.method {
		p.asked.Add(1)
		p.mu.Lock()
		if len(p.faults) > 0 {
			f, p.faults = p.faults[0], p.faults[1:]
		}
		p.mu.Unlock()
	}
	server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		p.server.ServeHTTP(rec, r)
		if r.Method == http.MethodPut && rec.status == http.StatusOK {
			p.stored.Add(1)
		}
	})
	if f == nil {
		server.ServeHTTP(w, r)
		return
	}
	f(w, r, server)
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// through gives a store whose requests of one method meet faults.
func through(t *testing.T, method string, change func(*s3.Config), faults ...fault) (*s3.Store, *proxy) {
	t.Helper()
	p := &proxy{server: fake(t), method: method, faults: faults}
	cfg := config(t, serve(t, p))
	if change != nil {
		change(&cfg)
	}
	return open(t, cfg), p
}

func read(t *testing.T, s blob.Store, key string) ([]byte, error) {
	t.Helper()
	r, err := s.Open(t.Context(), key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
}

// TestPutOutlivesFaults: whatever happens on the way, there is one object, stored once, and Put says so.
func TestPutOutlivesFaults(t *testing.T) {
	data := bytes.Repeat([]byte("UNB+UNOC:3'"), 300_000)
	for name, faults := range map[string][]fault{
		"busy":            {busy, busy, busy},
		"internal error":  {internalError},
		"conflict":        {conflict, conflict},
		"reset":           {reset, reset},
		"answer lost":     {lost},
		"lost twice":      {lost, lost},
		"all":             {busy, reset, lost, internalError, lost},
		"stalled":         {stalled},
		"lost and a head": {lost, busy},
	} {
		t.Run(name, func(t *testing.T) {
			s, p := through(t, http.MethodPut, func(c *s3.Config) { c.IdleTimeout = 200 * time.Millisecond }, faults...)
			o := put(t, s, "k", data)
			if o.SHA256 != sha256.Sum256(data) || o.Size != int64(len(data)) {
				t.Errorf("Put gives %+v", o)
			}
			if got, err := read(t, s, "k"); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes are there, %v", len(got), err)
			}
			if n := p.stored.Load(); n != 1 {
				t.Errorf("%d objects were stored", n)
			}
			if n := p.asked.Load(); n < int64(len(faults)) || n > int64(len(faults))+1 {
				t.Errorf("%d requests, for %d faults", n, len(faults))
			}
		})
	}
}

// TestLostAnswerOfAnother: the answer is lost, and what is there is another's.
func TestLostAnswerOfAnother(t *testing.T) {
	s, _ := through(t, http.MethodPut, nil)
	put(t, s, "k", []byte("one"))
	s2, _ := through(t, http.MethodPut, nil, reset, busy)
	put(t, s2, "k", []byte("one"))
	if _, err := s2.Put(t.Context(), "k", strings.NewReader("two"), 10); !errors.Is(err, blob.ErrExists) {
		t.Errorf("error %v, want ErrExists", err)
	}
}

func TestGivesUp(t *testing.T) {
	faults := make([]fault, 50)
	for i := range faults {
		faults[i] = busy
	}
	s, p := through(t, http.MethodPut, func(c *s3.Config) { c.Attempts = 4 }, faults...)
	_, err := s.Put(t.Context(), "a/key", strings.NewReader("x"), 10)
	for _, want := range []string{"put", `"a/key"`, `"` + bucket + `"`, "SlowDown", "4 attempts"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %s", err, want)
		}
	}
	if n := p.asked.Load(); n != 4 {
		t.Errorf("%d attempts, want 4", n)
	}
}

// TestNotRetried: what the server refuses is not asked again.
func TestNotRetried(t *testing.T) {
	denied := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
	}
	s, p := through(t, http.MethodPut, nil, denied, denied)
	_, err := s.Put(t.Context(), "k", strings.NewReader("x"), 10)
	if err == nil || !strings.Contains(err.Error(), "AccessDenied") || p.asked.Load() != 1 {
		t.Errorf("%d attempts, error %v", p.asked.Load(), err)
	}
}

// TestContextEndsRetries: neither a wait between attempts nor a server that says nothing outlasts ctx.
func TestContextEndsRetries(t *testing.T) {
	for name, f := range map[string]fault{"busy": busy, "stalled": stalled} {
		t.Run(name, func(t *testing.T) {
			s, _ := through(t, http.MethodPut, func(c *s3.Config) { c.Backoff, c.Attempts = time.Hour, 100 }, f, f, f)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := s.Put(ctx, "k", strings.NewReader("x"), 10)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 4*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	}
}

// TestSmallRequestsOutliveFaults: HEAD, LIST and DELETE are asked again, too.
func TestSmallRequestsOutliveFaults(t *testing.T) {
	quick := func(c *s3.Config) { c.Timeout = 200 * time.Millisecond }
	t.Run("head", func(t *testing.T) {
		s, _ := through(t, http.MethodHead, quick, busy, reset, stalled)
		put(t, s, "k", []byte("x"))
		if o, err := s.Head(t.Context(), "k"); err != nil || o.Size != 1 {
			t.Errorf("%+v, %v", o, err)
		}
	})
	t.Run("list", func(t *testing.T) {
		s, _ := through(t, http.MethodGet, quick, busy, half, stalled)
		put(t, s, "k", []byte("x"))
		if page, err := s.List(t.Context(), "", 10); err != nil || len(page) != 1 {
			t.Errorf("%+v, %v", page, err)
		}
	})
	t.Run("delete", func(t *testing.T) {
		s, _ := through(t, http.MethodDelete, quick, busy, lost, reset)
		put(t, s, "k", []byte("x"))
		if err := s.Delete(t.Context(), "k"); err != nil {
			t.Error(err)
		}
		if _, err := s.Head(t.Context(), "k"); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("after Delete: %v", err)
		}
	})
}

// TestReadOutlivesFaults: a body that breaks off is asked for again, block by block.
func TestReadOutlivesFaults(t *testing.T) {
	data := make([]byte, 9<<20+5)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	s, p := through(t, http.MethodGet, func(c *s3.Config) { c.IdleTimeout = 300 * time.Millisecond }, half, busy, reset, half, stalled)
	put(t, s, "k", data)
	got, err := read(t, s, "k")
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if n := p.asked.Load(); n != 10 { // 5 blocks and 5 faults
		t.Errorf("%d GETs, want 10", n)
	}
}

// TestReadNoticesChange: an object that is not the one that was opened is not read on.
func TestReadNoticesChange(t *testing.T) {
	for name, method := range map[string]string{"gone": "gone", "other": "other"} {
		t.Run(name, func(t *testing.T) {
			s, _ := through(t, http.MethodGet, nil)
			put(t, s, "k", bytes.Repeat([]byte("a"), 5<<20))
			r, err := s.Open(t.Context(), "k")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if _, err := r.ReadAt(make([]byte, 10), 0); err != nil {
				t.Fatal(err)
			}
			if err := s.Delete(t.Context(), "k"); err != nil {
				t.Fatal(err)
			}
			want := blob.ErrNotFound
			if method == "other" {
				put(t, s, "k", bytes.Repeat([]byte("b"), 5<<20))
				want = blob.ErrDigest // gofakes3 knows no If-Match, so that it is we who notice
			}
			if n, err := r.ReadAt(make([]byte, 10), 4<<20+100); !errors.Is(err, want) {
				t.Errorf("ReadAt gives %d, %v, want %v", n, err, want)
			}
		})
	}
}

// TestSlowServer: what merely takes long is waited for, though each answer takes longer than a connection may be idle.
func TestSlowServer(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request, server http.Handler) {
		rec := httptest.NewRecorder()
		server.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		for b := rec.Body.Bytes(); len(b) > 0; {
			n := min(len(b), 64<<10)
			_, _ = w.Write(b[:n])
			w.(http.Flusher).Flush()
			b = b[n:]
			time.Sleep(30 * time.Millisecond)
		}
	}
	s, p := through(t, http.MethodGet, func(c *s3.Config) { c.IdleTimeout = 250 * time.Millisecond }, slow)
	data := bytes.Repeat([]byte("0123456789"), 100_000) // 16 pieces, half a second
	put(t, s, "k", data)
	if got, err := read(t, s, "k"); err != nil || !bytes.Equal(got, data) || p.asked.Load() != 1 {
		t.Errorf("%d bytes in %d requests, %v", len(got), p.asked.Load(), err)
	}
}
