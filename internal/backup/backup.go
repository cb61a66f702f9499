// Package backup writes a gateway's data into a folder, and brings them back: the database first, as of one moment, then
// the originals, so that every original that the database names is there too.
//
// A backup is a folder:
//
//	manifest.json     what it is, written last: a folder without one is no backup
//	database/         what the store's snapshot wrote
//	objects.ndjson    key, size and SHA-256 of every object, in the order of keys
//	objects/          the objects, under their keys
package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cargogate/internal/blob"
)

const (
	manifestName = "manifest.json"
	databaseDir  = "database"
	objectsDir   = "objects"
	objectsName  = "objects.ndjson"
)

// page is how many objects are listed at a time; tests make it small.
var page = 1000

// ErrBroken says that a backup is not whole.
var ErrBroken = errors.New("backup: it is not whole")

// A Manifest says what a backup holds.
type Manifest struct {
	Schema    int       `json:"schema"` // 1
	CreatedAt time.Time `json:"created_at"`
	Version   string    `json:"version"` // of the program
	Store     string    `json:"store"`   // sqlite, postgres
	Database  []File    `json:"database"`
	Index     File      `json:"index"` // objects.ndjson
	Objects   int64     `json:"objects"`
	Bytes     int64     `json:"bytes"` // of all objects
}

// A File is one file of a backup.
type File struct {
	Name   string `json:"name"` // path from the backup's folder, or the key of an object
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hex
}

// A Snapshotter writes a consistent copy of a database. gateway.Store is one.
type Snapshotter interface {
	Snapshot(ctx context.Context, dir string) ([]string, error)
}

// Write makes a backup in dir, which must not be there or be empty, while the gateway works on. kind names the store.
func Write(ctx context.Context, dir, kind, version string, db Snapshotter, objects blob.Store) (m Manifest, err error) {
	if err := emptyDir(dir); err != nil {
		return m, err
	}
	m = Manifest{Schema: 1, CreatedAt: time.Now().UTC().Truncate(time.Second), Version: version, Store: kind}
	database := filepath.Join(dir, databaseDir)
	if err := os.Mkdir(database, 0o700); err != nil {
		return m, fmt.Errorf("backup: %w", err)
	}
	names, err := db.Snapshot(ctx, database)
	if err != nil {
		return m, fmt.Errorf("backup: database: %w", err)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := describe(dir, filepath.Join(databaseDir, name))
		if err != nil {
			return m, err
		}
		m.Database = append(m.Database, f)
	}
	if err := m.writeObjects(ctx, dir, objects); err != nil {
		return m, err
	}
	if m.Index, err = describe(dir, objectsName); err != nil {
		return m, err
	}
	text, err := json.MarshalIndent(&m, "", "  ")
	if err != nil {
		return m, err
	}
	return m, writeFile(filepath.Join(dir, manifestName), append(text, '\n'))
}

// writeObjects copies all objects. One that goes away meanwhile was purged, which the database will know too.
func (m *Manifest) writeObjects(ctx context.Context, dir string, objects blob.Store) (err error) {
	f, err := os.OpenFile(filepath.Join(dir, objectsName), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	for after := ""; ; {
		list, err := objects.List(ctx, after, page)
		if err != nil {
			return fmt.Errorf("backup: originals: %w", err)
		}
		if len(list) == 0 {
			break
		}
		for _, o := range list {
			after = o.Key
			one, err := copyOut(ctx, objects, o.Key, filepath.Join(dir, objectsDir, filepath.FromSlash(o.Key)))
			if errors.Is(err, blob.ErrNotFound) {
				continue
			}
			if err != nil {
				return fmt.Errorf("backup: original %s: %w", o.Key, err)
			}
			line, err := json.Marshal(one)
			if err != nil {
				return err
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return fmt.Errorf("backup: %w", err)
			}
			m.Objects++
			m.Bytes += one.Size
		}
	}
	if err := errors.Join(w.Flush(), f.Sync()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// copyOut copies one object into a file, and compares it with the digest that the store has of it.
func copyOut(ctx context.Context, objects blob.Store, key, path string) (File, error) {
	one := File{Name: key}
	head, err := objects.Head(ctx, key)
	if err != nil {
		return one, err
	}
	r, err := objects.Open(ctx, key)
	if err != nil {
		return one, err
	}
	defer r.Close() // it was only read
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return one, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return one, err
	}
	h := sha256.New()
	one.Size, err = io.Copy(io.MultiWriter(f, h), &reader{ctx: ctx, r: io.NewSectionReader(r, 0, r.Size())})
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return one, err
	}
	one.SHA256 = hex.EncodeToString(h.Sum(nil))
	if want := hex.EncodeToString(head.SHA256[:]); one.SHA256 != want || one.Size != head.Size {
		return one, fmt.Errorf("%w: it has SHA-256 %s, and %s was stored", blob.ErrDigest, one.SHA256, want)
	}
	return one, nil
}

// A reader ends with its context.
type reader struct {
	ctx context.Context
	r   io.Reader
}

// Read reads until the context is done.
func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// emptyDir makes a folder, or sees that there is nothing in it.
func emptyDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("backup: %s is not empty: nothing is written over", dir)
	}
	return nil
}

func describe(dir, name string) (File, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return File{}, fmt.Errorf("backup: %w", err)
	}
	defer f.Close() // it was only read
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return File{}, fmt.Errorf("backup: %w", err)
	}
	return File{Name: filepath.ToSlash(name), Size: n, SHA256: sum(h)}, nil
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// writeFile writes a file that is there in whole or not at all.
func writeFile(path string, text []byte) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}
