// Package fs keeps originals as files in a folder of one machine.
//
// A file holds the bytes of its object and nothing else, so that any tool can read it. Its digest is an extended
// attribute of the same file, forced to disk with the bytes: neither can be there without the other, and where the file
// system keeps no attributes, or a copy lost them, the digest is worked out from the bytes as it is asked for.
//
// An object is written under a temporary name, forced to disk, given its name by a hard link, which fails where the name
// is taken, and then the folder is forced to disk. The file system must know hard links.
package fs

import (
	"context"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"path/filepath"
	"sync"
	"time"

	"cargogate/internal/blob"
	"cargogate/internal/durable"
)

// Limits and names of the folder.
const (
	tmpDir    = ".tmp"       // of files that are being written; no key begins with a dot
	staleTemp = time.Hour    // after which a file there is nobody's: its writer was killed
	digestTag = "sha256"     // the attribute that holds the digest, in hex, as sha256sum prints it
	dirPerm   = 0o700        // originals are for the gateway alone
	copyBlock = 256 << 10    // bytes read at once
	putTries  = 100          // how often a Put meets an object that is gone as it looks, before it gives up
	pattern   = "put-*.part" // of temporary files
)

// Options of a Store. The zero value is what a gateway uses.
type Options struct {
	FS  durable.FS       // durable.OS if nil
	Now func() time.Time // tells which leftovers are old; time.Now if nil
}

// Store is a blob.Store in a folder. Several processes may use one folder at once.
type Store struct {
	fsys durable.FS
	root string
	dirs *durable.Dirs

	// shape is held for reading from making sure of a folder to forcing a new entry in it to disk, and for writing while
	// an empty folder is removed, so that no entry is put in a folder that is going away.
	shape sync.RWMutex
}

var _ blob.Store = (*Store)(nil)

