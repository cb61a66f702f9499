package loadtest

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"

	"github.com/jackc/pgx/v5"
)

// sizeOf gives how many bytes the database at a place takes, without what is free in it.
func (b *bench) sizeOf(ctx context.Context, p *place) (size int64, err error) {
	if b.databases != nil {
		conn, err := pgx.Connect(ctx, p.dsn)
		if err != nil {
			return 0, err
		}
		err = conn.QueryRow(ctx, `SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
			WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`).Scan(&size)
		return size, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}
	for _, name := range []string{mainFile, acceptFile} {
		db, err := sql.Open("sqlite", sqliteDSN(filepath.Join(p.dir, name), url.Values{"mode": {"ro"}}))
		if err != nil {
			return 0, err
		}
		var n int64
		err = db.QueryRowContext(ctx, `SELECT (page_count - freelist_count) * page_size
			FROM pragma_page_count, pragma_freelist_count, pragma_page_size`).Scan(&n)
		if err = errors.Join(err, db.Close()); err != nil {
			return 0, err
		}
		size += n
	}
	return size, nil
}
