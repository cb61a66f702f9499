//go:build linux

// Package powerfs is a file system that loses power. It is mounted by FUSE, so that a real program with its real database
// runs on it, and keeps apart what POSIX keeps apart: after Cut, a file has the bytes of its last fsync or fdatasync, a
// folder the entries of its last fsync, and nothing else is left. It is strict: a file that was forced to disk is lost if
// its entry was not, one whose entry was forced and not its bytes is empty, and a rename that was not forced is undone.
// It can also be slow, or hang.
//
// internal/durable/lossy says the same of calls in memory; it cannot be shared, as it knows names and no open files, no
// writes in the middle and no mappings, and copies a whole file at each Sync.
package powerfs

import (
	"maps"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// page is the unit in which a file's old bytes are kept until it is forced to disk.
const page = 4096

// A Disk is what is on one machine. It outlives its mounts.
type Disk struct {
	mu   sync.Mutex
	root *node
	inos uint64
	lost Lost
	all  map[*node]struct{} // that something was done to since the last cut
	slow atomic.Pointer[func(Work)]
}

// Work is what a disk is asked to do.
type Work int

// Kinds of work. Reading is none: what was written lately is in memory.
const (
	Writing Work = iota // bytes, lengths, names: what a program sees at once, and a cut takes away
	Forcing             // to disk
)

// Slow has f called before each piece of work, which waits for it: so a disk is slow, or hangs. nil is a quick disk again.
func (d *Disk) Slow(f func(Work)) {
	if f == nil {
		d.slow.Store(nil)
		return
	}
	d.slow.Store(&f)
}

// work takes the time of a slow disk. The disk is not locked meanwhile: who reads does not wait.
func (d *Disk) work(w Work) {
	if f := d.slow.Load(); f != nil {
		(*f)(w)
	}
}

// Lost counts what cuts took away.
type Lost struct {
	Cuts    int
	Files   int // whose bytes were not all forced to disk
	Folders int // whose entries were not all forced to disk
}

// New makes an empty disk.
func New() *Disk {
	d := &Disk{all: map[*node]struct{}{}}
	d.root = d.node(syscall.S_IFDIR | 0o755)
	return d
}

// Lost gives what cuts took away so far.
func (d *Disk) Lost() Lost {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost
}

// Cut switches the power off and on: what was not forced to disk is gone. The disk must not be mounted.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lost.Cuts++
	for n := range d.all {
		n.cut(&d.lost)
	}
	clear(d.all)
	d.root.eachEntry(func(n *node) { n.links = 0 })
	d.root.eachEntry(func(n *node) { n.links++ })
}

// eachEntry calls f for every entry below a folder.
func (n *node) eachEntry(f func(*node)) {
	for _, c := range n.entries {
		f(c)
		c.eachEntry(f)
	}
}

// A node is a file or a folder, as programs see it and as it is on disk.
type node struct {
	disk  *Disk
	ino   uint64
	mode  uint32
	mtime time.Time
	links int // names, of a file; only told

	data     []byte           // of a file
	size     int              // bytes on disk
	modified time.Time        // on disk
	old      map[int][]byte   // pages on disk that data has otherwise, by number
	entries  map[string]*node // of a folder
	durable  map[string]*node // entries on disk; nil where entries are the same
}

// node makes one, durable and empty where its name is.
func (d *Disk) node(mode uint32) *node {
	d.inos++
	now := time.Now()
	n := &node{disk: d, ino: d.inos, mode: mode, mtime: now, modified: now}
	if n.isDir() {
		n.entries = map[string]*node{}
	}
	return n
}

func (n *node) isDir() bool { return n.mode&syscall.S_IFMT == syscall.S_IFDIR }

// keep remembers the pages on disk that are about to change, from byte off up to end.
func (n *node) keep(off, end int) {
	n.disk.all[n] = struct{}{}
	end = min(end, n.size)
	for p := off / page; p*page < end; p++ {
		if n.old[p] == nil {
			if n.old == nil {
				n.old = map[int][]byte{}
			}
			n.old[p] = append([]byte{}, n.data[p*page:min((p+1)*page, len(n.data))]...)
		}
	}
}

// write writes bytes at an offset.
func (n *node) write(b []byte, off int) {
	end := off + len(b)
	if off > len(n.data) {
		n.truncate(off)
	}
	n.keep(off, end)
	if end > len(n.data) {
		n.data = append(n.data, make([]byte, end-len(n.data))...)
	}
	copy(n.data[off:], b)
	n.mtime = time.Now()
}

// truncate makes a file so long.
func (n *node) truncate(size int) {
	n.keep(min(size, len(n.data)), len(n.data))
	if size <= len(n.data) {
		n.data = n.data[:size:size]
	} else {
		n.data = append(n.data, make([]byte, size-len(n.data))...)
	}
	n.mtime = time.Now()
}

// set puts an entry into a folder, or takes it away with nil.
func (n *node) set(name string, to *node) {
	if n.durable == nil {
		n.durable = maps.Clone(n.entries)
	}
	n.disk.all[n] = struct{}{}
	if was := n.entries[name]; was != nil {
		was.links--
		delete(n.entries, name)
	}
	if to != nil {
		to.links++
		n.entries[name] = to
	}
	n.mtime = time.Now()
}

// sync forces a file's bytes or a folder's entries to disk.
func (n *node) sync() {
	n.size, n.modified, n.old, n.durable = len(n.data), n.mtime, nil, nil
}

// cut makes of a node what is on disk.
func (n *node) cut(lost *Lost) {
	n.mtime = n.modified
	if n.isDir() {
		if n.durable != nil {
			lost.Folders++
			n.entries, n.durable = n.durable, nil
		}
		return
	}
	if n.size != len(n.data) || len(n.old) > 0 {
		lost.Files++
	}
	if n.size <= len(n.data) {
		n.data = n.data[:n.size:n.size]
	} else {
		n.data = append(n.data, make([]byte, n.size-len(n.data))...)
	}
	for p, old := range n.old {
		copy(n.data[p*page:], old)
	}
	n.old = nil
}
