package backup

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"cargogate/internal/blob"
)

// Read reads the manifest of a backup.
func Read(dir string) (m Manifest, err error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return m, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return m, fmt.Errorf("%w: %s: %w", ErrBroken, manifestName, err)
	}
	if m.Schema != 1 {
		return m, fmt.Errorf("backup: made by another release: schema %d, and 1 is read", m.Schema)
	}
	return m, nil
}

// Verify compares every file of a backup with its digest. It gives all that is wrong, up to a hundred.
func Verify(ctx context.Context, dir string) (m Manifest, err error) {
	if m, err = Read(dir); err != nil {
		return m, err
	}
	var errs []error
	for _, f := range append([]File{m.Index}, m.Database...) {
		errs = append(errs, m.compare(dir, f))
	}
	if err := errors.Join(errs...); err != nil {
		return m, err
	}
	var n, bytes int64
	err = eachObject(ctx, dir, func(f File) error {
		n++
		bytes += f.Size
		if err := m.compare(filepath.Join(dir, objectsDir), f); err != nil {
			errs = append(errs, err)
		}
		if len(errs) > 100 {
			return errors.New("backup: and more")
		}
		return nil
	})
	if n != m.Objects || bytes != m.Bytes {
		errs = append(errs, fmt.Errorf("%w: %d originals of %d bytes, the manifest says %d of %d", ErrBroken, n, bytes, m.Objects, m.Bytes))
	}
	return m, errors.Join(append(errs, err)...)
}

// compare holds a file against its digest.
func (m *Manifest) compare(dir string, want File) error {
	if !filepath.IsLocal(filepath.FromSlash(want.Name)) {
		return fmt.Errorf("%w: %q is not a name within it", ErrBroken, want.Name)
	}
	got, err := describe(dir, filepath.FromSlash(want.Name))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if got.Size != want.Size || got.SHA256 != want.SHA256 {
		return fmt.Errorf("%w: %s has %d bytes and SHA-256 %s, it had %d and %s", ErrBroken, want.Name, got.Size, got.SHA256, want.Size, want.SHA256)
	}
	return nil
}

// eachObject calls f for every object that the index names.
func eachObject(ctx context.Context, dir string, f func(File) error) error {
	file, err := os.Open(filepath.Join(dir, objectsName))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	defer file.Close() // it was only read
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		var one File
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return fmt.Errorf("%w: %s:%d: %w", ErrBroken, objectsName, n, err)
		}
		if !blob.ValidKey(one.Name) {
			return fmt.Errorf("%w: %s:%d: %q is not a key", ErrBroken, objectsName, n, one.Name)
		}
		if err := f(one); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrBroken, objectsName, err)
	}
	return nil
}

// DatabaseFiles gives the paths of the files of the database in a backup.
func (m *Manifest) DatabaseFiles(dir string) []string {
	var paths []string
	for _, f := range m.Database {
		paths = append(paths, filepath.Join(dir, filepath.FromSlash(f.Name)))
	}
	return paths
}

// DatabaseDir is the folder of the database in a backup.
func DatabaseDir(dir string) string { return filepath.Join(dir, databaseDir) }

// CopyFile copies a file of a backup to where it will be used, durably; it must not be there.
func CopyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer in.Close() // it was only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return syncDir(filepath.Dir(to))
}

// PutObjects brings the objects of a backup into a store, those that it has not, each verified on its way. It gives how
// many were brought.
func PutObjects(ctx context.Context, dir string, objects blob.Store) (brought int64, err error) {
	return brought, eachObject(ctx, dir, func(f File) error {
		head, err := objects.Head(ctx, f.Name)
		switch {
		case err == nil && fmt.Sprintf("%x", head.SHA256) == f.SHA256:
			return nil
		case err == nil:
			return fmt.Errorf("backup: original %s: the store holds other bytes under this key", f.Name)
		case !errors.Is(err, blob.ErrNotFound):
			return fmt.Errorf("backup: original %s: %w", f.Name, err)
		}
		in, err := os.Open(filepath.Join(dir, objectsDir, filepath.FromSlash(f.Name)))
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		defer in.Close() // it was only read
		o, err := objects.Put(ctx, f.Name, in, f.Size)
		if err != nil {
			return fmt.Errorf("backup: original %s: %w", f.Name, err)
		}
		if got := fmt.Sprintf("%x", o.SHA256); got != f.SHA256 {
			return errors.Join(fmt.Errorf("%w: original %s has SHA-256 %s, it had %s", ErrBroken, f.Name, got, f.SHA256), objects.Delete(ctx, f.Name))
		}
		brought++
		return nil
	})
}
