package fs

import (
	"context"
	"errors"
	"fmt"
	iofs "io/fs"
	"path/filepath"
)

// Check implements blob.Store: it writes a file, forces it to disk, gives it a name by a hard link and removes it. Among
// the temporary files, so that a crash on the way leaves nothing that Open does not sweep.
func (s *Store) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("blob/fs: check: %w", err)
	}
	dir := filepath.Join(s.root, tmpDir)
	f, err := s.fsys.CreateTemp(dir, "probe-*.part")
	if err != nil {
		return fmt.Errorf("blob/fs: check: %w", err)
	}
	name := f.Name()
	_, err = f.Write([]byte("probe"))
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = s.fsys.Link(name, name+".link")
	}
	if err == nil {
		err = s.fsys.SyncDir(dir)
	}
	for _, n := range []string{name, name + ".link"} {
		if rerr := s.fsys.Remove(n); err == nil && !errors.Is(rerr, iofs.ErrNotExist) {
			err = rerr
		}
	}
	if err != nil {
		return fmt.Errorf("blob/fs: check: %w", err)
	}
	return nil
}
