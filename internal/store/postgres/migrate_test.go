package postgres_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"cargogate/internal/gateway"
	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
)

func exec(t *testing.T, dsn, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestMigrateByTenAtOnce(t *testing.T) {
	t.Parallel()
	dsn := pgtest.Shared(t).Database(t, "empty", nil)
	if plan, err := postgres.Plan(t.Context(), dsn); err != nil || len(plan) == 0 || !strings.Contains(plan[0], "00001") {
		t.Fatalf("plan of an empty database: %q, %v", plan, err)
	}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := postgres.Migrate(t.Context(), dsn); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if plan, err := postgres.Plan(t.Context(), dsn); err != nil || len(plan) != 0 {
		t.Errorf("plan of a migrated database: %q, %v", plan, err)
	}
	if until, err := open(t, dsn).PartitionsUntil(t.Context()); err != nil || until.IsZero() {
		t.Errorf("partitions until %s, %v", until, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	c := pgtest.Shared(t)
	empty, newer := c.Database(t, "empty", nil), c.Database(t, "store", postgres.Migrate)
	exec(t, newer, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)")
	for _, tt := range []struct {
		name string
		o    postgres.Options
		want error
		text string
	}{
		{"no tables", postgres.Options{DSN: empty}, postgres.ErrSchema, "cargogate migrate up"},
		{"a newer schema", postgres.Options{DSN: newer}, postgres.ErrSchema, "newer release"},
		{"no connection string", postgres.Options{DSN: "postgres://%zz"}, postgres.ErrDSN, ""},
		{"no such database", postgres.Options{DSN: c.DSN("nowhere")}, gateway.ErrUnavailable, "nowhere"},
		{"no server", postgres.Options{DSN: "host=" + t.TempDir() + " user=postgres"}, gateway.ErrUnavailable, ""},
		{"fewer than no connections", postgres.Options{DSN: newer, MaxConns: -1}, gateway.ErrInput, ""},
	} {
		s, err := postgres.Open(t.Context(), tt.o)
		if err == nil {
			s.Close()
		}
		if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v, want %v with %q", tt.name, err, tt.want, tt.text)
		}
	}
	if err := postgres.Migrate(t.Context(), newer); !errors.Is(err, postgres.ErrSchema) {
		t.Errorf("migrating a newer schema: %v", err)
	}
	if _, err := postgres.Plan(t.Context(), newer); !errors.Is(err, postgres.ErrSchema) {
		t.Errorf("plan for a newer schema: %v", err)
	}
}

// TestTables holds the list of what is copied and the list of what is partitioned to the schema.
func TestTables(t *testing.T) {
	t.Parallel()
	s := open(t, pgtest.Shared(t).Database(t, "store", postgres.Migrate))
	names := func(kind string) string {
		rows, err := s.Pool().Query(t.Context(), `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
			AND relkind::text = ANY (string_to_array($1, ',')) AND NOT relispartition AND relname <> 'goose_db_version' ORDER BY relname COLLATE "C"`, kind)
		if err != nil {
			t.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(all, " ")
	}
	if got, want := strings.Join(postgres.Tables, " "), names("r,p"); got != want {
		t.Errorf("a snapshot holds %s, and there are %s", got, want)
	}
	there := names("p")
	for _, p := range postgres.Partitioned {
		if !strings.Contains(" "+there+" ", " "+p.Table()+" ") {
			t.Errorf("%s is not partitioned", p.Table())
		}
	}
	if n := len(strings.Fields(there)); n != len(postgres.Partitioned) {
		t.Errorf("%d tables are partitioned, and partitions are made for %d", n, len(postgres.Partitioned))
	}
}
