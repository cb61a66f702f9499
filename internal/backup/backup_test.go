package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cargogate/internal/backup"
	"cargogate/internal/blob"
	blobfs "cargogate/internal/blob/fs"
)

// A database is a Snapshotter that writes fixed files.
type database map[string]string

func (d database) Snapshot(_ context.Context, dir string) ([]string, error) {
	var names []string
	for name, text := range d {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

func store(t *testing.T, bodies int) blob.Store {
	t.Helper()
	s, err := blobfs.Open(filepath.Join(t.TempDir(), "originals"), blobfs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range bodies {
		if _, err := s.Put(t.Context(), fmt.Sprintf("originals/%04d", i), strings.NewReader(strings.Repeat("x", i)), 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestRoundTrip(t *testing.T) {
	ctx := t.Context()
	dir := filepath.Join(t.TempDir(), "backup")
	from := store(t, 40) // more than a page
	m, err := backup.Write(ctx, dir, "sqlite", "test", database{"main.db": "rows", "accept.db": "more"}, from)
	if err != nil {
		t.Fatal(err)
	}
	if m.Objects != 40 || len(m.Database) != 2 || m.Database[0].Name != "database/accept.db" {
		t.Errorf("manifest %+v", m)
	}
	if again, err := backup.Verify(ctx, dir); err != nil || again.Objects != m.Objects {
		t.Fatalf("Verify = %+v, %v", again, err)
	}
	to := store(t, 10) // some are there
	n, err := backup.PutObjects(ctx, dir, to)
	if err != nil || n != 30 {
		t.Fatalf("PutObjects = %d, %v", n, err)
	}
	for i := range 40 {
		r, err := to.Open(ctx, fmt.Sprintf("originals/%04d", i))
		if err != nil {
			t.Fatal(err)
		}
		if r.Size() != int64(i) {
			t.Errorf("%d has %d bytes", i, r.Size())
		}
		r.Close()
	}
	if n, err := backup.PutObjects(ctx, dir, to); err != nil || n != 0 {
		t.Errorf("PutObjects again = %d, %v", n, err)
	}
}

// TestBroken holds that whatever is changed in a backup is noticed before anything is restored from it.
func TestBroken(t *testing.T) {
	for name, spoil := range map[string]func(dir string) error{
		"no manifest":      func(dir string) error { return os.Remove(filepath.Join(dir, "manifest.json")) },
		"not a manifest":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "manifest.json"), []byte("{"), 0o600) },
		"later schema":     replace("manifest.json", `"schema": 1`, `"schema": 2`),
		"name outside":     replace("manifest.json", `"database/main.db"`, `"../../main.db"`),
		"database changed": replace("database/main.db", "rows", "rowz"),
		"database cut":     func(dir string) error { return os.Truncate(filepath.Join(dir, "database/main.db"), 1) },
		"database gone":    func(dir string) error { return os.Remove(filepath.Join(dir, "database/main.db")) },
		"object changed":   replace("objects/originals/0003", "xxx", "xyx"),
		"object gone":      func(dir string) error { return os.Remove(filepath.Join(dir, "objects/originals/0003")) },
		"index changed":    replace("objects.ndjson", "originals/0003", "originals/0004"),
		"fewer objects":    replace("manifest.json", `"objects": 5`, `"objects": 6`),
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "backup")
			if _, err := backup.Write(t.Context(), dir, "sqlite", "test", database{"main.db": "rows"}, store(t, 5)); err != nil {
				t.Fatal(err)
			}
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := backup.Verify(t.Context(), dir); err == nil {
				t.Error("not noticed")
			}
		})
	}
}

func replace(name, old, with string) func(dir string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !bytes.Contains(text, []byte(old)) {
			return fmt.Errorf("%s has no %q: %s", name, old, text)
		}
		return os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(with), 1), 0o600)
	}
}

func TestNotOver(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Write(t.Context(), dir, "sqlite", "test", database{}, store(t, 0)); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("error is %v", err)
	}
}

// TestOtherBytes holds that a store with other bytes under a key is not written over.
func TestOtherBytes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := backup.Write(t.Context(), dir, "sqlite", "test", database{"main.db": ""}, store(t, 3)); err != nil {
		t.Fatal(err)
	}
	to := store(t, 0)
	if _, err := to.Put(t.Context(), "originals/0002", strings.NewReader("other"), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.PutObjects(t.Context(), dir, to); err == nil || !strings.Contains(err.Error(), "other bytes") {
		t.Errorf("error is %v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := backup.Write(ctx, dir, "sqlite", "test", database{"main.db": ""}, store(t, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	if _, err := backup.Verify(t.Context(), dir); !errors.Is(err, backup.ErrBroken) {
		t.Errorf("half a backup verifies: %v", err)
	}
}
