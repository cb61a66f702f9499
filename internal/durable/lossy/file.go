package lossy

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"time"
)

// file is an open file; its fields are guarded by the machine's lock.
type file struct {
	fsys     *FS
	node     *node
	name     string
	power    int // the power that it was opened under
	off      int64
	writable bool
	closed   bool
}

// enter takes the machine's lock and says whether the file can be used.
func (h *file) enter() error {
	h.fsys.mu.Lock()
	switch {
	case h.closed:
		return fs.ErrClosed
	case h.power != h.fsys.power:
		return ErrPowerCut
	}
	return h.fsys.on()
}

func (h *file) Name() string { return h.name }

func (h *file) Read(p []byte) (int, error) {
	err := h.enter()
	defer h.fsys.mu.Unlock()
	if err != nil {
		return 0, pathErr("read", h.name, err)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if h.off >= int64(len(h.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, h.node.data[h.off:])
	h.off += int64(n)
	return n, nil
}

func (h *file) ReadAt(p []byte, off int64) (int, error) {
	err := h.enter()
	defer h.fsys.mu.Unlock()
	if err == nil && off < 0 {
		err = errors.New("negative offset")
	}
	if err != nil {
		return 0, pathErr("readat", h.name, err)
	}
	if len(p) == 0 {
		return 0, nil
	}
	if off >= int64(len(h.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, h.node.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Write appends: nobody here writes in another place than at the end.
func (h *file) Write(p []byte) (int, error) {
	err := h.enter()
	defer h.fsys.mu.Unlock()
	if err == nil && !h.writable {
		err = fs.ErrPermission
	}
	if err == nil {
		err = h.fsys.spend()
	}
	if err != nil {
		return 0, pathErr("write", h.name, err)
	}
	h.node.data = append(h.node.data, p...)
	h.node.modTime = h.fsys.opts.Now()
	h.off = int64(len(h.node.data))
	return len(p), nil
}

func (h *file) Sync() error {
	err := h.enter()
	defer h.fsys.mu.Unlock()
	if err == nil {
		err = h.fsys.spend()
	}
	if err != nil {
		return pathErr("fsync", h.name, err)
	}
	if !h.fsys.opts.NoFileSync {
		// The bytes are only ever appended to, so that those below this length stay as they are.
		h.node.diskData = h.node.data[:len(h.node.data):len(h.node.data)]
		h.node.diskAtt = copyMap(h.node.attrs)
	}
	return nil
}

func (h *file) Stat() (fs.FileInfo, error) {
	err := h.enter()
	defer h.fsys.mu.Unlock()
	if err != nil {
		return nil, pathErr("stat", h.name, err)
	}
	return h.node.info(filepath.Base(h.name)), nil
}

func (h *file) Close() error {
	h.fsys.mu.Lock()
	defer h.fsys.mu.Unlock()
	if h.closed {
		return pathErr("close", h.name, fs.ErrClosed)
	}
	h.closed = true
	return nil
}

// info is what a node was as it was asked for.
type info struct {
	name    string
	size    int64
	mode    fs.FileMode
	modTime time.Time
}

func (n *node) info(name string) fs.FileInfo {
	return info{name: name, size: int64(len(n.data)), mode: n.mode, modTime: n.modTime}
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return i.modTime }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }
