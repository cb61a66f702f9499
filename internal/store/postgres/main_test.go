package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"cargogate/internal/store/pgtest"
	"cargogate/internal/store/postgres"
	"cargogate/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// open opens a store, closed with its test.
func open(t storetest.T, dsn string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), postgres.Options{DSN: dsn})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// reset makes a migrated database as it was at first.
func reset(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	rows, _ := conn.Query(ctx, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
		AND NOT relispartition AND relname <> 'goose_db_version'`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	var sql strings.Builder
	for _, table := range tables {
		if table == "counters" {
			sql.WriteString("UPDATE counters SET value = 0;")
			continue
		}
		fmt.Fprintf(&sql, "DELETE FROM %s;", table)
	}
	sql.WriteString("ALTER SEQUENCE receipt_seq RESTART; ALTER SEQUENCE call_number RESTART; ALTER SEQUENCE case_number RESTART")
	if err == nil {
		_, err = conn.Exec(ctx, sql.String())
	}
	return errors.Join(err, conn.Close(ctx))
}

func TestStore(t *testing.T) {
	cluster := pgtest.Shared(t)
	storetest.Run(t, func(t storetest.T) storetest.Opened {
		ctx := context.Background()
		db, err := cluster.Create(ctx, "store", postgres.Migrate)
		if err != nil {
			t.Fatalf("%v", err)
		}
		t.Cleanup(func() {
			if err := cluster.Recycle(ctx, "store", db, reset); err != nil {
				t.Errorf("%v", err)
			}
		})
		dsn := cluster.DSN(db)
		first := open(t, dsn)
		return storetest.Opened{Store: first, Second: open(t, dsn)}
	})
}
