package lossy_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"testing"

	"cargogate/internal/durable"
	"cargogate/internal/durable/lossy"
)

// step is one call on a machine.
type step func(f *lossy.FS) error

func create(name, text string, sync bool) step {
	return func(f *lossy.FS) error {
		h, err := f.Create(name, 0o600)
		if err != nil {
			return err
		}
		if _, err := h.Write([]byte(text)); err != nil {
			return err
		}
		if err := f.SetAttr(name, "t", []byte(text)); err != nil && !errors.Is(err, durable.ErrNoAttr) {
			return err
		}
		if sync {
			if err := h.Sync(); err != nil {
				return err
			}
		}
		return h.Close()
	}
}

func mkdir(name string) step      { return func(f *lossy.FS) error { return f.Mkdir(name, 0o700) } }
func syncDir(name string) step    { return func(f *lossy.FS) error { return f.SyncDir(name) } }
func rename(from, to string) step { return func(f *lossy.FS) error { return f.Rename(from, to) } }
func link(from, to string) step   { return func(f *lossy.FS) error { return f.Link(from, to) } }
func remove(name string) step     { return func(f *lossy.FS) error { return f.Remove(name) } }
func run(f *lossy.FS, steps []step) error {
	for _, s := range steps {
		if err := s(f); err != nil {
			return err
		}
	}
	return nil
}

// text gives what is in a file, "none" where there is none.
func text(t *testing.T, f *lossy.FS, name string) string {
	t.Helper()
	h, err := f.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	info, err := h.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, info.Size())
	if _, err := h.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	attr, err := f.Attr(name, "t")
	if err != nil {
		attr = []byte("no attribute")
	}
	if string(attr) != string(b) {
		return string(b) + " with " + string(attr)
	}
	return string(b)
}

// TestPowerCut shows what outlives a power cut, and what does not.
func TestPowerCut(t *testing.T) {
	for _, c := range []struct {
		name  string
		opts  lossy.Options
		steps []step
		want  map[string]string
	}{
		{"nothing forced", lossy.Options{}, []step{create("/a", "one", false)}, map[string]string{"/a": "none"}},
		{"bytes forced, entry not", lossy.Options{}, []step{create("/a", "one", true)}, map[string]string{"/a": "none"}},
		{"entry forced, bytes not", lossy.Options{}, []step{create("/a", "one", false), syncDir("/")},
			map[string]string{"/a": " with no attribute"}},
		{"both forced", lossy.Options{}, []step{create("/a", "one", true), syncDir("/")}, map[string]string{"/a": "one"}},
		{"rename not forced", lossy.Options{}, []step{create("/a", "one", true), syncDir("/"), rename("/a", "/b")},
			map[string]string{"/a": "one", "/b": "none"}},
		{"rename over another not forced", lossy.Options{},
			[]step{create("/a", "one", true), create("/b", "two", true), syncDir("/"), rename("/a", "/b")},
			map[string]string{"/a": "one", "/b": "two"}},
		{"rename forced", lossy.Options{}, []step{create("/a", "one", true), rename("/a", "/b"), syncDir("/")},
			map[string]string{"/a": "none", "/b": "one"}},
		{"remove not forced", lossy.Options{}, []step{create("/a", "one", true), syncDir("/"), remove("/a")},
			map[string]string{"/a": "one"}},
		{"remove forced", lossy.Options{}, []step{create("/a", "one", true), syncDir("/"), remove("/a"), syncDir("/")},
			map[string]string{"/a": "none"}},
		{"link forced, first name not", lossy.Options{},
			[]step{mkdir("/d"), syncDir("/"), create("/a", "one", true), link("/a", "/d/b"), syncDir("/d")},
			map[string]string{"/a": "none", "/d/b": "one"}},
		{"folder not forced", lossy.Options{}, []step{mkdir("/d"), create("/d/a", "one", true), syncDir("/d")},
			map[string]string{"/d/a": "none"}},
		{"move between folders, only the new one forced", lossy.Options{},
			[]step{mkdir("/d"), create("/a", "one", true), syncDir("/"), rename("/a", "/d/a"), syncDir("/d")},
			map[string]string{"/a": "one", "/d/a": "one"}},
		{"move between folders, only the old one forced", lossy.Options{},
			[]step{mkdir("/d"), create("/a", "one", true), syncDir("/"), rename("/a", "/d/a"), syncDir("/")},
			map[string]string{"/a": "none", "/d/a": "none"}},
		{"a disk that lies about bytes", lossy.Options{NoFileSync: true}, []step{create("/a", "one", true), syncDir("/")},
			map[string]string{"/a": " with no attribute"}},
		{"a disk that lies about entries", lossy.Options{NoDirSync: true}, []step{create("/a", "one", true), syncDir("/")},
			map[string]string{"/a": "none"}},
		{"no attributes", lossy.Options{NoAttr: true}, []step{create("/a", "one", true), syncDir("/")},
			map[string]string{"/a": "one with no attribute"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := lossy.New(c.opts)
			if err := run(f, c.steps); err != nil {
				t.Fatal(err)
			}
			for range 2 { // and the next cut finds nothing more to take
				f.PowerCut()
				for name, want := range c.want {
					if got := text(t, f, name); got != want {
						t.Errorf("%s has %q, want %q", name, got, want)
					}
				}
			}
		})
	}
}

