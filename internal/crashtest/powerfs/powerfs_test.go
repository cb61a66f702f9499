//go:build linux

package powerfs_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"cargogate/internal/crashtest/powerfs"
)

// A machine is a disk with its mount.
type machine struct {
	t    *testing.T
	disk *powerfs.Disk
	m    *powerfs.Mount
	dir  string
}

func boot(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, disk: powerfs.New(), dir: t.TempDir()}
	m.mount()
	t.Cleanup(func() {
		if err := m.m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func (m *machine) mount() {
	m.t.Helper()
	var err error
	if m.m, err = m.disk.Mount(m.dir); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) cut() {
	m.t.Helper()
	m.must(m.m.Close())
	m.disk.Cut()
	m.mount()
}

func (m *machine) must(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// put writes a file, and forces it to disk if it is to.
func (m *machine) put(name, text string, sync bool) {
	m.t.Helper()
	f, err := os.OpenFile(filepath.Join(m.dir, name), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	m.must(err)
	_, err = f.WriteString(text)
	m.must(err)
	if sync {
		m.must(f.Sync())
	}
	m.must(f.Close())
}

func (m *machine) syncDir(name string) {
	m.t.Helper()
	f, err := os.Open(filepath.Join(m.dir, name))
	m.must(err)
	m.must(errors.Join(f.Sync(), f.Close()))
}

// tree gives what is there, a line each.
func (m *machine) tree() string {
	m.t.Helper()
	var out []string
	m.must(filepath.WalkDir(m.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == m.dir {
			return err
		}
		rel, _ := filepath.Rel(m.dir, path)
		if e.IsDir() {
			out = append(out, rel+"/")
			return nil
		}
		b, err := os.ReadFile(path)
		out = append(out, rel+"="+string(b))
		return err
	}))
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestCut says what a cut leaves.
func TestCut(t *testing.T) {
	if !powerfs.Isolated(t) {
		return
	}
	m := boot(t)
	at := func(name string) string { return filepath.Join(m.dir, name) }
	want := func(what, tree string) {
		t.Helper()
		m.cut()
		if got := m.tree(); got != tree {
			t.Errorf("%s: %q is left, want %q", what, got, tree)
		}
	}
	m.put("a", "one", true)
	want("a file whose entry was not forced", "")
	m.put("a", "one", false)
	m.syncDir("")
	want("a file whose bytes were not forced", "a=")
	m.put("a", "one", true)
	want("a file that was forced over", "a=one")
	m.put("a", "other", false)
	want("bytes that were not forced", "a=one")
	m.must(os.Truncate(at("a"), 1))
	want("a truncation that was not forced", "a=one")
	m.must(os.Rename(at("a"), at("b")))
	want("a rename that was not forced", "a=one")
	m.must(os.Remove(at("a")))
	want("a removal that was not forced", "a=one")
	m.must(os.Mkdir(at("d"), 0o700))
	m.syncDir("")
	m.must(os.Rename(at("a"), at("d/a")))
	m.syncDir("d")
	want("a rename of which one folder was forced", "a=one d/ d/a=one")
	m.must(os.Remove(at("a")))
	m.syncDir("")
	m.must(os.Link(at("d/a"), at("b")))
	m.syncDir("")
	want("a link", "b=one d/ d/a=one")
	m.put("d/a", "two", true)
	m.syncDir("d")
	m.put("c", "three", true)
	m.must(os.Rename(at("c"), at("b")))
	m.syncDir("")
	want("a rename over a name of a file that has another", "b=three d/ d/a=two")
	if err := os.Remove(at("none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removal of nothing: %v", err)
	}
	if err := os.Mkdir(at("d"), 0o700); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder twice: %v", err)
	}
	m.put("d/x", "x", true)
	if err := os.Remove(at("d")); err == nil {
		t.Error("a folder that is not empty was removed")
	}
	if lost := m.disk.Lost(); lost.Cuts != 10 || lost.Files < 3 || lost.Folders < 3 {
		t.Errorf("the cuts took %+v", lost)
	}
}

// TestPages holds a large file that is written here and there against a copy in memory.
func TestPages(t *testing.T) {
	if !powerfs.Isolated(t) {
		return
	}
	m := boot(t)
	m.put("f", strings.Repeat("0123456789", 5000), true)
	m.syncDir("")
	f, err := os.OpenFile(filepath.Join(m.dir, "f"), os.O_RDWR, 0)
	m.must(err)
	want, err := os.ReadFile(filepath.Join(m.dir, "f"))
	m.must(err)
	for i := range 200 {
		text := fmt.Appendf(nil, "<%d>", i)
		off := (i * 7919) % 70000
		_, err := f.WriteAt(text, int64(off))
		m.must(err)
		if i == 100 {
			m.must(f.Sync())
			want, err = os.ReadFile(filepath.Join(m.dir, "f"))
			m.must(err)
		}
		if i == 150 {
			m.must(f.Truncate(10_000))
		}
	}
	m.must(f.Close())
	m.cut()
	got, err := os.ReadFile(filepath.Join(m.dir, "f"))
	m.must(err)
	if string(got) != string(want) {
		t.Errorf("%d bytes are left that differ from the %d that were forced", len(got), len(want))
	}
}

// TestSlow holds a disk up: who writes or forces waits, who reads does not, and what was written is there afterwards.
func TestSlow(t *testing.T) {
	if !powerfs.Isolated(t) {
		return
	}
	m := boot(t)
	m.put("f", "before", true)
	m.put("other", "as it was", true)
	var writes, forces atomic.Int64
	hang := make(chan struct{})
	release := sync.OnceFunc(func() { close(hang) })
	defer release()
	m.disk.Slow(func(w powerfs.Work) {
		if w == powerfs.Forcing {
			forces.Add(1)
		} else {
			writes.Add(1)
		}
		<-hang
	})
	// Another process writes: one that waits for itself could not be ended.
	done := make(chan error, 1)
	go func() {
		cmd := exec.Command("dd", "of="+filepath.Join(m.dir, "f"), "conv=fsync,notrunc", "status=none")
		cmd.Stdin = strings.NewReader("behind")
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("dd: %w: %s", err, out)
		}
		done <- err
	}()
	for end := time.Now().Add(20 * time.Second); writes.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nothing was written")
		}
	}
	// The kernel keeps the page that is being written from readers, and no other.
	if got, err := os.ReadFile(filepath.Join(m.dir, "other")); err != nil || string(got) != "as it was" {
		t.Errorf("while the disk hangs there is %q, %v", got, err)
	}
	select {
	case err := <-done:
		t.Errorf("a disk that hangs took what was written: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	release()
	m.must(<-done)
	m.disk.Slow(nil)
	if got := m.tree(); got != "f=behind other=as it was" || forces.Load() != 1 {
		t.Errorf("afterwards there is %q, forced to disk %d times", got, forces.Load())
	}
	m.syncDir("")
	m.cut()
	if got := m.tree(); got != "f=behind other=as it was" {
		t.Errorf("after a cut there is %q", got)
	}
}

// TestSQLite shows that a database keeps its word on it, and loses what it did not force to disk.
func TestSQLite(t *testing.T) {
	if !powerfs.Isolated(t) {
		return
	}
	m := boot(t)
	// EXCLUSIVE, as this process must not map files that it serves.
	open := func(synchronous string) *sql.DB {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(m.dir, "x.db")+"?_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(WAL)&_pragma=synchronous("+synchronous+")")
		m.must(err)
		db.SetMaxOpenConns(1)
		return db
	}
	rows := func() (n int) {
		dir := filepath.Join(t.TempDir(), "copy")
		m.must(m.disk.Dump(dir))
		db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "x.db"))
		m.must(err)
		defer db.Close()
		m.must(db.QueryRow("SELECT count(*) FROM t").Scan(&n))
		return n
	}
	db := open("FULL")
	_, err := db.Exec("CREATE TABLE t (x)")
	m.must(err)
	_, err = db.Exec("INSERT INTO t VALUES (1)")
	m.must(err)
	if n := rows(); n != 1 {
		t.Errorf("%d rows before the cut", n)
	}
	m.must(db.Close())
	m.cut()
	db = open("OFF")
	_, err = db.Exec("INSERT INTO t VALUES (2)")
	m.must(err)
	if n := rows(); n != 2 {
		t.Errorf("%d rows before the second cut", n)
	}
	m.must(db.Close())
	m.cut()
	if n := rows(); n != 1 {
		t.Errorf("%d rows are left, want that one that was forced to disk", n)
	}
}
