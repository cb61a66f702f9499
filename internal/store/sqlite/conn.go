package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
	msqlite "modernc.org/sqlite"
)

// A conn is one connection with its prepared statements. It is used by one goroutine at a time. Its methods return what
// a statement gives as values, with the statement reset: no cursor stays open, so statements cannot nest.
type conn struct {
	raw   driver.Conn
	stmts map[string]prepared
	args  []driver.NamedValue
}

// A prepared statement is what the driver gives.
type prepared interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// maxStatements bounds the cache: searches have a shape for each number of terms and filters.
const maxStatements = 400

func connect(ctx context.Context, dsn string) (*conn, error) {
	connector, err := msqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, stmts: map[string]prepared{}}, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.raw.Close())...)
}

func (c *conn) prepare(query string) (prepared, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	if len(c.stmts) >= maxStatements {
		for q, s := range c.stmts {
			delete(c.stmts, q)
			if err := s.Close(); err != nil {
				return nil, err
			}
			break
		}
	}
	s, err := c.raw.Prepare(query)
	if err != nil {
		return nil, err
	}
	p, ok := s.(prepared)
	if !ok {
		return nil, fmt.Errorf("the driver's statement is a %T", s)
	}
	c.stmts[query] = p
	return p, nil
}

// exec runs a statement and gives how many rows it changed.
func (c *conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(ctx, c.bind(args))
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// insert runs an INSERT and gives the number of the new row.
func (c *conn) insert(ctx context.Context, query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(ctx, c.bind(args))
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// query runs a statement to its end and gives all its rows.
func (c *conn) query(ctx context.Context, query string, args ...any) (rows []row, err error) {
	s, err := c.prepare(query)
	if err != nil {
		return nil, err
	}
	cursor, err := s.QueryContext(ctx, c.bind(args))
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := cursor.Close(); e != nil && err == nil {
			rows, err = nil, e
		}
	}()
	width := len(cursor.Columns())
	for {
		values := make([]driver.Value, width)
		switch err := cursor.Next(values); err {
		case nil:
			rows = append(rows, row{values: values})
		case io.EOF:
			return rows, nil
		default:
			return nil, err
		}
	}
}

// number runs a query that gives one number; nothing and NULL are 0.
func (c *conn) number(ctx context.Context, query string, args ...any) (int64, error) {
	rows, err := c.query(ctx, query, args...)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].int(), nil
}

// bind turns arguments into what the driver takes. The slice is used again by the next statement.
func (c *conn) bind(args []any) []driver.NamedValue {
	c.args = c.args[:0]
	for i, a := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: value(a)})
	}
	return c.args
}

// value gives an argument as the driver takes it. A zero UUID and a nil slice are NULL, a zero time is 0.
func value(a any) driver.Value {
	switch v := a.(type) {
	case uuid.UUID:
		if v == uuid.Nil {
			return nil
		}
		return v[:]
	case time.Time:
		return micros(v)
	case time.Duration:
		return v.Microseconds()
	case int:
		return int64(v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case [32]byte:
		return v[:]
	case []byte:
		if v == nil {
			return nil
		}
		return v
	case code:
		return int64(v)
	}
	return a
}

// micros is a time as it is stored.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant is a stored time.
func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// A row is what one row of a result holds. Its methods take one column after the other, from the left.
type row struct {
	values []driver.Value
	next   int
}

func (r *row) value() driver.Value {
	v := r.values[r.next]
	r.next++
	return v
}

func (r *row) int() int64 {
	v, _ := r.value().(int64)
	return v
}

func (r *row) bool() bool      { return r.int() != 0 }
func (r *row) time() time.Time { return instant(r.int()) }

func (r *row) text() string {
	v, _ := r.value().(string)
	return v
}

// blob gives nil for NULL.
func (r *row) blob() []byte {
	v, _ := r.value().([]byte)
	return v
}

// uuid gives the zero one for NULL.
func (r *row) uuid() (id uuid.UUID) {
	copy(id[:], r.blob())
	return id
}

func (r *row) digest() (d [32]byte) {
	copy(d[:], r.blob())
	return d
}
