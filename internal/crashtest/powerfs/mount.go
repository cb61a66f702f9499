//go:build linux

package powerfs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// freeBlocks is what Statfs gives as free and as all there is.
const freeBlocks = 1 << 20

// A Mount is a disk that programs can use.
type Mount struct {
	server *fuse.Server
}

// Mount mounts a disk on an empty folder. It needs /dev/fuse and the right to mount.
func (d *Disk) Mount(dir string) (*Mount, error) {
	d.mu.Lock()
	ino := d.root.ino
	d.mu.Unlock()
	second := time.Second
	// Nobody but the kernel changes what is here, so it may remember.
	server, err := fs.Mount(dir, &inode{node: d.root}, &fs.Options{
		AttrTimeout: &second, EntryTimeout: &second, NullPermissions: true,
		RootStableAttr: &fs.StableAttr{Ino: ino, Mode: syscall.S_IFDIR},
		MountOptions:   fuse.MountOptions{DirectMount: true, Name: "powerfs", FsName: "powerfs", DisableXAttrs: true, MaxWrite: 1 << 17},
	})
	if err != nil {
		return nil, fmt.Errorf("powerfs: mount on %s: %w", dir, err)
	}
	return &Mount{server: server}, nil
}

// Close unmounts. No program may have a file of it open.
func (m *Mount) Close() error {
	var err error
	for range 100 {
		if err = m.server.Unmount(); err == nil {
			m.server.Wait()
			return nil
		}
		if !errors.Is(err, syscall.EBUSY) {
			break
		}
		time.Sleep(20 * time.Millisecond) // the kernel is not yet done with those that ended
	}
	return fmt.Errorf("powerfs: unmount: %w", err)
}

// An inode is a node as FUSE knows it.
type inode struct {
	fs.Inode
	node *node
}

var (
	_ fs.NodeLookuper  = (*inode)(nil)
	_ fs.NodeCreater   = (*inode)(nil)
	_ fs.NodeMkdirer   = (*inode)(nil)
	_ fs.NodeLinker    = (*inode)(nil)
	_ fs.NodeRenamer   = (*inode)(nil)
	_ fs.NodeUnlinker  = (*inode)(nil)
	_ fs.NodeRmdirer   = (*inode)(nil)
	_ fs.NodeReaddirer = (*inode)(nil)
	_ fs.NodeOpener    = (*inode)(nil)
	_ fs.NodeReader    = (*inode)(nil)
	_ fs.NodeWriter    = (*inode)(nil)
	_ fs.NodeFsyncer   = (*inode)(nil)
	_ fs.NodeGetattrer = (*inode)(nil)
	_ fs.NodeSetattrer = (*inode)(nil)
	_ fs.NodeStatfser  = (*inode)(nil)
)

func (i *inode) lock() func() {
	i.node.disk.mu.Lock()
	return i.node.disk.mu.Unlock
}

// child gives the inode of an entry.
func (i *inode) child(ctx context.Context, n *node, out *fuse.EntryOut) *fs.Inode {
	n.attr(&out.Attr)
	return i.NewInode(ctx, &inode{node: n}, fs.StableAttr{Mode: n.mode & syscall.S_IFMT, Ino: n.ino})
}

func (n *node) attr(a *fuse.Attr) {
	a.Ino, a.Mode, a.Size, a.Blksize = n.ino, n.mode, uint64(len(n.data)), page
	a.Blocks, a.Nlink = (a.Size+511)/512, uint32(max(n.links, 0))
	if n.isDir() {
		a.Nlink = 2
	}
	a.SetTimes(&n.mtime, &n.mtime, &n.mtime)
}

// Lookup finds an entry.
func (i *inode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	defer i.lock()()
	n := i.node.entries[name]
	if n == nil {
		return nil, syscall.ENOENT
	}
	return i.child(ctx, n, out), fs.OK
}

func (i *inode) make(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if i.node.entries[name] != nil {
		return nil, syscall.EEXIST
	}
	n := i.node.disk.node(mode)
	i.node.set(name, n)
	return i.child(ctx, n, out), fs.OK
}

// Create makes a file and opens it.
func (i *inode) Create(ctx context.Context, name string, _ uint32, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	i.node.disk.work(Writing)
	defer i.lock()()
	c, errno := i.make(ctx, name, syscall.S_IFREG|mode&0o7777, out)
	return c, nil, fuse.FOPEN_KEEP_CACHE, errno
}

// Mkdir makes a folder.
func (i *inode) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	i.node.disk.work(Writing)
	defer i.lock()()
	return i.make(ctx, name, syscall.S_IFDIR|mode&0o7777, out)
}