// TestPowerCutSome shows that what was not forced may be there or not, in every way that can be, and what was is there.
func TestPowerCutSome(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(400) {
		f := lossy.New(lossy.Options{})
		if err := run(f, []step{create("/kept", "kept", true), syncDir("/"), create("/a", "abc", false), create("/b", "b", true)}); err != nil {
			t.Fatal(err)
		}
		f.PowerCutSome(rand.New(rand.NewPCG(1, seed)))
		if got := text(t, f, "/kept"); got != "kept" {
			t.Fatalf("what was forced is %q", got)
		}
		a, b := text(t, f, "/a"), text(t, f, "/b")
		if a == "none" && b != "none" {
			t.Fatal("the second change is there without the first")
		}
		seen[a]++
		seen["b "+b]++
	}
	for _, want := range []string{"none", "abc", " with no attribute", "a with no attribute", "abc with no attribute", "b b", "b none"} {
		if seen[want] == 0 {
			t.Errorf("never %q: %v", want, seen)
		}
	}
}

// TestPowerOff shows that nothing works until the power is back, and what was open then does not any more.
func TestPowerOff(t *testing.T) {
	f := lossy.New(lossy.Options{})
	h, err := f.Create("/a", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	f.FailAfter(1)
	if _, err := h.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	off := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, lossy.ErrPowerCut) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = h.Write([]byte("y"))
	off("Write", err)
	off("Sync", h.Sync())
	_, err = h.ReadAt(make([]byte, 1), 0)
	off("ReadAt", err)
	_, err = f.Open("/a")
	off("Open", err)
	_, err = f.Create("/b", 0o600)
	off("Create", err)
	_, err = f.CreateTemp("/", "*")
	off("CreateTemp", err)
	_, err = f.Stat("/")
	off("Stat", err)
	_, err = f.Attr("/a", "t")
	off("Attr", err)
	off("SetAttr", f.SetAttr("/a", "t", nil))
	off("Mkdir", f.Mkdir("/d", 0o700))
	off("Link", f.Link("/a", "/b"))
	off("Rename", f.Rename("/a", "/b"))
	off("Remove", f.Remove("/a"))
	off("SyncDir", f.SyncDir("/"))
	off("ReadDir", f.ReadDir("/", nil))
	f.PowerCut()
	_, err = h.Write([]byte("z"))
	off("Write to a file of before", err)
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if err := run(f, []step{create("/a", "new", true), syncDir("/")}); err != nil {
		t.Error(err)
	}
}
