package loadtest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// copyWorkers is how many connections write: more only wait for one another on a machine of two cores.
const copyWorkers = 4

// copyFrom is how many rows of a commit are brought by COPY; fewer are inserted, all in one round trip.
const copyFrom = 16

// A pgTable is the rows of one table, as the server's binary format has them.
type pgTable struct {
	name   string
	copy   string
	insert string
	rows   [][][]byte // nil is NULL
}

// readPostgres reads all rows of one database, and connects to the one that they are written to.
func readPostgres(ctx context.Context, from, to string, parts int) (s *stream, err error) {
	conn, err := pgx.Connect(ctx, from)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	// The order of the heap is that in which rows were written.
	if _, err := conn.Exec(ctx, "SET max_parallel_workers_per_gather = 0; SET synchronize_seqscans = off; SET enable_indexscan = off", pgx.QueryExecModeSimpleProtocol); err != nil {
		return nil, err
	}
	names, err := pgTables(ctx, conn)
	if err != nil {
		return nil, err
	}
	s = &stream{parts: parts}
	var filled []pgTable
	for _, name := range names {
		t := pgTable{name: name}
		n, err := t.read(ctx, conn)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if s.bytes += n; len(t.rows) > 0 {
			filled = append(filled, t)
		}
	}
	for range copyWorkers {
		l, err := newPGLoader(ctx, to, filled, parts)
		if err != nil {
			return s, err
		}
		s.workers = append(s.workers, l)
	}
	return s, nil
}

// pgTables lists the tables that are written for messages.
func pgTables(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	rows, err := conn.Query(ctx, `SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
		AND relname <> ALL ($1) AND relname NOT LIKE 'river%' ORDER BY relname`,
		[]string{"counters", "cursors", "goose_db_version", "partners", "mandates", "keys", "channels", "users", "profiles"})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func (t *pgTable) read(ctx context.Context, conn *pgx.Conn) (size int64, err error) {
	name := pgx.Identifier{t.name}.Sanitize()
	plan, err := conn.PgConn().Prepare(ctx, "", "SELECT * FROM "+name, nil)
	if err != nil {
		return 0, err
	}
	var columns, places []string
	for i, f := range plan.Fields {
		columns = append(columns, pgx.Identifier{f.Name}.Sanitize())
		places = append(places, fmt.Sprintf("$%d", i+1))
	}
	list := strings.Join(columns, ", ")
	t.copy = "COPY " + name + " (" + list + ") FROM STDIN (FORMAT binary)"
	t.insert = "INSERT INTO " + name + " (" + list + ") VALUES (" + strings.Join(places, ", ") + ")"
	r := conn.PgConn().ExecParams(ctx, "SELECT "+list+" FROM "+name, nil, nil, nil, []int16{pgx.BinaryFormatCode})
	for r.NextRow() {
		values := slices.Clone(r.Values())
		for i, v := range values {
			size += int64(len(v))
			values[i] = bytes.Clone(v)
		}
		t.rows = append(t.rows, values)
	}
	_, err = r.Close()
	return size, err
}

// A pgLoader is one connection.
type pgLoader struct {
	conn   *pgx.Conn
	tables []pgTable
	parts  int
	buffer []byte
}

func newPGLoader(ctx context.Context, dsn string, tables []pgTable, parts int) (*pgLoader, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	l := &pgLoader{conn: conn, tables: tables, parts: parts}
	for _, t := range tables {
		if _, err := conn.PgConn().Prepare(ctx, t.name, t.insert, nil); err != nil {
			return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
		}
	}
	return l, nil
}

func (l *pgLoader) load(ctx context.Context, from, to int) error {
	many := false
	for i := range l.tables {
		first, last := span(len(l.tables[i].rows), l.parts, from, to)
		many = many || last-first >= copyFrom
	}
	if !many {
		return l.insert(ctx, from, to)
	}
	c := l.conn.PgConn()
	if err := c.Exec(ctx, "BEGIN").Close(); err != nil {
		return err
	}
	for i := range l.tables {
		t := &l.tables[i]
		first, last := span(len(t.rows), l.parts, from, to)
		if first == last {
			continue
		}
		l.encode(t.rows[first:last])
		if _, err := c.CopyFrom(ctx, bytes.NewReader(l.buffer), t.copy); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return c.Exec(ctx, "COMMIT").Close()
}

// insert sends all rows as one batch of prepared statements, which the server commits at its end.
func (l *pgLoader) insert(ctx context.Context, from, to int) error {
	var batch pgconn.Batch
	binary := []int16{pgx.BinaryFormatCode}
	for i := range l.tables {
		t := &l.tables[i]
		first, last := span(len(t.rows), l.parts, from, to)
		for _, row := range t.rows[first:last] {
			batch.ExecPrepared(t.name, row, binary, nil)
		}
	}
	return l.conn.PgConn().ExecBatch(ctx, &batch).Close()
}

// encode writes rows in the format of COPY.
func (l *pgLoader) encode(rows [][][]byte) {
	b := append(l.buffer[:0], "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	for _, row := range rows {
		b = binary.BigEndian.AppendUint16(b, uint16(len(row)))
		for _, v := range row {
			if v == nil {
				b = binary.BigEndian.AppendUint32(b, 0xffffffff)
				continue
			}
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
		}
	}
	l.buffer = binary.BigEndian.AppendUint16(b, 0xffff)
}

func (l *pgLoader) close() error { return l.conn.Close(context.Background()) }
