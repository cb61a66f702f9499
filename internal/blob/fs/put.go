package fs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"path/filepath"

	"cargogate/internal/blob"
	"cargogate/internal/durable"
)

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
	if err := enter(ctx, "put", key); err != nil {
		return blob.Object{}, err
	}
	o, err := s.put(ctx, key, r, max(maxSize, 0))
	if err != nil {
		return blob.Object{}, wrap("put", key, err)
	}
	return o, nil
}

func (s *Store) put(ctx context.Context, key string, r io.Reader, maxSize int64) (blob.Object, error) {
	if _, err := s.fsys.Stat(s.path(key)); err == nil {
		// A repeat, most likely: the bytes need no room on the disk.
		size, sum, err := hashCopy(ctx, io.Discard, r, maxSize)
		if err != nil {
			return blob.Object{}, err
		}
		o, err := s.existing(ctx, key, size, sum)
		if errors.Is(err, iofs.ErrNotExist) {
			err = errors.New("the object was deleted meanwhile") // and the bytes have been read: only the sender has them
		}
		return o, err
	}
	tmp, size, sum, err := s.write(ctx, r, maxSize)
	if err != nil {
		return blob.Object{}, err
	}
	// After the link the object is there under its name, and after a crash the leftover is swept.
	defer func() { _ = s.fsys.Remove(tmp) }()
	for range putTries {
		err := s.link(tmp, key)
		if err == nil {
			o, _, err := s.stat(key)
			o.Key, o.Size, o.SHA256 = key, size, sum
			if errors.Is(err, iofs.ErrNotExist) {
				err = nil // deleted already, which is no fault of this Put
			}
			return o, err
		}
		if !errors.Is(err, iofs.ErrExist) {
			return blob.Object{}, err
		}
		o, err := s.existing(ctx, key, size, sum)
		if !errors.Is(err, iofs.ErrNotExist) {
			return o, err
		}
	}
	return blob.Object{}, errors.New("the object comes and goes")
}

// write brings the bytes of r to disk, with their digest, under a temporary name.
func (s *Store) write(ctx context.Context, r io.Reader, maxSize int64) (name string, size int64, sum [32]byte, err error) {
	f, err := s.fsys.CreateTemp(filepath.Join(s.root, tmpDir), pattern)
	if err != nil {
		return "", 0, sum, err
	}
	name = f.Name()
	size, sum, err = hashCopy(ctx, f, r, maxSize)
	if err == nil {
		err = s.fsys.SetAttr(name, digestTag, hex.AppendEncode(nil, sum[:]))
		if errors.Is(err, durable.ErrNoAttr) {
			err = nil // Head works it out
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = s.fsys.Remove(name) // the error that counts is the first
		return "", 0, sum, err
	}
	return name, size, sum, nil
}

// link gives a written file its name and returns when that is on disk. If the folder cannot be forced to disk, the object
// stays: whether it outlives a power loss is not known, and its repeat makes sure.
func (s *Store) link(tmp, key string) error {
	name := s.path(key)
	rel := s.dirOf(key)
	s.shape.RLock()
	defer s.shape.RUnlock()
	var err error
	for range putTries {
		if err = s.dirs.Ensure(rel); err == nil {
			err = s.fsys.Link(tmp, name)
		}
		if !errors.Is(err, iofs.ErrNotExist) {
			break
		}
		// Another process removed the folder as empty; or the store's own folder is gone, which the last try tells.
		s.dirs.Forget(rel)
	}
	if err != nil {
		return err
	}
	return s.fsys.SyncDir(filepath.Dir(name))
}

// existing answers a Put that found its key taken. The object may be that of a writer who was killed, or is still waiting
// for the disk, so its folder is forced to disk before anybody is told that it is there.
func (s *Store) existing(ctx context.Context, key string, size int64, sum [32]byte) (blob.Object, error) {
	o, ok, err := s.stat(key)
	if err == nil && !ok && o.Size == size {
		o.SHA256, err = s.digest(ctx, key)
	}
	if err != nil {
		return blob.Object{}, err
	}
	if o.Size != size || o.SHA256 != sum {
		return blob.Object{}, blob.ErrExists
	}
	s.shape.RLock()
	defer s.shape.RUnlock()
	if err := s.dirs.Ensure(s.dirOf(key)); err != nil {
		return blob.Object{}, err
	}
	if err := s.fsys.SyncDir(filepath.Dir(s.path(key))); err != nil {
		return blob.Object{}, err
	}
	return o, nil
}

// hashCopy copies r to w, at most maxSize bytes (any number if it is negative), and gives their number and digest.
func hashCopy(ctx context.Context, w io.Writer, r io.Reader, maxSize int64) (n int64, sum [32]byte, err error) {
	h := sha256.New()
	buf := make([]byte, copyBlock)
	for {
		if err := ctx.Err(); err != nil {
			return n, sum, err
		}
		k, rerr := r.Read(buf)
		if n += int64(k); maxSize >= 0 && n > maxSize {
			return n, sum, fmt.Errorf("%w: more than %d bytes", blob.ErrTooLarge, maxSize)
		}
		h.Write(buf[:k])
		if _, err := w.Write(buf[:k]); err != nil {
			return n, sum, err
		}
		if rerr == io.EOF { // itself: one that is wrapped is a body that ended too early
			return n, [32]byte(h.Sum(nil)), ctx.Err()
		}
		if rerr != nil {
			return n, sum, fmt.Errorf("reading the body: %w", rerr)
		}
	}
}

// parseDigest reads what write left beside the bytes.
func parseDigest(text []byte, sum *[32]byte) bool {
	if len(text) != hex.EncodedLen(len(sum)) {
		return false
	}
	var d [32]byte
	if _, err := hex.Decode(d[:], text); err != nil {
		return false
	}
	*sum = d
	return true
}
