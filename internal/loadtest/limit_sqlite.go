package loadtest

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	msqlite "modernc.org/sqlite"
)

// A sqliteTable is the rows of one table.
type sqliteTable struct {
	name   string
	insert string
	sorted bool // kept in the order of its key: a commit inserts in that order, as it costs least
	rows   [][]driver.Value
}

// Files of a SQLite folder: what is settled, and what was accepted.
const (
	mainFile   = "main.db"
	acceptFile = "accept.db"
)

// notWritten are tables that are not written for messages.
var notWritten = []string{"meta", "registry", "cursors", "goose_db_version", "sqlite_sequence"}

// readSQLite reads the rows of one file. It gives nil for a file that has none.
func readSQLite(ctx context.Context, from, to, name string, parts int) (s *stream, err error) {
	db, err := sql.Open("sqlite", sqliteDSN(filepath.Join(from, name), url.Values{"mode": {"ro"}}))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tables, err := sqliteTables(ctx, db)
	if err != nil {
		return nil, err
	}
	s = &stream{parts: parts}
	var filled []sqliteTable
	for _, t := range tables {
		n, err := t.read(ctx, db)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", t.name, name, err)
		}
		if s.bytes += n; len(t.rows) > 0 {
			filled = append(filled, t)
		}
	}
	if len(filled) == 0 {
		return nil, nil
	}
	l, err := newSQLiteLoader(ctx, filepath.Join(to, name), filled, parts)
	if err != nil {
		return nil, err
	}
	s.workers = []loader{l}
	return s, nil
}

// sqliteTables lists the tables that are written for messages.
func sqliteTables(ctx context.Context, db *sql.DB) (tables []sqliteTable, err error) {
	rows, err := db.QueryContext(ctx, "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t sqliteTable
		if err := rows.Scan(&t.name, &t.sorted); err != nil {
			return nil, err
		}
		if !slices.Contains(notWritten, t.name) && !strings.HasPrefix(t.name, "sqlite_") {
			tables = append(tables, t)
		}
	}
	return tables, rows.Err()
}

// read reads all rows in the order in which they were written: by number, or by the id in them, which grows with time.
func (t *sqliteTable) read(ctx context.Context, db *sql.DB) (bytes int64, err error) {
	order := "rowid"
	if t.sorted {
		order = "1"
		if t.name == "terms" {
			order = "id"
		}
	}
	rows, err := db.QueryContext(ctx, "SELECT * FROM "+t.name+" ORDER BY "+order)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	t.insert = "INSERT INTO " + t.name + " VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
	values, targets := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return 0, err
		}
		row := make([]driver.Value, len(values))
		for i, v := range values {
			row[i] = v
			switch v := v.(type) {
			case []byte: // the scanned bytes are ours: Scan has copied them
				bytes += int64(len(v))
			case string:
				bytes += int64(len(v))
			case nil:
			default:
				bytes += 8
			}
		}
		t.rows = append(t.rows, row)
	}
	return bytes, rows.Err()
}

// sqliteDSN names a file for the driver.
func sqliteDSN(path string, settings url.Values) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + settings.Encode()
}

// A sqliteLoader inserts with one prepared statement a table, and nothing between it and the driver.
type sqliteLoader struct {
	conn   driver.Conn
	begin  driver.StmtExecContext
	commit driver.StmtExecContext
	tables []sqliteTable
	stmts  []driver.StmtExecContext
	parts  int
	args   []driver.NamedValue
}

func newSQLiteLoader(ctx context.Context, path string, tables []sqliteTable, parts int) (l *sqliteLoader, err error) {
	connector, err := msqlite.NewConnector(sqliteDSN(path, url.Values{"_journal_mode": {"WAL"}, "_synchronous": {"FULL"}, "_pragma": {"cache_size(-65536)"}}))
	if err != nil {
		return nil, err
	}
	l = &sqliteLoader{tables: tables, parts: parts}
	if l.conn, err = connector.Connect(ctx); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.conn.Close())
		}
	}()
	prepare := func(query string) (driver.StmtExecContext, error) {
		s, err := l.conn.Prepare(query)
		if err != nil {
			return nil, err
		}
		x, ok := s.(driver.StmtExecContext)
		if !ok {
			return nil, fmt.Errorf("the driver's statement is a %T", s)
		}
		return x, nil
	}
	if l.begin, err = prepare("BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	if l.commit, err = prepare("COMMIT"); err != nil {
		return nil, err
	}
	for _, t := range tables {
		s, err := prepare(t.insert)
		if err != nil {
			return nil, err
		}
		l.stmts = append(l.stmts, s)
	}
	return l, nil
}

func (l *sqliteLoader) load(ctx context.Context, from, to int) error {
	if _, err := l.begin.ExecContext(ctx, nil); err != nil {
		return err
	}
	for i := range l.tables {
		t := &l.tables[i]
		first, last := span(len(t.rows), l.parts, from, to)
		rows := t.rows[first:last]
		if t.sorted {
			slices.SortFunc(rows, compareRows)
		}
		for _, row := range rows {
			l.args = l.args[:0]
			for k, v := range row {
				l.args = append(l.args, driver.NamedValue{Ordinal: k + 1, Value: v})
			}
			if _, err := l.stmts[i].ExecContext(ctx, l.args); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
	}
	_, err := l.commit.ExecContext(ctx, nil)
	return err
}

// compareRows orders rows by their first two columns, which are texts or bytes.
func compareRows(a, b []driver.Value) int {
	for i := range min(2, len(a)) {
		var d int
		switch x := a[i].(type) {
		case string:
			y, _ := b[i].(string)
			d = strings.Compare(x, y)
		case []byte:
			y, _ := b[i].([]byte)
			d = slices.Compare(x, y)
		case int64:
			y, _ := b[i].(int64)
			d = cmp.Compare(x, y)
		}
		if d != 0 {
			return d
		}
	}
	return 0
}

func (l *sqliteLoader) close() error {
	var errs []error
	for _, s := range append(slices.Clone(l.stmts), l.begin, l.commit) {
		if c, ok := s.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(append(errs, l.conn.Close())...)
}
