package fs_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cargogate/internal/blob"
	"cargogate/internal/blob/fs"
	"cargogate/internal/durable"
	"cargogate/internal/durable/lossy"
)

// act is one thing that a gateway asks of the store: put a body under a key, or, with none, delete the key.
type act struct{ key, body string }

var acts = []act{
	{"0199a3b4-77c1-1", "first"},
	{"0199a3b4-77c1-2", "in the same folder"},
	{"0199a3b4-77c1-1", "first"}, // a repeat
	{"0199b3b4-77c1-3", "in another"},
	{"acme/in/0199a3b4-77c1-1", strings.Repeat("long ", 60_000)},
	{"0199a3b4-77c1-2", ""},
	{"0199a3b4-77c1-1", ""},
	{"0199a3b4-77c1-1", "anew, in a folder that went away"},
	{"0199b3b4-77c1-3", ""},
	{"0199b3b4-77c1-3", ""}, // a repeat
	{"a", "at the top"},
}

// A life is what a store was asked and what it answered, as its client knows it.
type life struct {
	answered map[string]string   // by key: the body that is there by the last answer, "" for none
	maybe    map[string][]string // by key: bodies that may be there as well, from what was not answered
}

// live asks for all acts until one fails. It gives the number of acts that were answered.
func (l *life) live(t *testing.T, s *fs.Store) int {
	for i, a := range acts {
		var err error
		if a.body == "" {
			err = s.Delete(t.Context(), a.key)
		} else {
			_, err = s.Put(t.Context(), a.key, strings.NewReader(a.body), 10<<20)
		}
		if err != nil {
			l.maybe[a.key] = append(l.maybe[a.key], a.body)
			return i
		}
		l.answered[a.key] = a.body
	}
	return len(acts)
}

// look holds what is there against what was answered, and gives what is wrong.
func (l *life) look(t *testing.T, s *fs.Store) (wrong []string) {
	complain := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	page, err := s.List(t.Context(), "", 1000)
	if err != nil {
		complain("List: %v", err)
	}
	there := map[string]string{}
	for _, o := range page {
		r, err := s.Open(t.Context(), o.Key)
		if err != nil {
			complain("%s is listed: %v", o.Key, err)
			continue
		}
		data, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
		if cerr := r.Close(); err != nil || cerr != nil {
			complain("%s: %v", o.Key, errors.Join(err, cerr))
		}
		there[o.Key] = string(data)
		whole := slices.ContainsFunc(acts, func(a act) bool { return a.key == o.Key && a.body != "" && a.body == string(data) })
		if !whole {
			complain("%s is torn: %d bytes", o.Key, len(data))
		}
		head, err := s.Head(t.Context(), o.Key)
		if err != nil || head.SHA256 != sum(data) || head.Size != int64(len(data)) {
			complain("%s: Head gives %+v, %v", o.Key, head, err)
		}
	}
	for _, a := range acts {
		want, answered := l.answered[a.key]
		got := there[a.key]
		if answered && got != want && !slices.Contains(l.maybe[a.key], got) {
			complain("%s: answered with %.20q, and there is %.20q", a.key, want, got)
		}
		if !answered && got != "" && !slices.Contains(l.maybe[a.key], got) {
			complain("%s: nobody put %.20q", a.key, got)
		}
	}
	return wrong
}

// suffer lets a store live until the power goes after n changes, cuts it, and gives what is wrong. ended says that
// nothing was left to go wrong.
func suffer(t *testing.T, disk *lossy.FS, fsys durable.FS, n int, cut func()) (wrong []string, ended bool) {
	l := &life{answered: map[string]string{}, maybe: map[string][]string{}}
	disk.FailAfter(n)
	answered := 0
	if s, err := fs.Open("/data/blobs", fs.Options{FS: fsys}); err == nil {
		answered = l.live(t, s)
	}
	cut()
	s, err := fs.Open("/data/blobs", fs.Options{FS: fsys})
	if err != nil {
		return []string{err.Error()}, false
	}
	wrong = l.look(t, s)
	// The client repeats what was not answered, then the power goes once more, with nothing under way.
	if answered < len(acts) {
		a := acts[answered]
		if a.body == "" {
			err = s.Delete(t.Context(), a.key)
		} else if _, err = s.Put(t.Context(), a.key, strings.NewReader(a.body), 10<<20); errors.Is(err, blob.ErrExists) {
			err = nil // an earlier Put of this key that was answered
		}
		if err != nil {
			wrong = append(wrong, "repeat: "+err.Error())
		}
		l.answered[a.key] = a.body
		delete(l.maybe, a.key)
	}
	disk.PowerCut()
	if s, err = fs.Open("/data/blobs", fs.Options{FS: fsys}); err != nil {
		return append(wrong, err.Error()), false
	}
	for _, w := range l.look(t, s) {
		wrong = append(wrong, "after the repeat: "+w)
	}
	return wrong, answered == len(acts)
}

