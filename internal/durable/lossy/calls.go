package lossy

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"cargogate/internal/durable"
)

// Link implements durable.FS.
func (f *FS) Link(oldname, newname string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return pathErr("link", newname, f.link(oldname, newname))
}

func (f *FS) link(oldname, newname string) error {
	n, err := f.find(oldname)
	if err != nil {
		return err
	}
	dir, base, err := f.parent(newname)
	if err != nil {
		return err
	}
	if n.mode.IsDir() {
		return fs.ErrPermission
	}
	if dir.live[base] != nil {
		return fs.ErrExist
	}
	if err := f.spend(); err != nil {
		return err
	}
	dir.change(change{base: n}, f.opts.Now())
	return nil
}

// Rename implements durable.FS. In one folder it is one change; between two it is one in each, and a power cut may keep
// one of them, both or none.
func (f *FS) Rename(oldname, newname string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return pathErr("rename", newname, f.rename(oldname, newname))
}

func (f *FS) rename(oldname, newname string) error {
	from, oldbase, err := f.parent(oldname)
	if err != nil {
		return err
	}
	to, newbase, err := f.parent(newname)
	if err != nil {
		return err
	}
	n := from.live[oldbase]
	if n == nil {
		return fs.ErrNotExist
	}
	if over := to.live[newbase]; over != nil && (over.mode.IsDir() || n.mode.IsDir()) {
		return fs.ErrExist
	}
	if err := f.spend(); err != nil {
		return err
	}
	switch now := f.opts.Now(); {
	case from == to && oldbase == newbase:
	case from == to:
		from.change(change{oldbase: nil, newbase: n}, now)
	default:
		from.change(change{oldbase: nil}, now)
		to.change(change{newbase: n}, now)
	}
	return nil
}

// Remove implements durable.FS.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return pathErr("remove", name, f.remove(name))
}

func (f *FS) remove(name string) error {
	dir, base, err := f.parent(name)
	if err != nil {
		return err
	}
	n := dir.live[base]
	if n == nil {
		return fs.ErrNotExist
	}
	if len(n.live) > 0 {
		return fmt.Errorf("folder not empty: %w", fs.ErrExist) // as ENOTEMPTY is
	}
	if err := f.spend(); err != nil {
		return err
	}
	dir.change(change{base: nil}, f.opts.Now())
	return nil
}

// Mkdir implements durable.FS.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return pathErr("mkdir", name, f.mkdir(name, perm))
}

func (f *FS) mkdir(name string, perm fs.FileMode) error {
	if len(split(name)) == 0 {
		return fs.ErrExist
	}
	dir, base, err := f.parent(name)
	if err != nil {
		return err
	}
	if dir.live[base] != nil {
		return fs.ErrExist
	}
	if err := f.spend(); err != nil {
		return err
	}
	dir.change(change{base: newDir(perm, f.opts.Now())}, f.opts.Now())
	return nil
}

// SyncDir implements durable.FS.
func (f *FS) SyncDir(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(name)
	if err == nil && !n.mode.IsDir() {
		err = fs.ErrInvalid
	}
	if err == nil {
		err = f.spend()
	}
	if err != nil {
		return pathErr("fsync", name, err)
	}
	if !f.opts.NoDirSync {
		for _, c := range n.pending {
			c.apply(n.disk)
		}
		n.pending = nil
	}
	return nil
}

// Stat implements durable.FS.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.on(); err != nil {
		return nil, pathErr("stat", name, err)
	}
	n, err := f.find(name)
	if err != nil {
		return nil, pathErr("stat", name, err)
	}
	return n.info(filepath.Base(name)), nil
}

// ReadDir implements durable.FS.
func (f *FS) ReadDir(name string, yield func(fs.DirEntry) bool) error {
	f.mu.Lock()
	n, err := f.find(name)
	if err == nil && !n.mode.IsDir() {
		err = fs.ErrInvalid
	}
	if err == nil {
		err = f.on()
	}
	var entries []fs.DirEntry
	if err == nil {
		for base, child := range n.live { // in no order, as promised
			entries = append(entries, fs.FileInfoToDirEntry(child.info(base)))
		}
	}
	f.mu.Unlock()
	if err != nil {
		return pathErr("readdir", name, err)
	}
	for _, e := range entries {
		if !yield(e) {
			break
		}
	}
	return nil
}

// SetAttr implements durable.FS.
func (f *FS) SetAttr(name, attr string, value []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(name)
	if err == nil && (f.opts.NoAttr || n.mode.IsDir()) {
		err = durable.ErrNoAttr
	}
	if err == nil {
		err = f.spend()
	}
	if err != nil {
		return pathErr("setxattr", name, err)
	}
	n.attrs[attr] = string(value)
	return nil
}

// Attr implements durable.FS.
func (f *FS) Attr(name, attr string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.find(name)
	if err == nil {
		err = f.on()
	}
	if err != nil {
		return nil, pathErr("getxattr", name, err)
	}
	v, ok := n.attrs[attr]
	if !ok {
		return nil, pathErr("getxattr", name, durable.ErrNoAttr)
	}
	return []byte(v), nil
}

// Free implements durable.FS.
func (f *FS) Free(name string) (int64, error) {
	if _, err := f.Stat(name); err != nil {
		return 0, err
	}
	return f.opts.Free, nil
}

func pathErr(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

func split(name string) []string {
	name = strings.Trim(filepath.ToSlash(filepath.Clean(name)), "/")
	if name == "" || name == "." {
		return nil
	}
	return strings.Split(name, "/")
}

func tempName(pattern, random string) string {
	if i := strings.LastIndexByte(pattern, '*'); i >= 0 {
		return pattern[:i] + random + pattern[i+1:]
	}
	return pattern + random
}

func sorted(m map[string]*node) []string { return slices.Sorted(maps.Keys(m)) }

func copyMap[V any](m map[string]V) map[string]V {
	c := make(map[string]V, len(m))
	maps.Copy(c, m)
	return c
}