// Open gives the store in dir, which it makes if need be, and removes what killed writers left behind.
func Open(dir string, opts Options) (*Store, error) {
	if dir == "" {
		return nil, errors.New("blob/fs: no folder is named")
	}
	if opts.FS == nil {
		opts.FS = durable.OS{}
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Store{fsys: opts.FS, root: filepath.Clean(dir), dirs: durable.NewDirs(opts.FS, dir, dirPerm)}
	if err := durable.MkdirAll(s.fsys, s.root, dirPerm); err != nil {
		return nil, fmt.Errorf("blob/fs: %w", err)
	}
	if err := s.dirs.Ensure(tmpDir); err != nil {
		return nil, fmt.Errorf("blob/fs: %w", err)
	}
	if err := s.sweep(opts.Now().Add(-staleTemp)); err != nil {
		return nil, fmt.Errorf("blob/fs: removing what was left behind: %w", err)
	}
	return s, nil
}

// sweep removes temporary files that were last written before a time. Younger ones may be another process's.
func (s *Store) sweep(before time.Time) error {
	var old []string
	err := s.fsys.ReadDir(filepath.Join(s.root, tmpDir), func(e iofs.DirEntry) bool {
		if info, err := e.Info(); err == nil && !e.IsDir() && info.ModTime().Before(before) {
			old = append(old, e.Name())
		}
		return true
	})
	for _, name := range old {
		if rerr := s.fsys.Remove(filepath.Join(s.root, tmpDir, name)); rerr != nil && !errors.Is(rerr, iofs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}

// wrap gives an error its operation and key.
func wrap(op, key string, err error) error { return fmt.Errorf("blob/fs: %s %q: %w", op, key, err) }

// missing is wrap for a method that asks for an object: a file that is not there is one.
func missing(op, key string, err error) error {
	if errors.Is(err, iofs.ErrNotExist) {
		err = blob.ErrNotFound
	}
	return wrap(op, key, err)
}

// enter is how every method on a key begins.
func enter(ctx context.Context, op, key string) error {
	if err := ctx.Err(); err != nil {
		return wrap(op, key, err)
	}
	if !blob.ValidKey(key) {
		return wrap(op, key, blob.ErrKey)
	}
	return nil
}

// reader is an opened object: the file with the size that it had.
type reader struct {
	durable.File
	size int64
}

func (r reader) Size() int64 { return r.size }

// Open implements blob.Store.
func (s *Store) Open(ctx context.Context, key string) (blob.Reader, error) {
	if err := enter(ctx, "open", key); err != nil {
		return nil, err
	}
	f, err := s.fsys.Open(s.path(key))
	if err != nil {
		return nil, missing("open", key, err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // it was only read
		return nil, wrap("open", key, err)
	}
	return reader{f, info.Size()}, nil
}

// Head implements blob.Store.
func (s *Store) Head(ctx context.Context, key string) (blob.Object, error) {
	if err := enter(ctx, "head", key); err != nil {
		return blob.Object{}, err
	}
	o, ok, err := s.stat(key)
	if err == nil && !ok {
		o.SHA256, err = s.digest(ctx, key)
	}
	if err != nil {
		return blob.Object{}, missing("head", key, err)
	}
	return o, nil
}

// stat describes an object by what is kept beside it; ok says whether that includes the digest.
func (s *Store) stat(key string) (o blob.Object, ok bool, err error) {
	name := s.path(key)
	info, err := s.fsys.Stat(name)
	if err != nil {
		return o, false, err
	}
	o = blob.Object{Key: key, Size: info.Size(), Modified: info.ModTime().UTC()}
	text, err := s.fsys.Attr(name, digestTag)
	if err != nil && !errors.Is(err, durable.ErrNoAttr) {
		return o, false, err
	}
	ok = err == nil && parseDigest(text, &o.SHA256)
	return o, ok, nil
}

// digest works out the digest of an object from its bytes.
func (s *Store) digest(ctx context.Context, key string) (sum [32]byte, err error) {
	f, err := s.fsys.Open(s.path(key))
	if err != nil {
		return sum, err
	}
	defer f.Close()
	_, sum, err = hashCopy(ctx, io.Discard, f, -1)
	return sum, err
}

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := enter(ctx, "delete", key); err != nil {
		return err
	}
	name := s.path(key)
	dir := filepath.Dir(name)
	err := s.fsys.Remove(name)
	if err != nil && !errors.Is(err, iofs.ErrNotExist) {
		return wrap("delete", key, err)
	}
	// Where there was none, the one who removed it may have been killed before the folder was forced to disk.
	if err := s.fsys.SyncDir(dir); errors.Is(err, iofs.ErrNotExist) {
		return s.syncUp(key, dir)
	} else if err != nil {
		return wrap("delete", key, err)
	}
	return s.prune(key, dir)
}

// syncUp forces to disk that a folder is not there, in the nearest folder above it that is.
func (s *Store) syncUp(key, dir string) error {
	for dir != s.root {
		dir = filepath.Dir(dir)
		err := s.fsys.SyncDir(dir)
		if err == nil {
			return nil
		}
		if !errors.Is(err, iofs.ErrNotExist) {
			return wrap("delete", key, err)
		}
	}
	return wrap("delete", key, errors.New("the store's folder is gone"))
}

// prune removes the folders of a deleted object that are empty now. One that comes back after a power loss does no harm,
// so nothing is forced to disk.
func (s *Store) prune(key, dir string) error {
	for ; dir != s.root; dir = filepath.Dir(dir) {
		empty := true
		err := s.fsys.ReadDir(dir, func(iofs.DirEntry) bool { empty = false; return false })
		if err == nil && !empty {
			return nil
		}
		rel, rerr := filepath.Rel(s.root, dir)
		if rerr != nil {
			return wrap("delete", key, rerr)
		}
		s.shape.Lock()
		s.dirs.Forget(rel)
		err = s.fsys.Remove(dir)
		s.shape.Unlock()
		if err != nil {
			return nil // filled again, or removed by another
		}
	}
	return nil
}

// Free implements blob.Store.
func (s *Store) Free(ctx context.Context) (int64, bool, error) {
	if err := ctx.Err(); err != nil {
		return 0, false, fmt.Errorf("blob/fs: free: %w", err)
	}
	n, err := s.fsys.Free(s.root)
	if errors.Is(err, errors.ErrUnsupported) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("blob/fs: free: %w", err)
	}
	return n, true, nil
}
