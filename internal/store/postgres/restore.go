package postgres

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// VerifySnapshot reads a snapshot to its end and compares every file with the manifest.
func VerifySnapshot(ctx context.Context, dir string) error {
	m, err := readManifest(dir)
	if err != nil {
		return err
	}
	return verify(ctx, dir, m)
}

func verify(ctx context.Context, dir string, m *manifest) error {
	for i := range m.Tables {
		if err := verifyTable(ctx, dir, &m.Tables[i]); err != nil {
			return err
		}
	}
	return nil
}

func verifyTable(ctx context.Context, dir string, t *manifestTable) error {
	f, err := os.Open(filepath.Join(dir, t.File))
	if err != nil {
		return fmt.Errorf("postgres: snapshot: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, contextReader{ctx, f})
	if err != nil {
		return fmt.Errorf("postgres: snapshot: %w", err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); n != t.Bytes || sum != t.SHA256 {
		return inputError("%s of the snapshot is not what was written: %d bytes with SHA-256 %s, the manifest has %d with %s", t.File, n, sum, t.Bytes, t.SHA256)
	}
	return nil
}

// A contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// Restore loads a snapshot into a migrated database without rows, in one transaction: all of it or nothing.
func Restore(ctx context.Context, dsn, dir string) error {
	m, err := readManifest(dir)
	if err != nil {
		return err
	}
	if err := verify(ctx, dir, m); err != nil {
		return err
	}
	version, err := checkSchema(ctx, dsn)
	if err != nil {
		return err
	}
	if version != m.Schema {
		return fmt.Errorf("%w: the snapshot is of version %d and the database at %d; restore with the release that wrote it, then run: cargogate migrate up", ErrSchema, m.Schema, version)
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return mapError(ctx, err)
	}
	defer closeSoon(conn)
	if err := durable(ctx, conn); err != nil {
		return mapError(ctx, err)
	}
	if err := empty(ctx, conn); err != nil {
		return err
	}
	for i := range m.Tables {
		if err := makeOld(ctx, conn, &m.Tables[i]); err != nil {
			return mapError(ctx, err)
		}
	}
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "TRUNCATE counters"); err != nil {
			return err
		}
		for i := range m.Tables {
			if err := copyIn(ctx, tx, dir, &m.Tables[i]); err != nil {
				return fmt.Errorf("postgres: restore of %s: %w", m.Tables[i].Name, err)
			}
		}
		for _, q := range sequences {
			if last := m.Sequences[q]; last > 0 {
				if _, err := tx.Exec(ctx, "SELECT setval($1::regclass, $2)", q, last); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return mapError(ctx, err)
}

// empty refuses a database that holds anything.
func empty(ctx context.Context, conn *pgx.Conn) error {
	for _, t := range tables {
		if t == "counters" {
			continue // has its rows from the beginning
		}
		var some bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM "+t+")").Scan(&some); err != nil {
			return mapError(ctx, err)
		}
		if some {
			return inputError("a snapshot is restored into an empty database only: there are rows in %s", t)
		}
	}
	return nil
}

// makeOld makes the partitions that a table's rows need, of months that an honest clock may have shown; others have the
// default partition.
func makeOld(ctx context.Context, conn *pgx.Conn, t *manifestTable) error {
	if t.First == uuid.Nil {
		return nil
	}
	oldest, newest := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), time.Now().Add(maxAhead)
	from, to := timeOf(t.First), timeOf(t.Last)
	if from.Before(oldest) {
		from = oldest
	}
	if to.After(newest) {
		to = time.Now()
	}
	return makePartitions(ctx, conn, from, to)
}

func copyIn(ctx context.Context, tx pgx.Tx, dir string, t *manifestTable) (err error) {
	f, err := os.Open(filepath.Join(dir, t.File))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	tag, err := tx.Conn().PgConn().CopyFrom(ctx, bufio.NewReaderSize(f, 1<<20), fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary)", t.Name, quoted(t.Columns)))
	if err == nil && tag.RowsAffected() != t.Rows {
		err = fmt.Errorf("postgres: %d rows came, the manifest has %d", tag.RowsAffected(), t.Rows)
	}
	return err
}
