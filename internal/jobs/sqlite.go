package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// OpenSQLite opens the jobs file at path, and makes it where it is not there. It is for one process. Nothing in it needs
// to survive, so it is not forced to disk and may be deleted while the gateway is down.
func OpenSQLite(ctx context.Context, path string, o Options) (*Runner, error) {
	o = o.defaults()
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"journal_mode(WAL)", "synchronous(OFF)", "busy_timeout(5000)"}, "_txlock": {"immediate"}}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("jobs: open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // as River wants it: SQLite has one writer
	driver := riversqlite.New(db)
	m, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: o.Log})
	if err == nil {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("jobs: tables in %s: %w", path, err), db.Close())
	}
	open := func(c *river.Config) (client, error) { return river.NewClient(driver, c) }
	return newRunner(o, open, db.Close, func(c *river.Config) {
		c.PollOnly = true
		c.FetchCooldown, c.FetchPollInterval = 10*time.Millisecond, 50*time.Millisecond
	}), nil
}
