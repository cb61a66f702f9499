package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"cargogate/internal/durable"
	"cargogate/internal/failpoint"
)

// Folders of a channel.
const (
	inDir       = "in"
	acksDir     = "acks"
	archiveDir  = "archive"
	rejectedDir = "rejected"
)

// A disk is the folder of one channel. The partner may write below it, so nothing in it is trusted: os.Root follows no
// link that leads out.
type disk struct {
	*os.Root
	hook func(op, name string)
}

// openDisk opens the folder of a channel, and makes it and those in it if they are not there.
func openDisk(root, dir string, hook func(op, name string)) (*disk, error) {
	full := filepath.Join(root, dir)
	if err := os.MkdirAll(full, 0o770); err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	r, err := os.OpenRoot(full)
	if err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	d := &disk{Root: r, hook: hook}
	for _, name := range []string{inDir, acksDir, archiveDir, rejectedDir} {
		if err := d.mkdir(name); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return d, nil
}

// open opens the folder of a channel, and sees to it once that the folder, those above it and those in it are on disk. To
// exist is not enough: the process that made one may have been killed before it forced the entry there, and then a loss
// of power takes the folder with all that partners were told is in it.
func (t *Transport) open(dir string) (*disk, error) {
	d, err := openDisk(t.config.Root, dir, t.config.hook)
	if err != nil {
		return nil, err
	}
	info, err := d.Stat(".")
	if err == nil {
		if known, ok := t.onDisk.Load(dir); ok && known == inodeOf(info) {
			return d, nil
		}
		err = errors.Join(d.syncDir("."), durable.MkdirAll(durable.OS{}, filepath.Join(t.config.Root, dir), 0o770))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("folder: %w", err), d.Close())
	}
	t.onDisk.Store(dir, inodeOf(info))
	return d, nil
}

func (d *disk) did(op, name string) {
	if d.hook != nil {
		d.hook(op, name)
	}
}

// mkdir makes a folder durably, if it is not there.
func (d *disk) mkdir(name string) error {
	err := d.Mkdir(name, 0o770)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	d.did("mkdir", name)
	return d.syncDir(path.Dir(name))
}

// syncDir returns when the entries of a folder are on disk.
func (d *disk) syncDir(name string) error {
	d.did("syncdir", name)
	if failpoint.Sabotaged(failpoint.NoFsync) {
		return nil
	}
	f, err := d.Open(name)
	if err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	err = errors.Join(f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("folder: sync of %s: %w", name, err)
	}
	return nil
}

// move renames a file durably, over an existing one.
func (d *disk) move(from, to string) error {
	if err := d.Rename(from, to); err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	d.did("rename", to)
	if err := d.syncDir(path.Dir(to)); err != nil {
		return err
	}
	if path.Dir(from) != path.Dir(to) {
		return d.syncDir(path.Dir(from))
	}
	return nil
}

// write makes a file of these bytes durably: under a name in progress first, so that the partner never fetches half of
// it. temp must be the same for every try of the same file, so that a crash leaves one at most.
func (d *disk) write(dir, name, temp string, body []byte) error {
	tmp := path.Join(dir, temp)
	if err := d.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("folder: %w", err)
	}
	f, err := d.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o660)
	if err != nil {
		return fmt.Errorf("folder: %w", err)
	}
	_, err = f.Write(body)
	if err == nil && !failpoint.Sabotaged(failpoint.NoFsync) {
		err = f.Sync()
	}
	d.did("sync", tmp)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("folder: %w", err), d.Remove(tmp))
	}
	return d.move(tmp, path.Join(dir, name))
}

// holds reports whether the file of this name holds just these bytes.
func (d *disk) holds(name string, body []byte) bool {
	info, err := d.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(body)) {
		return false
	}
	f, err := d.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	got, err := io.ReadAll(io.LimitReader(f, int64(len(body))+1))
	return err == nil && string(got) == string(body)
}
