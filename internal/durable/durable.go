// Package durable is a small layer over files for what must outlive a power loss. It keeps apart what POSIX keeps apart:
// the bytes of a file, which File.Sync forces to disk, and the entry of a file in its folder, which SyncDir forces there.
//
// OS is the machine's own files. durable/lossy stands for a machine whose power fails: it forgets what was not forced.
package durable

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"syscall"
)

// ErrNoAttr is given where a file has no such attribute, or where the file system keeps none.
var ErrNoAttr = errors.New("durable: no such attribute")

// A File is an open file.
type File interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.Closer
	// Name gives the name that the file was opened under.
	Name() string
	// Stat describes the file.
	Stat() (fs.FileInfo, error)
	// Sync returns when the file's bytes and attributes are on disk. It says nothing of the file's entry in its folder.
	Sync() error
}

// An FS holds files and folders. Names are those of package filepath. Errors are those of package os, so that errors.Is
// knows fs.ErrExist and fs.ErrNotExist. Its methods may be called by several goroutines at once.
type FS interface {
	// Open opens a file for reading.
	Open(name string) (File, error)
	// Create makes a new file for reading and writing; fs.ErrExist if the name is taken.
	Create(name string, perm fs.FileMode) (File, error)
	// CreateTemp makes a new file, readable by its owner alone, in dir. The last "*" of pattern becomes a random text.
	CreateTemp(dir, pattern string) (File, error)
	// Link gives the file oldname a second name; fs.ErrExist if newname is taken, and nothing is changed.
	Link(oldname, newname string) error
	// Rename moves a file, over an existing one at newname.
	Rename(oldname, newname string) error
	// Remove removes a file or an empty folder.
	Remove(name string) error
	// Mkdir makes a folder; fs.ErrExist if the name is taken.
	Mkdir(name string, perm fs.FileMode) error
	// Stat describes a file or a folder.
	Stat(name string) (fs.FileInfo, error)
	// ReadDir calls yield for each entry of a folder, in no order and with few in memory, until it returns false.
	ReadDir(name string, yield func(fs.DirEntry) bool) error
	// SyncDir returns when the entries of a folder, made, renamed and removed, are on disk.
	SyncDir(name string) error
	// SetAttr keeps a short value with a file, durable with File.Sync. ErrNoAttr where it cannot be kept.
	SetAttr(name, attr string, value []byte) error
	// Attr gives what SetAttr kept; ErrNoAttr where there is none.
	Attr(name, attr string) ([]byte, error)
	// Free gives the bytes that an ordinary user can still write below name.
	Free(name string) (int64, error)
}

// MkdirAll makes dir and the folders above it that are missing, and returns when the entries of all of them are on disk.
// Those that are there already are forced there too: whoever made them may have been killed before he did.
func MkdirAll(fsys FS, dir string, perm fs.FileMode) error {
	info, err := fsys.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	there := err == nil
	parent := filepath.Dir(dir)
	if parent == dir {
		return err // the root, or the working folder
	}
	if err := MkdirAll(fsys, parent, perm); err != nil {
		return err
	}
	if !there {
		if err := fsys.Mkdir(dir, perm); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	err = fsys.SyncDir(parent)
	if there && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EINVAL)) {
		return nil // a folder that is not ours to force to disk, so that we have not made what is in it
	}
	return err
}

// WriteFile writes a file and returns when it is on disk under its name: after a power loss there is the old file or the
// new one, and no part of one. It goes by way of a temporary file in the same folder.
func WriteFile(fsys FS, name string, data []byte) error {
	dir := filepath.Dir(name)
	f, err := fsys.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = fsys.Rename(f.Name(), name)
	}
	if err != nil {
		_ = fsys.Remove(f.Name()) // the error that counts is the first
		return err
	}
	return fsys.SyncDir(dir)
}
