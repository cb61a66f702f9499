package durable_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"cargogate/internal/durable"
	"cargogate/internal/durable/lossy"
)

// each runs a test over the machine's own files and over those in memory: both must do the same.
func each(t *testing.T, test func(t *testing.T, fsys durable.FS, dir string)) {
	t.Run("os", func(t *testing.T) { test(t, durable.OS{}, t.TempDir()) })
	t.Run("lossy", func(t *testing.T) { test(t, lossy.New(lossy.Options{Free: 5000}), "/") })
}

func write(t *testing.T, fsys durable.FS, name, text string) {
	t.Helper()
	if err := durable.WriteFile(fsys, name, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// text gives what is in a file, or what stands in its way.
func text(fsys durable.FS, name string) string {
	f, err := fsys.Open(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "none"
		}
		return err.Error()
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		return err.Error()
	}
	return b.String()
}

func names(t *testing.T, fsys durable.FS, dir string) (all []string) {
	t.Helper()
	if err := fsys.ReadDir(dir, func(e fs.DirEntry) bool { all = append(all, e.Name()); return true }); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: error %v, want %v", what, err, want)
	}
}

func TestCalls(t *testing.T) {
	each(t, func(t *testing.T, fsys durable.FS, root string) {
		at := func(name string) string { return filepath.Join(root, name) }
		write(t, fsys, at("a"), "one")
		write(t, fsys, at("a"), "two") // over the old one
		if err := fsys.Mkdir(at("d"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := fsys.Link(at("a"), at("d/b")); err != nil {
			t.Fatal(err)
		}
		if got := text(fsys, at("d/b")); got != "two" {
			t.Errorf("the link has %q", got)
		}
		_, err := fsys.Create(at("a"), 0o600)
		wantErr(t, "Create over a file", err, fs.ErrExist)
		wantErr(t, "Mkdir over a folder", fsys.Mkdir(at("d"), 0o700), fs.ErrExist)
		wantErr(t, "Link over a file", fsys.Link(at("a"), at("d/b")), fs.ErrExist)
		wantErr(t, "Link of nothing", fsys.Link(at("none"), at("c")), fs.ErrNotExist)
		wantErr(t, "Link into nothing", fsys.Link(at("a"), at("none/c")), fs.ErrNotExist)
		wantErr(t, "Rename of nothing", fsys.Rename(at("none"), at("c")), fs.ErrNotExist)
		wantErr(t, "Remove of nothing", fsys.Remove(at("none")), fs.ErrNotExist)
		wantErr(t, "SyncDir of nothing", fsys.SyncDir(at("none")), fs.ErrNotExist)
		wantErr(t, "Mkdir in nothing", fsys.Mkdir(at("none/d"), 0o700), fs.ErrNotExist)
		wantErr(t, "ReadDir of nothing", fsys.ReadDir(at("none"), nil), fs.ErrNotExist)
		_, err = fsys.Stat(at("none"))
		wantErr(t, "Stat of nothing", err, fs.ErrNotExist)
		_, err = fsys.Open(at("none"))
		wantErr(t, "Open of nothing", err, fs.ErrNotExist)
		_, err = fsys.CreateTemp(at("none"), "x")
		wantErr(t, "CreateTemp in nothing", err, fs.ErrNotExist)
		_, err = fsys.Free(at("none"))
		wantErr(t, "Free of nothing", err, fs.ErrNotExist)
		if err := fsys.Remove(at("d")); err == nil {
			t.Error("a folder that is not empty was removed")
		}
		if err := fsys.Rename(at("d/b"), at("c")); err != nil {
			t.Fatal(err)
		}
		if err := fsys.Remove(at("d")); err != nil {
			t.Error(err)
		}
		if got := names(t, fsys, root); !slices.Equal(got, []string{"a", "c"}) {
			t.Errorf("there are %q", got)
		}
		stopped := 0
		if err := fsys.ReadDir(root, func(fs.DirEntry) bool { stopped++; return false }); err != nil || stopped != 1 {
			t.Errorf("ReadDir gave %d entries after it was told to stop, %v", stopped, err)
		}
		info, err := fsys.Stat(at("a"))
		if err != nil || info.Size() != 3 || info.IsDir() || info.Name() != "a" || info.Mode().Perm() != 0o600 {
			t.Errorf("Stat gives %+v, %v", info, err)
		}
		if n, err := fsys.Free(root); err != nil || n <= 0 {
			t.Errorf("Free gives %d, %v", n, err)
		}
	})
}

func TestFile(t *testing.T) {
	each(t, func(t *testing.T, fsys durable.FS, root string) {
		f, err := fsys.CreateTemp(root, "a-*.tmp")
		if err != nil {
			t.Fatal(err)
		}
		if base := filepath.Base(f.Name()); len(base) <= len("a-.tmp") || base[:2] != "a-" || filepath.Ext(base) != ".tmp" {
			t.Errorf("the temporary file is named %q", f.Name())
		}
		for _, s := range []string{"one ", "two"} {
			if _, err := f.Write([]byte(s)); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Sync(); err != nil {
			t.Error(err)
		}
		p := make([]byte, 4)
		if n, err := f.ReadAt(p, 4); n != 3 || err == nil || string(p[:n]) != "two" {
			t.Errorf("ReadAt gives %q, %v", p[:n], err)
		}
		if _, err := f.ReadAt(p, -1); err == nil {
			t.Error("ReadAt before the beginning gives no error")
		}
		if info, err := f.Stat(); err != nil || info.Size() != 7 {
			t.Errorf("Stat gives %+v, %v", info, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		_, err = f.Write([]byte("x"))
		wantErr(t, "Write after Close", err, fs.ErrClosed)
		wantErr(t, "Sync after Close", f.Sync(), fs.ErrClosed)
		wantErr(t, "Close after Close", f.Close(), fs.ErrClosed)
		r, err := fsys.Open(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Write([]byte("x")); err == nil {
			t.Error("a file that was opened for reading was written to")
		}
		if err := fsys.Remove(f.Name()); err != nil {
			t.Error(err)
		}
		if n, err := r.ReadAt(p, 0); n != 4 || err != nil || string(p) != "one " {
			t.Errorf("what was removed while open gives %q, %v", p[:n], err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestAttr(t *testing.T) {
	each(t, func(t *testing.T, fsys durable.FS, root string) {
		a, b := filepath.Join(root, "a"), filepath.Join(root, "b")
		write(t, fsys, a, "one")
		_, err := fsys.Attr(a, "sum")
		wantErr(t, "Attr of a file without", err, durable.ErrNoAttr)
		if err := fsys.SetAttr(a, "sum", []byte("123")); errors.Is(err, durable.ErrNoAttr) {
			t.Logf("the file system below %s keeps no attributes", root) // which SetAttr said as it should
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if err := fsys.Link(a, b); err != nil {
			t.Fatal(err)
		}
		if v, err := fsys.Attr(b, "sum"); err != nil || string(v) != "123" {
			t.Errorf("Attr gives %q, %v", v, err)
		}
		wantErr(t, "SetAttr of nothing", fsys.SetAttr(filepath.Join(root, "none"), "sum", nil), fs.ErrNotExist)
		_, err = fsys.Attr(filepath.Join(root, "none"), "sum")
		wantErr(t, "Attr of nothing", err, fs.ErrNotExist)
	})
}

func TestMkdirAll(t *testing.T) {
	each(t, func(t *testing.T, fsys durable.FS, root string) {
		for range 2 {
			if err := durable.MkdirAll(fsys, filepath.Join(root, "a/b/c"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		write(t, fsys, filepath.Join(root, "a/file"), "x")
		if err := durable.MkdirAll(fsys, filepath.Join(root, "a/file"), 0o700); err == nil {
			t.Error("a file was taken for a folder")
		}
		if err := durable.MkdirAll(fsys, filepath.Join(root, "a/file/d"), 0o700); err == nil {
			t.Error("a folder was made in a file")
		}
	})
}

func TestDirs(t *testing.T) {
	each(t, func(t *testing.T, fsys durable.FS, root string) {
		d := durable.NewDirs(fsys, root, 0o700)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := d.Ensure("a/b/c"); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := names(t, fsys, filepath.Join(root, "a/b")); !slices.Equal(got, []string{"c"}) {
			t.Errorf("there are %q", got)
		}
		// What another removed comes back once it is known to be gone, with what is above it and was not known to be.
		for _, name := range []string{"a/b/c", "a/b", "a"} {
			if err := fsys.Remove(filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
		d.Forget("a/b/c")
		if err := d.Ensure("a/b/c"); err != nil {
			t.Error(err)
		}
		if got := names(t, fsys, filepath.Join(root, "a/b")); !slices.Equal(got, []string{"c"}) {
			t.Errorf("there are %q", got)
		}
	})
}

// TestWriteFileFails shows that a failed WriteFile leaves the old file and no temporary one.
func TestWriteFileFails(t *testing.T) {
	for n := range 10 {
		fsys := lossy.New(lossy.Options{})
		write(t, fsys, "/a", "old")
		fsys.FailAfter(n)
		err := durable.WriteFile(fsys, "/a", []byte("new"))
		fsys.PowerCut()
		got := text(fsys, "/a")
		if err == nil && got != "new" || err != nil && got != "old" {
			t.Errorf("after %d changes: %q, %v", n, got, err)
		}
		if n == 9 && err != nil {
			t.Errorf("after %d changes: %v", n, err)
		}
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(durable.OS{}, filepath.Join(dir, "a"), []byte("x")); err == nil {
		t.Error("a folder was overwritten")
	}
	if got := names(t, durable.OS{}, dir); !slices.Equal(got, []string{"a"}) {
		t.Errorf("there are %q", got)
	}
}
