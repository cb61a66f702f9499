// Package lossy is a file layer in memory that stands for a machine whose power fails. A file's bytes and attributes
// outlive a power cut as of its last Sync, the entries of a folder as of its last SyncDir, and nothing else does: a file
// that was forced to disk is lost all the same if its entry was not, and a rename that was not forced is undone.
package lossy

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"cargogate/internal/durable"
)

// ErrPowerCut is what every call gives between the moment of FailAfter and PowerCut, and what a file that was open as the
// power was cut gives ever after.
var ErrPowerCut = errors.New("lossy: the power is off")

// Options make a machine. The zero value is one that keeps its word.
type Options struct {
	Now        func() time.Time // of files that are written; time.Now if nil
	NoFileSync bool             // Sync of a file does nothing and says that it did
	NoDirSync  bool             // SyncDir does nothing and says that it did
	NoAttr     bool             // no file keeps attributes
	Free       int64            // what Free gives
}

// FS is the files of one machine; it implements durable.FS.
type FS struct {
	opts Options

	mu    sync.Mutex
	root  *node
	power int // cuts so far: a file opened under an earlier one is dead
	left  int // changes until the power goes; -1 for never
	temps int // temporary files made
}

var _ durable.FS = (*FS)(nil)

// New makes an empty machine with one folder, its root.
func New(opts Options) *FS {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &FS{opts: opts, root: newDir(0o700, opts.Now()), left: -1}
}

// A node is a file or a folder, as it is (live) and as it is on disk.
type node struct {
	mode    fs.FileMode
	modTime time.Time

	data, diskData []byte            // of a file; diskData is never written in place
	attrs, diskAtt map[string]string // of a file; diskAtt is never written in place

	live, disk map[string]*node // of a folder
	pending    []change         // of a folder: the way from disk to live, in order
}

// A change is what one call does to the entries of one folder: nil is an entry that is gone.
type change map[string]*node

func newDir(perm fs.FileMode, now time.Time) *node {
	return &node{mode: fs.ModeDir | perm, modTime: now, live: map[string]*node{}, disk: map[string]*node{}}
}

func (c change) apply(entries map[string]*node) {
	for name, n := range c {
		if n == nil {
			delete(entries, name)
		} else {
			entries[name] = n
		}
	}
}

// change changes the live entries of a folder and notes that the disk does not know.
func (n *node) change(c change, now time.Time) {
	c.apply(n.live)
	n.pending = append(n.pending, c)
	n.modTime = now
}

// FailAfter lets n more changes happen (anything but reading, a Sync among them) and then switches the power off: every
// call fails until PowerCut.
func (f *FS) FailAfter(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = n
}

// PowerCut drops everything that was not forced to disk and switches the power on again.
func (f *FS) PowerCut() {
	f.cut(func(*node) { /* nothing more reaches the disk */ })
}

// PowerCutSome is PowerCut on a machine that had begun to write of its own accord: of the changes of each folder, in their
// order, and of the bytes of each file that were not forced, rng chooses how many got there.
func (f *FS) PowerCutSome(rng *rand.Rand) {
	f.cut(func(n *node) {
		if n.mode.IsDir() {
			for _, c := range n.pending[:rng.IntN(len(n.pending)+1)] {
				c.apply(n.disk)
			}
			return
		}
		if more := len(n.data) - len(n.diskData); more > 0 && rng.IntN(2) == 0 {
			n.diskData = n.data[:len(n.diskData)+rng.IntN(more+1)]
		}
		if rng.IntN(2) == 0 {
			n.diskAtt = n.attrs
		}
	})
}

func (f *FS) cut(flush func(*node)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.power++
	f.left = -1
	f.root.restart(flush, map[*node]bool{})
}

// restart makes live what is on disk, after flush has had its way with it. A file with two names is done once.
func (n *node) restart(flush func(*node), done map[*node]bool) {
	if done[n] {
		return
	}
	done[n] = true
	flush(n)
	if !n.mode.IsDir() {
		n.data = append([]byte(nil), n.diskData...)
		n.attrs = copyMap(n.diskAtt)
		return
	}
	n.pending = nil
	n.live = copyMap(n.disk)
	for _, child := range sorted(n.live) { // in order, so that a seed says everything
		n.live[child].restart(flush, done)
	}
}

// spend counts one change and fails if the power is off.
func (f *FS) spend() error {
	if f.left == 0 {
		return ErrPowerCut
	}
	if f.left > 0 {
		f.left--
	}
	return nil
}

// on fails if the power is off.
func (f *FS) on() error {
	if f.left == 0 {
		return ErrPowerCut
	}
	return nil
}

// find walks to a name.
func (f *FS) find(name string) (*node, error) {
	n := f.root
	for _, part := range split(name) {
		if !n.mode.IsDir() {
			return nil, fs.ErrNotExist
		}
		n = n.live[part]
		if n == nil {
			return nil, fs.ErrNotExist
		}
	}
	return n, nil
}

// parent walks to the folder of a name.
func (f *FS) parent(name string) (dir *node, base string, err error) {
	parts := split(name)
	if len(parts) == 0 {
		return nil, "", fs.ErrInvalid
	}
	dir, err = f.find(filepath.Dir(filepath.Clean(name)))
	if err != nil {
		return nil, "", err
	}
	if !dir.mode.IsDir() {
		return nil, "", fs.ErrNotExist
	}
	return dir, parts[len(parts)-1], nil
}

func (f *FS) create(name string, perm fs.FileMode) (durable.File, error) {
	dir, base, err := f.parent(name)
	if err != nil {
		return nil, err
	}
	if dir.live[base] != nil {
		return nil, fs.ErrExist
	}
	if err := f.spend(); err != nil {
		return nil, err
	}
	n := &node{mode: perm, modTime: f.opts.Now(), attrs: map[string]string{}}
	dir.change(change{base: n}, f.opts.Now())
	return &file{fsys: f, node: n, name: name, power: f.power, writable: true}, nil
}

// Create implements durable.FS.
func (f *FS) Create(name string, perm fs.FileMode) (durable.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := f.create(name, perm)
	return file, pathErr("open", name, err)
}

// CreateTemp implements durable.FS. Its names count up.
func (f *FS) CreateTemp(dir, pattern string) (durable.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		f.temps++
		name := filepath.Join(dir, tempName(pattern, strconv.Itoa(f.temps)))
		file, err := f.create(name, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		return file, pathErr("createtemp", name, err)
	}
}

// Open implements durable.FS.
func (f *FS) Open(name string) (durable.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.on(); err != nil {
		return nil, pathErr("open", name, err)
	}
	n, err := f.find(name)
	if err != nil {
		return nil, pathErr("open", name, err)
	}
	return &file{fsys: f, node: n, name: name, power: f.power}, nil
}
