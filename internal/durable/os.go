package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"cargogate/internal/failpoint"
)

// OS is the machine's own files.
type OS struct{}

// osFile is an *os.File whose Sync a test build can switch off.
type osFile struct{ *os.File }

func (f osFile) Sync() error {
	if failpoint.Sabotaged(failpoint.NoFsync) {
		return nil
	}
	return f.File.Sync()
}

func wrapOS(f *os.File, err error) (File, error) {
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// Open implements FS.
func (OS) Open(name string) (File, error) { return wrapOS(os.Open(name)) }

// Create implements FS.
func (OS) Create(name string, perm fs.FileMode) (File, error) {
	return wrapOS(os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm))
}

// CreateTemp implements FS.
func (OS) CreateTemp(dir, pattern string) (File, error) { return wrapOS(os.CreateTemp(dir, pattern)) }

// Link implements FS.
func (OS) Link(oldname, newname string) error { return os.Link(oldname, newname) }

// Rename implements FS.
func (OS) Rename(oldname, newname string) error { return os.Rename(oldname, newname) }

// Remove implements FS.
func (OS) Remove(name string) error { return os.Remove(name) }

// Mkdir implements FS.
func (OS) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) }

// Stat implements FS.
func (OS) Stat(name string) (fs.FileInfo, error) { return os.Stat(name) }

// ReadDir implements FS.
func (OS) ReadDir(name string, yield func(fs.DirEntry) bool) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		entries, err := d.ReadDir(512)
		for _, e := range entries {
			if !yield(e) {
				return nil
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// SyncDir implements FS.
func (OS) SyncDir(name string) error {
	if failpoint.Sabotaged(failpoint.NoFsync) {
		return nil
	}
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
