package pgtest_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"cargogate/internal/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func migrate(ctx context.Context, dsn string) error {
	return withConn(ctx, dsn, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, "CREATE TABLE crates (n int)")
		return err
	})
}

func withConn(ctx context.Context, dsn string, f func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return errors.Join(f(c), c.Close(ctx))
}

func count(t *testing.T, dsn string) (n int) {
	t.Helper()
	if err := withConn(t.Context(), dsn, func(c *pgx.Conn) error {
		return c.QueryRow(t.Context(), "SELECT count(*) FROM crates").Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func insert(t *testing.T, dsn string) {
	t.Helper()
	if err := withConn(t.Context(), dsn, func(c *pgx.Conn) error {
		_, err := c.Exec(t.Context(), "INSERT INTO crates VALUES (1)")
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func TestDatabasesAreApart(t *testing.T) {
	c := pgtest.Shared(t)
	a, b := c.Database(t, "crates", migrate), c.Database(t, "crates", migrate)
	insert(t, a)
	if got := count(t, a); got != 1 {
		t.Errorf("%d rows, want 1", got)
	}
	if got := count(t, b); got != 0 {
		t.Errorf("another test's row is seen: %d rows", got)
	}
	if err := withConn(t.Context(), c.URL("postgres"), func(c *pgx.Conn) error { return c.Ping(t.Context()) }); err != nil {
		t.Errorf("by TCP: %v", err)
	}
	if _, err := c.Create(t.Context(), "broken", func(context.Context, string) error { return os.ErrInvalid }); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("a migration that fails: %v", err)
	}
}

func TestStopsAndStarts(t *testing.T) {
	t.Parallel()
	c := pgtest.Private(t, pgtest.Options{})
	dsn := c.Database(t, "crates", migrate)
	for i, stop := range []func() error{c.StopImmediate, c.Kill, c.Stop} {
		insert(t, dsn)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if err := withConn(t.Context(), dsn, func(*pgx.Conn) error { return nil }); err == nil {
			t.Fatal("a stopped server answers")
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := count(t, dsn); got != i+1 {
			t.Fatalf("%d rows after a stop, want %d", got, i+1)
		}
	}
}

func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	c, err := pgtest.New(t.Context(), pgtest.Options{NoFsync: true})
	if errors.Is(err, pgtest.ErrNoPostgres) {
		c = pgtest.Shared(t) // says what is missing
	}
	if err != nil {
		t.Fatal(err)
	}
	var data string
	if err := withConn(t.Context(), c.DSN("postgres"), func(conn *pgx.Conn) error {
		return conn.QueryRow(t.Context(), "SHOW data_directory").Scan(&data)
	}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(data)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of a closed cluster: %v", err)
	}
}
