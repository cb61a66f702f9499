package loadtest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"cargogate/internal/store/postgres"
)

// databases makes the databases of a run on a server, and removes them.
type databases struct {
	server   string
	admin    *pgx.Conn
	prefix   string
	serial   int
	template string
}

func newDatabases(ctx context.Context, dsn string) (*databases, error) {
	admin, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("loadtest: %w", err)
	}
	d := &databases{server: dsn, admin: admin, prefix: "cargogate_bench_" + strings.ReplaceAll(uuid.NewString()[:8], "-", "")}
	d.template = d.prefix + "_t"
	if err := d.exec(ctx, "CREATE DATABASE "+d.template); err != nil {
		return nil, errors.Join(err, admin.Close(context.WithoutCancel(ctx)))
	}
	if err := postgres.Migrate(ctx, d.dsn(d.template)); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *databases) exec(ctx context.Context, sql string) error {
	if _, err := d.admin.Exec(ctx, sql); err != nil {
		return fmt.Errorf("loadtest: %s: %w", sql, err)
	}
	return nil
}

// dsn names a database of the same server. Settings after the ones that are given win over them.
func (d *databases) dsn(name string) string {
	if scheme, rest, ok := strings.Cut(d.server, "://"); ok {
		rest, query, _ := strings.Cut(rest, "?")
		host, _, _ := strings.Cut(rest, "/")
		if query != "" {
			query = "?" + query
		}
		return scheme + "://" + host + "/" + name + query
	}
	return d.server + " dbname=" + name
}

// create makes a database with the gateway's schema. What is written to the log for that is not left to the first
// commits of what is measured.
func (d *databases) create(ctx context.Context) (string, error) {
	d.serial++
	name := fmt.Sprintf("%s_%d", d.prefix, d.serial)
	if err := d.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+d.template); err != nil {
		return "", err
	}
	return name, d.exec(ctx, "CHECKPOINT")
}

func (d *databases) drop(ctx context.Context, name string) error {
	return d.exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
}

func (d *databases) close() error {
	ctx := context.Background()
	err := d.drop(ctx, d.template)
	return errors.Join(err, d.admin.Close(ctx))
}
