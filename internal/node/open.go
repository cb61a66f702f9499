// Package node joins what a configuration names into one running gateway: database, originals, partners, transports.
package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"cargogate/internal/blob"
	blobfs "cargogate/internal/blob/fs"
	"cargogate/internal/blob/s3"
	"cargogate/internal/config"
	"cargogate/internal/gateway"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/sqlite"
)

// A Use says how a store is opened.
type Use int

// Uses. Alone is for the gateway itself; Beside for commands that work while it may be running: on SQLite the gateway's
// lock on the folder is passed by, and nothing is repaired.
const (
	Alone Use = iota
	Beside
)

// OpenStore opens the database that the configuration names. A SQLite folder without files is prepared first, as there
// is nothing that a migration could harm; everything else needs `cargogate migrate up`.
func OpenStore(ctx context.Context, c *config.Config, use Use) (gateway.Store, error) {
	if c.Store.Kind == "postgres" {
		dsn, err := c.Store.DSN.Value()
		if err != nil {
			return nil, err
		}
		most := int32(c.Store.Connections)
		if use == Beside {
			most = 2
		}
		s, err := postgres.Open(ctx, postgres.Options{DSN: dsn, MaxConns: most})
		if err != nil {
			return nil, err // not s: a nil pointer in an interface is not nil
		}
		return s, nil
	}
	fresh, err := empty(c.Data)
	if err != nil {
		return nil, err
	}
	if fresh {
		if err := sqlite.Migrate(ctx, c.Data); err != nil {
			return nil, err
		}
	}
	s, err := sqlite.Open(ctx, sqlite.Options{Dir: c.Data, Beside: use == Beside})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// empty reports whether there are no databases in a folder.
func empty(dir string) (bool, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil {
		return false, fmt.Errorf("node: data folder: %w", err)
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("node: data folder: %w", err)
	case !info.IsDir():
		return false, fmt.Errorf("node: data folder: %s is a file", dir)
	}
	return len(found) == 0, nil
}

// MigrationPlan names the migrations that Migrate would run.
func MigrationPlan(ctx context.Context, c *config.Config) ([]string, error) {
	if c.Store.Kind == "postgres" {
		dsn, err := c.Store.DSN.Value()
		if err != nil {
			return nil, err
		}
		return postgres.Plan(ctx, dsn)
	}
	return sqlite.Plan(ctx, c.Data)
}

// Migrate brings the database to the schema of this release.
func Migrate(ctx context.Context, c *config.Config) error {
	if c.Store.Kind == "postgres" {
		dsn, err := c.Store.DSN.Value()
		if err != nil {
			return err
		}
		return postgres.Migrate(ctx, dsn)
	}
	return sqlite.Migrate(ctx, c.Data)
}

// How long an S3 server that does not answer is waited for: a sender whose body is on its way there hears of it within a
// minute, and what is worked on is tried again anyway.
const (
	s3Timeout  = 10 * time.Second
	s3Idle     = 15 * time.Second
	s3Attempts = 3
)

// OpenBlobs opens the store of originals that the configuration names.
func OpenBlobs(c *config.Config) (blob.Store, error) {
	if c.Blobs.Kind != "s3" {
		return blobfs.Open(c.BlobDir(), blobfs.Options{})
	}
	b := &c.Blobs.S3
	access, err := b.AccessKey.Value()
	if err != nil {
		return nil, err
	}
	secret, err := b.SecretKey.Value()
	if err != nil {
		return nil, err
	}
	return s3.New(s3.Config{Endpoint: b.Endpoint, Region: b.Region, Bucket: b.Bucket, Prefix: b.Prefix, AccessKey: access, SecretKey: secret,
		PathStyle: b.PathStyle, CAFile: b.CAFile, SpoolDir: c.SpoolDir(),
		Timeout: s3Timeout, IdleTimeout: s3Idle, Attempts: s3Attempts})
}
