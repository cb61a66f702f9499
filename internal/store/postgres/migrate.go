package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx", for goose
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrSchema says that the tables are not those that this program works with.
var ErrSchema = errors.New("postgres: the schema does not fit")

// partitionsAhead is how far ahead partitions are made when the tables are.
const partitionsAhead = 62 * 24 * time.Hour

// lockMigrate is the advisory lock that lets one program at a time change the schema.
const lockMigrate int64 = 0x63_67_6d_69_67 // "cgmig"

// A migrateLock is goose's session lock, held by the session that migrates. It waits in the server, in turn.
type migrateLock struct{}

func (migrateLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lockMigrate)
	return err
}

func (migrateLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", lockMigrate)
	return err
}

// provider gives goose over a database, which the caller closes.
func provider(dsn string) (*goose.Provider, *sql.DB, error) {
	if _, err := pgx.ParseConfig(dsn); err != nil {
		return nil, nil, fmt.Errorf("postgres: %w: %w", ErrDSN, err)
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, nil, fmt.Errorf("postgres: %w", err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(migrateLock{}), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("postgres: migrations: %w", err), db.Close())
	}
	return p, db, nil
}

// Migrate makes the tables, or brings them to what this program works with, and makes partitions ahead. Several
// programs may call it at once: one works, the others wait and find it done.
func Migrate(ctx context.Context, dsn string) error {
	p, db, err := provider(dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := mapError(ctx, migrate(ctx, p, db)); err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return mapError(ctx, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = ensurePartitions(ctx, conn, partitionsAhead)
	return mapError(ctx, err)
}

func migrate(ctx context.Context, p *goose.Provider, db *sql.DB) error {
	have, err := appliedVersion(ctx, db)
	if err != nil {
		return fmt.Errorf("postgres: migrate: %w", err)
	}
	if want := newestVersion(p); have > want {
		return tooNew(have, want)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("postgres: migrate: %w", err)
	}
	return nil
}

// Plan gives the names of the migrations that Migrate would apply, in order. It changes nothing.
func Plan(ctx context.Context, dsn string) ([]string, error) {
	p, db, err := provider(dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	have, err := appliedVersion(ctx, db)
	if err != nil {
		return nil, mapError(ctx, fmt.Errorf("postgres: plan: %w", err))
	}
	if want := newestVersion(p); have > want {
		return nil, tooNew(have, want)
	}
	var names []string
	for _, s := range p.ListSources() {
		if s.Version > have {
			names = append(names, s.Path)
		}
	}
	return names, nil
}

func newestVersion(p *goose.Provider) int64 {
	sources := p.ListSources() // in order of version
	return sources[len(sources)-1].Version
}

func tooNew(have, want int64) error {
	return fmt.Errorf("%w: the database is at version %d and this program knows versions up to %d; it was migrated by a newer release, run that one", ErrSchema, have, want)
}

// appliedVersion gives the version of the schema, 0 where there is none. It changes nothing.
func appliedVersion(ctx context.Context, db *sql.DB) (int64, error) {
	var table sql.NullString
	if err := db.QueryRowContext(ctx, "SELECT to_regclass('goose_db_version')::text").Scan(&table); err != nil || !table.Valid {
		return 0, err
	}
	var version int64
	err := db.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&version)
	return version, err
}

// checkSchema refuses a database that this program does not fit, and gives its version.
func checkSchema(ctx context.Context, dsn string) (int64, error) {
	p, db, err := provider(dsn)
	if err != nil {
		return 0, err
	}
	defer db.Close()
	have, err := appliedVersion(ctx, db)
	if err != nil {
		return 0, mapError(ctx, fmt.Errorf("postgres: reading the version of the schema: %w", err))
	}
	switch want := newestVersion(p); {
	case have > want:
		return have, tooNew(have, want)
	case have == 0:
		return have, fmt.Errorf("%w: the database has no tables yet; run: cargogate migrate up", ErrSchema)
	case have < want:
		return have, fmt.Errorf("%w: the database is at version %d, this program needs %d; run: cargogate migrate up", ErrSchema, have, want)
	}
	return have, nil
}
