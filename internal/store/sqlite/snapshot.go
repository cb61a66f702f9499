package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"cargogate/internal/gateway"
)

// Snapshot copies main.db and then accept.db, so that every receipt that the first knows is in the second. What was
// settled in between is in the second only as a cached state: the copy is marked, and Open makes such receipts due again.
// Rows that move from one file to the other (sealed audit rows, purged receipts) stand still meanwhile.
func (s *Store) Snapshot(ctx context.Context, dir string) (names []string, err error) {
	free, err := s.standStill(ctx)
	if err != nil {
		return nil, err
	}
	defer free()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("sqlite: snapshot: %w", err)
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("sqlite: snapshot: %w: %s is not empty", gateway.ErrInput, dir)
	}
	defer func() {
		if err != nil {
			for _, name := range []string{mainFile, acceptFile} {
				_ = os.Remove(filepath.Join(dir, name))
			}
			names = nil
		}
	}()
	for _, name := range []string{mainFile, acceptFile} {
		if err := s.copyFile(ctx, name, filepath.Join(dir, name)); err != nil {
			return nil, failed("snapshot of "+name, err)
		}
		names = append(names, name)
	}
	if err := mark(ctx, filepath.Join(dir, acceptFile)); err != nil {
		return nil, failed("snapshot of "+acceptFile, err)
	}
	return names, syncFolder(dir)
}

// copyFile writes a copy as of one moment, on a connection of its own that blocks no writer.
func (s *Store) copyFile(ctx context.Context, name, to string) (err error) {
	c, err := connect(ctx, plainDSN(filepath.Join(s.dir, name), "ro"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if _, err := c.exec(ctx, "VACUUM INTO ?", to); err != nil {
		return err
	}
	f, err := os.Open(to)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// mark has the copy of accept.db compared with that of main.db when it is opened.
func mark(ctx context.Context, path string) (err error) {
	c, err := connect(ctx, plainDSN(path, "rw"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	_, err = c.exec(ctx, "UPDATE meta SET value = 1 WHERE name = 'reconcile'")
	return err
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sqlite: snapshot: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sqlite: snapshot: %w", err)
	}
	return nil
}
