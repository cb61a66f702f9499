package fs_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"cargogate/internal/blob"
	"cargogate/internal/blob/blobtest"
	"cargogate/internal/blob/fs"
	"cargogate/internal/durable"
)

func open(t *testing.T, dir string, opts fs.Options) *fs.Store {
	t.Helper()
	s, err := fs.Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s blob.Store, key, body string) blob.Object {
	t.Helper()
	o, err := s.Put(t.Context(), key, strings.NewReader(body), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func sum(b []byte) [32]byte { return sha256.Sum256(b) }

// noAttr is a file system that keeps no attributes.
type noAttr struct{ durable.OS }

func (noAttr) SetAttr(string, string, []byte) error { return durable.ErrNoAttr }
func (noAttr) Attr(string, string) ([]byte, error)  { return nil, durable.ErrNoAttr }

func TestStore(t *testing.T) {
	for name, fsys := range map[string]durable.FS{"attributes": nil, "no attributes": noAttr{}} {
		t.Run(name, func(t *testing.T) {
			blobtest.Run(t, func(t *testing.T) blob.Store {
				dir := t.TempDir()
				t.Cleanup(func() {
					if left := files(t, filepath.Join(dir, ".tmp")); len(left) > 0 {
						t.Errorf("temporary files are left: %q", left)
					}
				})
				return open(t, dir, fs.Options{FS: fsys})
			})
		})
	}
}

// files gives the files below a folder.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d iofs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, rerr := filepath.Rel(dir, path)
			all, err = append(all, rel), rerr
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// TestLayout pins where things lie: stores outlive releases. A file is the original, byte for byte, for its owner alone.
func TestLayout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "blobs")
	s := open(t, dir, fs.Options{})
	want := map[string]string{
		"0199a3b4-77c1-7000-8000-5f1d2c3b4a59":      "0199a/3b/0199a3b4-77c1-7000-8000-5f1d2c3b4a59",
		"live/0199a3b4-77c1-7000-8000-5f1d2c3b4a59": "live+/0199a/3b/0199a3b4-77c1-7000-8000-5f1d2c3b4a59",
		"a":            "a",
		"abcde":        "abcde/abcde",
		"abcdef":       "abcde/abcdef",
		"abcdefg":      "abcde/fg/abcdefg",
		"abcde/x":      "abcde/+/x",
		"abcdefgh/i/j": "abcde/fg/h+/i+/j",
	}
	var paths []string
	for key, path := range want {
		o := put(t, s, key, "body of "+key)
		paths = append(paths, path)
		got, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil || string(got) != "body of "+key {
			t.Errorf("%s has %q, %v", path, got, err)
		}
		if attr, err := (durable.OS{}).Attr(filepath.Join(dir, path), "sha256"); errors.Is(err, durable.ErrNoAttr) {
			t.Log("no attributes here")
		} else if err != nil || string(attr) != hex.EncodeToString(o.SHA256[:]) {
			t.Errorf("%s has digest %q, %v", path, attr, err)
		}
	}
	slices.Sort(paths)
	if got := files(t, dir); !slices.Equal(got, paths) {
		t.Errorf("there are\n%q, want\n%q", got, paths)
	}
	err := filepath.WalkDir(filepath.Dir(dir), func(path string, d iofs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if mode := info.Mode().Perm(); err == nil && (d.IsDir() && mode != 0o700 || !d.IsDir() && mode != 0o600) {
			t.Errorf("%s has mode %v", path, mode)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	// As the last object goes, its folders go.
	for key := range want {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Error(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != ".tmp" {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// TestReopened shows that another process sees what one put, and takes a repeat as one.
func TestReopened(t *testing.T) {
	dir := t.TempDir()
	o := put(t, open(t, dir, fs.Options{}), "k", "body")
	s := open(t, dir, fs.Options{})
	if got, err := s.Head(t.Context(), "k"); err != nil || got != o {
		t.Errorf("Head gives %+v, %v, want %+v", got, err, o)
	}
	put(t, s, "k", "body")
}

// TestForeignFiles shows that List passes over what Put did not make.
func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, fs.Options{})
	put(t, s, "0199a3b4-1", "x")
	for _, name := range []string{".hidden", "lost+found/x", "0199a/3b/.nfs1", "0199a/3b/0199a4b4-1",
		"0199a/3b/0199a3b4-1=x", "abcdef", "x/y", "0199a/z"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.List(t.Context(), "", 100)
	if err != nil || len(page) != 1 || page[0].Key != "0199a3b4-1" {
		t.Errorf("List gives %+v, %v", page, err)
	}
}

// TestSpoiledDigest shows that what is no digest is not taken for one.
func TestSpoiledDigest(t *testing.T) {
	for _, text := range []string{"", "x", strings.Repeat("g", 64), strings.Repeat("0", 63)} {
		dir := t.TempDir()
		s := open(t, dir, fs.Options{})
		put(t, s, "k", "body")
		if err := (durable.OS{}).SetAttr(filepath.Join(dir, "k"), "sha256", []byte(text)); err != nil && !errors.Is(err, durable.ErrNoAttr) {
			t.Fatal(err)
		}
		if o, err := s.Head(t.Context(), "k"); err != nil || o.SHA256 != sum([]byte("body")) {
			t.Errorf("Head gives %+v, %v", o, err)
		}
		put(t, s, "k", "body")
	}
}

// TestSweep shows that Open removes what killed writers left, and leaves what may still be written.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, fs.Options{})
	now := time.Now()
	for name, age := range map[string]time.Duration{"put-1.part": 2 * time.Hour, "put-2.part": 59 * time.Minute,
		"probe-3.part.link": 61 * time.Minute} {
		path := filepath.Join(dir, ".tmp", name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, dir, fs.Options{Now: func() time.Time { return now }})
	if got := files(t, dir); !slices.Equal(got, []string{".tmp/put-2.part"}) {
		t.Errorf("there are %q", got)
	}
	if page, err := s.List(t.Context(), "", 10); err != nil || len(page) > 0 {
		t.Errorf("List gives %+v, %v", page, err)
	}
}

func TestOpenFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"", file, filepath.Join(file, "below")} {
		if _, err := fs.Open(dir, fs.Options{}); err == nil || !strings.Contains(err.Error(), "blob/fs") {
			t.Errorf("Open of %q: %v", dir, err)
		}
	}
}

// failing is a file system that fails in one way.
type failing struct {
	durable.OS
	write, link, syncDir error
}

func (f failing) CreateTemp(dir, pattern string) (durable.File, error) {
	file, err := f.OS.CreateTemp(dir, pattern)
	return failingFile{file, f.write}, err
}

func (f failing) Link(oldname, newname string) error {
	if f.link != nil {
		return f.link
	}
	return f.OS.Link(oldname, newname)
}

func (f failing) SyncDir(dir string) error {
	if f.syncDir != nil && filepath.Base(dir) == "3b" {
		return f.syncDir
	}
	return f.OS.SyncDir(dir)
}

type failingFile struct {
	durable.File
	write error
}

func (f failingFile) Write(p []byte) (int, error) {
	if f.write != nil {
		return len(p) / 2, f.write
	}
	return f.File.Write(p)
}

// TestDiskFails shows that a fault of the disk is told, names the key, and leaves no object and no temporary file; that
// readiness tells it, too; and that the store is in order as soon as the disk is.
func TestDiskFails(t *testing.T) {
	const key = "0199a3b4-1"
	for name, fsys := range map[string]failing{
		"full":     {write: syscall.ENOSPC},
		"no links": {link: syscall.EPERM},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, fs.Options{FS: fsys})
			want := errors.Join(fsys.write, fsys.link)
			_, err := s.Put(t.Context(), key, strings.NewReader("body"), 10)
			if err == nil || !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), want.Error()) {
				t.Errorf("Put: %v, want %v", err, want)
			}
			if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), want.Error()) {
				t.Errorf("Check: %v, want %v", err, want)
			}
			if got := files(t, dir); len(got) > 0 {
				t.Errorf("left: %q", got)
			}
			healed := open(t, dir, fs.Options{})
			put(t, healed, key, "body")
			if err := healed.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("folder not forced", func(t *testing.T) {
		dir := t.TempDir()
		_, err := open(t, dir, fs.Options{FS: failing{syncDir: syscall.EIO}}).Put(t.Context(), key, strings.NewReader("body"), 10)
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("Put: %v, want EIO", err)
		}
		put(t, open(t, dir, fs.Options{}), key, "body") // the repeat makes sure of it
	})
	t.Run("folder gone", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "blobs")
		s := open(t, dir, fs.Options{})
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Put(t.Context(), key, strings.NewReader("body"), 10); err == nil || errors.Is(err, blob.ErrNotFound) {
			t.Errorf("Put: %v", err)
		}
		if s.Check(t.Context()) == nil || s.Delete(t.Context(), key) == nil {
			t.Error("Check or Delete find nothing wrong")
		}
		if _, _, err := s.Free(t.Context()); err == nil {
			t.Error("Free finds nothing wrong")
		}
	})
}

