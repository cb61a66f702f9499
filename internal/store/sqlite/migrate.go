package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// Errors of the schema.
var (
	// ErrNotMigrated says that `cargogate migrate up` has to be run.
	ErrNotMigrated = errors.New("sqlite: the databases are not migrated: run `cargogate migrate up`")
	// ErrNewer says that a later release has migrated the databases.
	ErrNewer = errors.New("sqlite: the databases were migrated by a newer release than this one")
)

// migrationSets are the folders of migrations by file.
var migrationSets = []struct{ file, dir string }{{acceptFile, "accept"}, {mainFile, "main"}}

// Migrate brings both files of a folder to the schema of this release, making them where they are not there.
func Migrate(ctx context.Context, dir string) error {
	if err := Prepare(dir); err != nil {
		return err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	for _, set := range migrationSets {
		if _, err := pending(ctx, dir, set.file, set.dir); err != nil {
			return err
		}
	}
	for _, set := range migrationSets {
		if err := migrateFile(ctx, filepath.Join(dir, set.file), set.dir); err != nil {
			return failed("migrate "+set.file, err)
		}
	}
	return nil
}

func migrateFile(ctx context.Context, file, set string) (err error) {
	db, err := sql.Open("sqlite", writerDSN(file, cacheMain))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	scripts, err := fs.Sub(migrations, path.Join("migrations", set))
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, scripts, goose.WithDisableGlobalRegistry(true),
		goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// Plan gives the migrations that Migrate would run, as "main/00001_main.sql", without changing anything.
func Plan(ctx context.Context, dir string) ([]string, error) {
	var names []string
	for _, set := range migrationSets {
		more, err := pending(ctx, dir, set.file, set.dir)
		if err != nil {
			return nil, err
		}
		names = append(names, more...)
	}
	return names, nil
}

// pending gives the migrations that a file lacks, ErrNewer where it has one that we do not know.
func pending(ctx context.Context, dir, file, set string) ([]string, error) {
	entries, err := migrations.ReadDir(path.Join("migrations", set))
	if err != nil {
		return nil, err
	}
	have, err := version(ctx, filepath.Join(dir, file))
	if err != nil {
		return nil, failed("schema of "+file, err)
	}
	var names []string
	var newest int64
	for _, e := range entries {
		digits, _, _ := strings.Cut(e.Name(), "_")
		v, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("sqlite: migration %s has no number: %w", e.Name(), err)
		}
		newest = max(newest, v)
		if v > have {
			names = append(names, set+"/"+e.Name())
		}
	}
	if have > newest {
		return nil, fmt.Errorf("%w: %s has schema %d, this release knows %d: use that release; `cargogate migrate up` cannot go back",
			ErrNewer, file, have, newest)
	}
	return names, nil
}

// version gives the number of the last migration of a file, 0 where there is none.
func version(ctx context.Context, file string) (v int64, err error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, err
	}
	c, err := connect(ctx, plainDSN(file, "ro"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	n, err := c.number(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'")
	if err != nil || n == 0 {
		return 0, err
	}
	return c.number(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied")
}