// Link gives a file another name.
func (i *inode) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	i.node.disk.work(Writing)
	defer i.lock()()
	t, ok := target.(*inode)
	switch {
	case !ok || t.node.isDir():
		return nil, syscall.EPERM
	case i.node.entries[name] != nil:
		return nil, syscall.EEXIST
	}
	i.node.set(name, t.node)
	return i.child(ctx, t.node, out), fs.OK
}

// Rename moves an entry, over an existing one.
func (i *inode) Rename(_ context.Context, name string, newParent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	i.node.disk.work(Writing)
	defer i.lock()()
	to, ok := newParent.(*inode)
	if !ok || flags != 0 {
		return syscall.EINVAL
	}
	n, over := i.node.entries[name], to.node.entries[newName]
	switch {
	case n == nil:
		return syscall.ENOENT
	case over == n:
		return fs.OK
	case over != nil && over.isDir() && len(over.entries) > 0:
		return syscall.ENOTEMPTY
	case over != nil && over.isDir() != n.isDir():
		return syscall.EEXIST
	}
	to.node.set(newName, n)
	i.node.set(name, nil)
	return fs.OK
}

// Unlink removes the name of a file.
func (i *inode) Unlink(_ context.Context, name string) syscall.Errno {
	i.node.disk.work(Writing)
	defer i.lock()()
	if n := i.node.entries[name]; n == nil {
		return syscall.ENOENT
	} else if n.isDir() {
		return syscall.EISDIR
	}
	i.node.set(name, nil)
	return fs.OK
}

// Rmdir removes an empty folder.
func (i *inode) Rmdir(_ context.Context, name string) syscall.Errno {
	i.node.disk.work(Writing)
	defer i.lock()()
	n := i.node.entries[name]
	switch {
	case n == nil:
		return syscall.ENOENT
	case !n.isDir():
		return syscall.ENOTDIR
	case len(n.entries) > 0:
		return syscall.ENOTEMPTY
	}
	i.node.set(name, nil)
	return fs.OK
}

// Readdir lists a folder.
func (i *inode) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	defer i.lock()()
	var list []fuse.DirEntry
	for _, name := range slices.Sorted(maps.Keys(i.node.entries)) {
		n := i.node.entries[name]
		list = append(list, fuse.DirEntry{Name: name, Mode: n.mode & syscall.S_IFMT, Ino: n.ino})
	}
	return fs.NewListDirStream(list), fs.OK
}

// Open opens a file.
func (i *inode) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	defer i.lock()()
	if flags&syscall.O_TRUNC != 0 {
		i.node.truncate(0)
	}
	return nil, fuse.FOPEN_KEEP_CACHE, fs.OK
}

// Read reads bytes of a file.
func (i *inode) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	defer i.lock()()
	if off >= int64(len(i.node.data)) {
		return fuse.ReadResultData(nil), fs.OK
	}
	return fuse.ReadResultData(dest[:copy(dest, i.node.data[off:])]), fs.OK
}

// Write writes bytes of a file, which a cut takes away until they are forced to disk.
func (i *inode) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	i.node.disk.work(Writing)
	defer i.lock()()
	i.node.write(data, int(off))
	return uint32(len(data)), fs.OK
}

// Fsync forces a file's bytes or a folder's entries to disk.
func (i *inode) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	i.node.disk.work(Forcing)
	defer i.lock()()
	i.node.sync()
	return fs.OK
}

// Getattr describes a file or a folder.
func (i *inode) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	defer i.lock()()
	i.node.attr(&out.Attr)
	return fs.OK
}

// Setattr changes the length, the mode or the time of a file.
func (i *inode) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	i.node.disk.work(Writing)
	defer i.lock()()
	n := i.node
	if mode, ok := in.GetMode(); ok {
		n.mode = n.mode&syscall.S_IFMT | mode&0o7777
	}
	if size, ok := in.GetSize(); ok && !n.isDir() {
		n.truncate(int(size))
	}
	if at, ok := in.GetMTime(); ok {
		n.disk.all[n] = struct{}{}
		n.mtime = at
	}
	n.attr(&out.Attr)
	return fs.OK
}

// Statfs says that there is room.
func (i *inode) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	out.Bsize, out.Frsize, out.NameLen = page, page, 255
	out.Blocks, out.Bfree, out.Bavail = freeBlocks, freeBlocks, freeBlocks
	out.Files, out.Ffree = freeBlocks, freeBlocks
	return fs.OK
}
