package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Migrate makes the tables of a database.
type Migrate func(ctx context.Context, dsn string) error

// shared is the cluster of this test process, made when the first test asks for it.
var shared struct {
	sync.Mutex
	cluster *Cluster
	err     error
	main    bool
}

// Main runs the tests of a package and ends the shared cluster after them, whatever became of them. A package that uses
// Shared calls it from its TestMain: func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }.
func Main(m *testing.M) int {
	shared.Lock()
	shared.main = true
	shared.Unlock()
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster != nil {
		if err := shared.cluster.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return max(code, 1)
		}
	}
	return code
}

// Shared gives the cluster of this test process, which does not force anything to disk. Tests that stop a server make
// one of their own with Private.
func Shared(t testing.TB) *Cluster {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if !shared.main {
		t.Fatal("pgtest: TestMain does not call pgtest.Main, so nothing would end the server")
	}
	if shared.cluster == nil && shared.err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		shared.cluster, shared.err = New(ctx, Options{NoFsync: true})
	}
	need(t, shared.err)
	return shared.cluster
}

// Private makes a cluster for one test, which is ended with it.
func Private(t testing.TB, o Options) *Cluster {
	t.Helper()
	c, err := New(t.Context(), o)
	need(t, err)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// need ends a test without a server: it fails in CI, and elsewhere is skipped if the programs are not there.
func need(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, ErrNoPostgres) && os.Getenv("CI") != "true":
		t.Skipf("NOT TESTED: %v. Install Debian's postgresql package; CI=true makes this a failure.", err)
	default:
		t.Fatal(err)
	}
}

// Database makes a database for one test, a copy of a template that migrate made once for each name, and gives its DSN.
// It is dropped with the test.
func (c *Cluster) Database(t testing.TB, name string, migrate Migrate) string {
	t.Helper()
	db, err := c.Create(context.Background(), name, migrate)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Drop(context.Background(), db); err != nil {
			t.Error(err)
		}
	})
	return c.DSN(db)
}

// Create makes a database as Database does, and gives its name. With a nil migrate it is empty.
func (c *Cluster) Create(ctx context.Context, name string, migrate Migrate) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if free := c.free[name]; len(free) > 0 && migrate != nil {
		c.free[name] = free[:len(free)-1]
		return free[len(free)-1], nil
	}
	template := "template1"
	if migrate != nil {
		var err error
		if template, err = c.template(ctx, name, migrate); err != nil {
			return "", err
		}
	}
	c.serial++
	db := fmt.Sprintf("t%d", c.serial)
	return db, c.exec(ctx, "CREATE DATABASE "+db+" TEMPLATE "+template)
}

// Recycle gives back a database that Create made, emptied by reset, for the next Create of that name: making one with
// hundreds of files takes longer than most tests.
func (c *Cluster) Recycle(ctx context.Context, name, db string, reset func(ctx context.Context, dsn string) error) error {
	if err := reset(ctx, c.DSN(db)); err != nil {
		return errors.Join(err, c.Drop(ctx, db))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free[name] = append(c.free[name], db)
	return nil
}

// Drop removes a database, ending who is connected to it. Where the server does not run it does nothing: then the whole
// cluster goes with its test.
func (c *Cluster) Drop(ctx context.Context, db string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.running() {
		return nil
	}
	return c.exec(ctx, "DROP DATABASE IF EXISTS "+db+" WITH (FORCE)")
}

func (c *Cluster) template(ctx context.Context, name string, migrate Migrate) (string, error) {
	if made := c.made[name]; made != "" {
		return made, nil
	}
	c.serial++
	template := fmt.Sprintf("template_%d", c.serial)
	if err := c.exec(ctx, "CREATE DATABASE "+template); err != nil {
		return "", err
	}
	if err := migrate(ctx, c.DSN(template)); err != nil {
		return "", fmt.Errorf("pgtest: template %s: %w", name, err)
	}
	c.made[name] = template
	return template, nil
}

// exec runs one statement on the connection for such things.
func (c *Cluster) exec(ctx context.Context, sql string) error {
	if c.admin == nil || c.admin.IsClosed() {
		conn, err := pgx.Connect(ctx, c.DSN("postgres"))
		if err != nil {
			return fmt.Errorf("pgtest: %w", err)
		}
		c.admin = conn
	}
	if _, err := c.admin.Exec(ctx, sql); err != nil {
		return fmt.Errorf("pgtest: %s: %w", sql, err)
	}
	return nil
}

func (c *Cluster) closeAdmin() {
	if c.admin != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.admin.Close(ctx) // the server ends it in any case
		c.admin = nil
	}
}