// ways are what can happen as a store is ended: all that was not forced to disk is lost, some of it is, or none, as when
// only the process is killed.
var ways = map[string]func(disk *lossy.FS, n int) func(){
	"all lost": func(disk *lossy.FS, _ int) func() { return disk.PowerCut },
	"some lost": func(disk *lossy.FS, n int) func() {
		return func() { disk.PowerCutSome(rand.New(rand.NewPCG(7, uint64(n)))) }
	},
	"killed": func(disk *lossy.FS, _ int) func() { return func() { disk.FailAfter(-1) } },
}

// suite ends a store after every change that it makes, in every way, and gives what is wrong.
func suite(t *testing.T, opts lossy.Options, over func(durable.FS) durable.FS) (wrong []string) {
	t.Helper()
	for way, cut := range ways {
		rounds := 1
		if way == "some lost" {
			rounds = 4
		}
		for round := range rounds {
			for n := 0; ; n++ {
				disk := lossy.New(opts)
				fsys := durable.FS(disk)
				if over != nil {
					fsys = over(fsys)
				}
				w, ended := suffer(t, disk, fsys, n, cut(disk, n*rounds+round))
				for _, line := range w {
					wrong = append(wrong, fmt.Sprintf("%s after %d changes: %s", way, n, line))
				}
				if ended || len(wrong) > 20 || n > 5000 {
					if n < 50 && len(wrong) == 0 {
						t.Fatalf("%s: only %d changes", way, n)
					}
					break
				}
			}
		}
	}
	return wrong
}

// TestPowerLoss: after a power loss at any moment, what was answered is there, whole, and nothing else is.
func TestPowerLoss(t *testing.T) {
	for name, opts := range map[string]lossy.Options{"attributes": {}, "no attributes": {NoAttr: true}} {
		t.Run(name, func(t *testing.T) {
			for _, w := range suite(t, opts, nil) {
				t.Error(w)
			}
		})
	}
}

// skipDirs is a file layer that forgets to force some folders to disk.
type skipDirs struct {
	durable.FS
	skip func(dir string) bool
}

func (s skipDirs) SyncDir(dir string) error {
	if s.skip(dir) {
		_, err := s.Stat(dir)
		return err
	}
	return s.FS.SyncDir(dir)
}

// TestPowerLossNotices: with any one of its protections taken away, the suite fails.
func TestPowerLossNotices(t *testing.T) {
	skip := func(skip func(dir string) bool) func(durable.FS) durable.FS {
		return func(f durable.FS) durable.FS { return skipDirs{f, skip} }
	}
	leaf := func(dir string) bool {
		return filepath.Base(dir) == "b4" || filepath.Base(dir) == "3b" || filepath.Base(dir) == "b3"
	}
	for name, c := range map[string]struct {
		opts lossy.Options
		over func(durable.FS) durable.FS
	}{
		"no fsync of files":        {lossy.Options{NoFileSync: true}, nil},
		"no fsync of folders":      {lossy.Options{NoDirSync: true}, nil},
		"neither":                  {lossy.Options{NoFileSync: true, NoDirSync: true}, nil},
		"not of the file's folder": {lossy.Options{}, skip(leaf)},
		"not of the folders above": {lossy.Options{}, skip(func(dir string) bool { return !leaf(dir) })},
		"not of the root":          {lossy.Options{}, skip(func(dir string) bool { return dir == "/data/blobs" })},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := suite(t, c.opts, c.over)
			if len(wrong) == 0 {
				t.Fatal("the suite does not notice")
			}
			t.Logf("noticed: %.160s", wrong[0])
		})
	}
}
