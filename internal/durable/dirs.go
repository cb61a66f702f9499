package durable

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
)

// maxKnown bounds the folders that a Dirs remembers. Forgetting one costs an fsync, nothing else.
const maxKnown = 4096

// ensureTries is how often a folder is made anew that other processes remove as empty.
const ensureTries = 20

// Dirs makes folders below a root and remembers which of them are on disk. A folder that merely exists is not enough: a
// process that was killed, or one that is still at it, may have made it and not have forced its entry to disk.
type Dirs struct {
	fsys FS
	root string
	perm fs.FileMode

	mu    sync.Mutex
	known map[string]struct{} // folders whose entries, up to the root, were forced to disk by this process
}

// NewDirs makes folders with perm below root, which exists.
func NewDirs(fsys FS, root string, perm fs.FileMode) *Dirs {
	return &Dirs{fsys: fsys, root: filepath.Clean(root), perm: perm, known: map[string]struct{}{}}
}

// Ensure returns when the folder root/rel is there and on disk.
func (d *Dirs) Ensure(rel string) error {
	if rel == "" || rel == "." {
		return nil
	}
	d.mu.Lock()
	_, ok := d.known[rel]
	d.mu.Unlock()
	if ok {
		return nil
	}
	parent := filepath.Dir(rel)
	if err := d.Ensure(parent); err != nil {
		return err
	}
	err := d.fsys.Mkdir(filepath.Join(d.root, rel), d.perm)
	for range ensureTries {
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		// The folder above was removed after it was found, by another process: make it anew.
		d.Forget(parent)
		if err := d.Ensure(parent); err != nil {
			return err
		}
		err = d.fsys.Mkdir(filepath.Join(d.root, rel), d.perm)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := d.fsys.SyncDir(filepath.Join(d.root, parent)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	} else if err != nil {
		return nil // removed with what is above it, as who puts something there will find; nothing is remembered
	}
	d.mu.Lock()
	if len(d.known) >= maxKnown {
		clear(d.known)
	}
	d.known[rel] = struct{}{}
	d.mu.Unlock()
	return nil
}

// Forget drops what is known of a folder and those below it, as it is removed or found to be missing.
func (d *Dirs) Forget(rel string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	below := rel + string(filepath.Separator)
	for k := range d.known {
		if k == rel || strings.HasPrefix(k, below) {
			delete(d.known, k)
		}
	}
}