// TestBodyErrorIsNoMissingObject shows that the error of a body is not taken for one of the store's own files.
func TestBodyErrorIsNoMissingObject(t *testing.T) {
	s := open(t, t.TempDir(), fs.Options{})
	for range 2 {
		_, err := s.Put(t.Context(), "k", io.MultiReader(strings.NewReader("x"), failingReader{os.ErrNotExist}), 10)
		if !errors.Is(err, os.ErrNotExist) || errors.Is(err, blob.ErrNotFound) {
			t.Errorf("Put: %v", err)
		}
		put(t, s, "k", "x")
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// TestPutAndDeleteAtOnce shows that folders which come and go lose nothing: two stores, as two processes have, put and
// delete in the same folders, each its own keys.
func TestPutAndDeleteAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for p := range 2 {
		s := open(t, dir, fs.Options{})
		for g := range 4 {
			wg.Go(func() {
				for i := range 40 {
					key := fmt.Sprintf("%05d-%d-%d", i%3, p, g)
					body := []byte(fmt.Sprint(i))
					if _, err := s.Put(t.Context(), key, bytes.NewReader(body), 10); err != nil {
						t.Errorf("Put: %v", err)
						return
					}
					if o, err := s.Head(t.Context(), key); err != nil || o.SHA256 != sum(body) {
						t.Errorf("Head: %+v, %v", o, err)
					}
					if err := s.Delete(t.Context(), key); err != nil {
						t.Errorf("Delete: %v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	if got := files(t, dir); len(got) > 0 {
		t.Errorf("left: %q", got)
	}
}
