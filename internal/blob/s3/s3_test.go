package s3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"cargogate/internal/blob"
	"cargogate/internal/blob/blobtest"
	"cargogate/internal/blob/s3"
)

const bucket = "originals"

// fake gives a handler that is an S3 server with one bucket. It holds every body against the digest in its header, as a
// server does, and gofakes3 does not.
func fake(t *testing.T) http.Handler {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	inner := gofakes3.New(backend, gofakes3.WithLogger(gofakes3.DiscardLog())).Server()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut {
			inner.ServeHTTP(w, r)
			return
		}
		data, err := io.ReadAll(r.Body)
		sum := sha256.Sum256(data)
		if got := r.Header.Get("X-Amz-Checksum-Sha256"); err != nil || got != base64.StdEncoding.EncodeToString(sum[:]) ||
			r.Header.Get("X-Amz-Meta-Sha256") != hex.EncodeToString(sum[:]) {
			t.Errorf("%s %s: digest %q of %d bytes with %x, error %v", r.Method, r.URL, got, len(data), sum, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(data))
		inner.ServeHTTP(w, r)
	})
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // faults are made on purpose
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL
}

func config(t *testing.T, endpoint string) s3.Config {
	t.Helper()
	return s3.Config{
		Endpoint: endpoint, Region: "us-east-1", Bucket: bucket, AccessKey: "test", SecretKey: "testtesttest", PathStyle: true,
		SpoolDir: t.TempDir(), Backoff: time.Millisecond,
	}
}

func open(t *testing.T, cfg s3.Config) *s3.Store {
	t.Helper()
	s, err := s3.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left, err := os.ReadDir(cfg.SpoolDir); err != nil || len(left) > 0 {
			t.Errorf("left in the spool: %v, %v", left, err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	for _, c := range []struct{ name, prefix, suffix string }{{"plain", "", ""}, {"prefix and suffix", "gate/one", ","}} {
		t.Run(c.name, func(t *testing.T) {
			blobtest.Run(t, func(t *testing.T) blob.Store {
				cfg := config(t, serve(t, fake(t)))
				cfg.Prefix, cfg.Suffix = c.prefix, c.suffix
				return open(t, cfg)
			})
		})
	}
}

func put(t *testing.T, s blob.Store, key string, data []byte) blob.Object {
	t.Helper()
	o, err := s.Put(t.Context(), key, bytes.NewReader(data), 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestPrefixes shows that two prefixes in one bucket do not see one another, even if one begins like the other.
func TestPrefixes(t *testing.T) {
	url := serve(t, fake(t))
	var stores []*s3.Store
	for _, prefix := range []string{"", "a", "ab", "a/b"} {
		cfg := config(t, url)
		cfg.Prefix = prefix
		s := open(t, cfg)
		put(t, s, "k", []byte(prefix))
		stores = append(stores, s)
	}
	for i, want := range []int{4, 2, 1, 1} { // "a" has its own and, as key "b/k", that of "a/b"
		page, err := stores[i].List(t.Context(), "", 100)
		if err != nil || len(page) != want {
			t.Errorf("store %d lists %+v, %v, want %d", i, page, err, want)
		}
	}
}

func TestConfig(t *testing.T) {
	good := s3.Config{Region: "r", Bucket: "b", AccessKey: "a", SecretKey: "s", SpoolDir: t.TempDir()}
	if _, err := s3.New(good); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*s3.Config){
		"no region":              func(c *s3.Config) { c.Region = "" },
		"no bucket":              func(c *s3.Config) { c.Bucket = "" },
		"no access key":          func(c *s3.Config) { c.AccessKey = "" },
		"no secret key":          func(c *s3.Config) { c.SecretKey = "" },
		"no spool folder":        func(c *s3.Config) { c.SpoolDir = "" },
		"spool":                  func(c *s3.Config) { c.SpoolDir = empty },
		"holds a slash":          func(c *s3.Config) { c.Bucket = "a/b" },
		"no http or https URL":   func(c *s3.Config) { c.Endpoint = "s3.example.net" },
		"prefix \"/a\"":          func(c *s3.Config) { c.Prefix = "/a" },
		"suffix \"x\"":           func(c *s3.Config) { c.Suffix = "x" },
		"negative":               func(c *s3.Config) { c.Attempts = -1 },
		"certificates":           func(c *s3.Config) { c.CAFile = filepath.Join(t.TempDir(), "none.pem") },
		"empty.pem holds none":   func(c *s3.Config) { c.CAFile = empty },
		"endpoint \"http://\"":   func(c *s3.Config) { c.Endpoint = "http://" },
		"endpoint \"ftp://h/\"":  func(c *s3.Config) { c.Endpoint = "ftp://h/" },
		"no bucket is given\nno": func(c *s3.Config) { c.Bucket, c.AccessKey = "", "" },
	} {
		cfg := good
		change(&cfg)
		if _, err := s3.New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// TestCAFile shows that a server is trusted by the file, and not without.
func TestCAFile(t *testing.T) {
	srv := httptest.NewUnstartedServer(fake(t))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // of the client that does not trust it
	srv.StartTLS()
	t.Cleanup(srv.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config(t, srv.URL)
	cfg.CAFile, cfg.Attempts = file, 1
	s := open(t, cfg)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	put(t, s, "k", []byte("body"))
	cfg.CAFile = ""
	if err := open(t, cfg).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the file: %v", err)
	}
}

func TestCheckFindsFaults(t *testing.T) {
	url := serve(t, fake(t))
	cfg := config(t, url)
	cfg.Bucket = "another"
	if err := open(t, cfg).Check(t.Context()); err == nil || !strings.Contains(err.Error(), `"another"`) {
		t.Errorf("no bucket: %v", err)
	}
	inner := fake(t)
	overwrites := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("If-None-Match")
		inner.ServeHTTP(w, r)
	})
	s := open(t, config(t, serve(t, overwrites)))
	for range 2 { // every time
		if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "If-None-Match") {
			t.Errorf("a server that overwrites: %v", err)
		}
	}
	if page, err := s.List(t.Context(), "", 10); err != nil || len(page) > 0 {
		t.Errorf("left behind: %+v, %v", page, err)
	}
	readOnly := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
			return
		}
		inner.ServeHTTP(w, r)
	})
	if err := open(t, config(t, serve(t, readOnly))).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("a server that takes nothing: %v", err)
	}
}

