package postgres

import (
	"context"
	"encoding/binary"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// A copying is rows on their way to the server in the binary format of COPY. pgx's own CopyFrom asks the server for the
// types of the columns each time, and finds out of each value how it is encoded; of a settlement that is a tenth of the
// program's time.
type copying struct {
	buf  []byte
	sent int
	row  func(i int) // adds row i to buf
	next int
	rows int
	err  error // a value that no column takes
}

// copyChunk is how much is encoded ahead of what is sent, but for the row that goes over it.
const copyChunk = 60 << 10

var (
	copyHead = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	copyTail = []byte{0xff, 0xff}
)

// copyRows sends rows by COPY. values adds the values of a row, as many as there are columns and in their order.
func copyRows[T any](ctx context.Context, tx pgx.Tx, table string, columns []string, rows []T, values func(*copying, *T)) error {
	if len(rows) == 0 {
		return nil
	}
	c := &copying{rows: len(rows)}
	c.buf = append(make([]byte, 0, copyChunk+4096), copyHead...)
	c.row = func(i int) {
		c.buf = binary.BigEndian.AppendUint16(c.buf, uint16(len(columns)))
		values(c, &rows[i])
	}
	quoted := make([]string, len(columns))
	for i, name := range columns {
		quoted[i] = pgx.Identifier{name}.Sanitize()
	}
	sql := "COPY " + pgx.Identifier{table}.Sanitize() + " (" + strings.Join(quoted, ", ") + ") FROM STDIN (FORMAT binary)"
	_, err := tx.Conn().PgConn().CopyFrom(ctx, c, sql)
	return err
}

// Read gives the next bytes.
func (c *copying) Read(p []byte) (int, error) {
	if c.sent == len(c.buf) {
		if c.next > c.rows {
			return 0, io.EOF
		}
		c.buf, c.sent = c.buf[:0], 0
	}
	for c.next <= c.rows && len(c.buf) < copyChunk {
		if c.next == c.rows {
			c.buf = append(c.buf, copyTail...)
		} else {
			c.row(c.next)
		}
		c.next++
	}
	if c.err != nil {
		return 0, c.err
	}
	n := copy(p, c.buf[c.sent:])
	c.sent += n
	return n, nil
}

func (c *copying) null() { c.buf = append(c.buf, 0xff, 0xff, 0xff, 0xff) }

func (c *copying) size(n int) { c.buf = binary.BigEndian.AppendUint32(c.buf, uint32(n)) }

func (c *copying) uuid(id uuid.UUID) {
	c.size(16)
	c.buf = append(c.buf, id[:]...)
}

// uuidOrNull takes the zero id as NULL.
func (c *copying) uuidOrNull(id uuid.UUID) {
	if id == uuid.Nil {
		c.null()
		return
	}
	c.uuid(id)
}

func (c *copying) text(s string) {
	c.size(len(s))
	c.buf = append(c.buf, s...)
}

// bytea takes nil as NULL.
func (c *copying) bytea(b []byte) {
	if b == nil {
		c.null()
		return
	}
	c.size(len(b))
	c.buf = append(c.buf, b...)
}

func (c *copying) bool(v bool) {
	c.size(1)
	if v {
		c.buf = append(c.buf, 1)
		return
	}
	c.buf = append(c.buf, 0)
}

func (c *copying) int2(v int) {
	if v != int(int16(v)) {
		c.err = inputError("%d is no number of two bytes", v)
	}
	c.size(2)
	c.buf = binary.BigEndian.AppendUint16(c.buf, uint16(v))
}

func (c *copying) int4(v int) {
	if v != int(int32(v)) {
		c.err = inputError("%d is no number of four bytes", v)
	}
	c.size(4)
	c.buf = binary.BigEndian.AppendUint32(c.buf, uint32(int32(v)))
}

func (c *copying) int8(v int64) {
	c.size(8)
	c.buf = binary.BigEndian.AppendUint64(c.buf, uint64(v))
}

// epoch is the server's zero time, in seconds of Unix.
const epoch = 946684800

func (c *copying) timestamptz(t time.Time) {
	c.int8((t.Unix()-epoch)*1e6 + int64(t.Nanosecond())/1000)
}

// timeOrNull takes the zero time as NULL.
func (c *copying) timeOrNull(t time.Time) {
	if t.IsZero() {
		c.null()
		return
	}
	c.timestamptz(t)
}

// oidText is the server's number of the type text.
const oidText = 25

// texts adds an array of the values and of more.
func (c *copying) texts(values []string, more ...string) {
	at := len(c.buf)
	c.size(0) // known at the end
	n := len(values) + len(more)
	dimensions := 1
	if n == 0 {
		dimensions = 0
	}
	c.size(dimensions)
	c.size(0) // no NULL is in it
	c.size(oidText)
	if n > 0 {
		c.size(n)
		c.size(1) // its first index
	}
	for _, v := range values {
		c.text(v)
	}
	for _, v := range more {
		c.text(v)
	}
	binary.BigEndian.PutUint32(c.buf[at:], uint32(len(c.buf)-at-4))
}
