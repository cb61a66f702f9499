package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// Schema is where the tables of jobs are on PostgreSQL.
const Schema = "cargogate_jobs"

// migrateLock is the advisory lock that nodes take in turn to make the tables.
const migrateLock = 0x6361_7267_6a6f_6273 // "cargjobs"

// poolSize is how many connections jobs have of their own.
const poolSize = 6

// OpenPostgres opens the jobs in the database of a connection string, and makes their schema and tables where they are
// not there. Several nodes may do so at once.
func OpenPostgres(ctx context.Context, dsn string, o Options) (*Runner, error) {
	o = o.defaults()
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("jobs: connection string: %w", err) // pgx leaves the password out
	}
	config.MaxConns = poolSize
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("jobs: connect: %w", err)
	}
	driver := riverpgxv5.New(pool)
	if err := migratePostgres(ctx, pool, driver, o); err != nil {
		pool.Close()
		return nil, err
	}
	open := func(c *river.Config) (client, error) { return river.NewClient(driver, c) }
	closing := func() error {
		pool.Close()
		return nil
	}
	return newRunner(o, open, closing, func(c *river.Config) {
		c.Schema = Schema
		c.FetchCooldown, c.FetchPollInterval = 5*time.Millisecond, time.Second
	}), nil
}

// migratePostgres makes schema and tables, one node at a time.
func migratePostgres(ctx context.Context, pool *pgxpool.Pool, driver *riverpgxv5.Driver, o Options) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("jobs: tables: %w", err)
		}
	}()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrateLock)); err != nil {
		return err
	}
	defer func() {
		unlocking, cancel := context.WithTimeout(context.WithoutCancel(ctx), wakeTimeout)
		defer cancel()
		_, e := conn.Exec(unlocking, "SELECT pg_advisory_unlock($1)", int64(migrateLock))
		err = errors.Join(err, e)
	}()
	if _, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{Schema}.Sanitize()); err != nil {
		return err
	}
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Schema: Schema, Logger: o.Log})
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