// TestForeignDigest shows that an object which came another way has a digest all the same.
func TestForeignDigest(t *testing.T) {
	inner := fake(t)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			inner.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		inner.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			if !strings.EqualFold(k, "X-Amz-Meta-Sha256") {
				w.Header()[k] = v
			}
		}
		if strings.HasSuffix(r.URL.Path, "known") {
			sum := sha256.Sum256([]byte("known to the server"))
			w.Header().Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
		}
		if strings.HasSuffix(r.URL.Path, "parts") {
			w.Header().Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(make([]byte, 32)))
			w.Header().Set("X-Amz-Checksum-Type", "COMPOSITE")
		}
		if strings.HasSuffix(r.URL.Path, "differ") {
			w.Header().Set("X-Amz-Meta-Sha256", strings.Repeat("00", 32))
			w.Header().Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32)))
		}
		w.WriteHeader(rec.Code)
	})
	s := open(t, config(t, serve(t, h)))
	data := bytes.Repeat([]byte("0123456789abcdef"), 300_000)
	for key, want := range map[string][32]byte{
		"none": sha256.Sum256(data), "known": sha256.Sum256([]byte("known to the server")), "parts": sha256.Sum256(data),
	} {
		put(t, s, key, data)
		if o, err := s.Head(t.Context(), key); err != nil || o.SHA256 != want {
			t.Errorf("%s: digest %x, %v, want %x", key, o.SHA256, err, want)
		}
	}
	put(t, s, "differ", data)
	if _, err := s.Head(t.Context(), "differ"); !errors.Is(err, blob.ErrDigest) {
		t.Errorf("two digests that differ: %v", err)
	}
}

// TestForeignObjects shows that List passes over what is no object of ours, however much of it there is.
func TestForeignObjects(t *testing.T) {
	h := fake(t)
	url := serve(t, h)
	for i := range 30 {
		name := fmt.Sprintf("k.%%20%02d", i)
		req := httptest.NewRequest(http.MethodPut, "/"+bucket+"/"+name, strings.NewReader("x"))
		sum := sha256.Sum256([]byte("x"))
		req.Header.Set("Content-Length", "1")
		req.Header.Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
		req.Header.Set("X-Amz-Meta-Sha256", hex.EncodeToString(sum[:]))
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if rec.Code != http.StatusOK {
			t.Fatal(rec.Code, rec.Body)
		}
	}
	s := open(t, config(t, url))
	put(t, s, "a", []byte("x"))
	put(t, s, "k.0", []byte("x"))
	page, err := s.List(t.Context(), "", 2)
	if err != nil || len(page) != 2 || page[0].Key != "a" || page[1].Key != "k.0" {
		t.Errorf("List gives %+v, %v", page, err)
	}
}

func TestSpoolGone(t *testing.T) {
	cfg := config(t, serve(t, fake(t)))
	cfg.SpoolDir = filepath.Join(cfg.SpoolDir, "spool")
	s, err := s3.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(cfg.SpoolDir); err != nil {
		t.Fatal(err)
	}
	_, err = s.Put(context.Background(), "k", strings.NewReader("x"), 10)
	if err == nil || errors.Is(err, blob.ErrNotFound) || !strings.Contains(err.Error(), "spool") {
		t.Errorf("Put without a spool: %v", err)
	}
	if _, _, err := s.Free(t.Context()); err == nil {
		t.Error("Free without a spool gives no error")
	}
}
