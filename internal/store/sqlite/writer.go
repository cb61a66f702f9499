package sqlite

import (
	"context"
	"errors"

	lib "modernc.org/sqlite/lib"
)

// A writer is the one connection of a file that writes. Transactions follow one another.
type writer struct {
	name  string
	dsn   string
	turn  chan struct{} // holds a token while nobody writes
	conn  *conn         // nil after a failure that a new connection has to mend
	wrote func()        // told after each commit
}

func newWriter(ctx context.Context, name, dsn string) (*writer, error) {
	c, err := connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	w := &writer{name: name, dsn: dsn, turn: make(chan struct{}, 1), conn: c, wrote: func() {}}
	w.turn <- struct{}{}
	return w, nil
}

var errClosed = errors.New("the store is closed")

func (w *writer) close() error {
	<-w.turn // never given back: whoever comes later is told by lock
	defer close(w.turn)
	if w.conn == nil {
		return nil
	}
	return w.conn.close()
}

// lock waits for the writer's turn.
func (w *writer) lock(ctx context.Context) error {
	select {
	case _, open := <-w.turn:
		if !open {
			return failed(w.name, errClosed)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *writer) unlock() { w.turn <- struct{}{} }

// tx runs f in a transaction. ctx ends the wait for the turn; what has begun is carried to its end, so that a commit is
// never left in doubt by a caller who went away.
func (w *writer) tx(ctx context.Context, what string, f func(*tx) error) error {
	if err := w.lock(ctx); err != nil {
		return err
	}
	defer w.unlock()
	return w.locked(ctx, what, f)
}

// locked is tx for who holds the turn.
func (w *writer) locked(ctx context.Context, what string, f func(*tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if w.conn == nil {
		if w.conn, err = connect(ctx, w.dsn); err != nil {
			w.conn = nil
			return failed(what, err)
		}
	}
	if _, err := w.conn.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		w.drop()
		return failed(what, err)
	}
	t := &tx{conn: w.conn, ctx: ctx}
	done := false
	defer func() {
		if !done { // f panicked
			w.rollback(ctx, t, errors.New("panic"))
		}
	}()
	if err = f(t); err == nil {
		err = t.err
	}
	if err == nil {
		if _, err = w.conn.exec(ctx, "COMMIT"); err != nil {
			err = failed(what+": commit", err)
		}
	}
	done, t.conn = true, nil
	if err != nil {
		w.rollback(ctx, t, err)
		return failed(what, err)
	}
	for _, f := range t.after {
		f()
	}
	w.wrote()
	return nil
}

// rollback ends a transaction that failed. SQLite rolls back by itself after some errors (a full disk is one), and then
// says that there is nothing to roll back. Where more is wrong a new connection is made: it leaves no doubt.
func (w *writer) rollback(ctx context.Context, t *tx, cause error) {
	t.conn = nil
	_, err := w.conn.exec(ctx, "ROLLBACK")
	if rc, ok := primary(err); ok && rc == lib.SQLITE_ERROR {
		err = nil
	}
	if err != nil || damaging(cause) {
		w.drop()
	}
}

func (w *writer) drop() {
	_ = w.conn.close() // its state is what was in doubt
	w.conn = nil
}

// A tx is an open transaction of a writer. Its methods return values only. After the transaction they fail.
type tx struct {
	conn *conn
	ctx  context.Context
	err  error // the first failure of a statement: a transaction that had one is not committed

	after []func()
}

// then has f called after the commit, before the next transaction begins.
func (t *tx) then(f func()) { t.after = append(t.after, f) }

var errTxDone = errors.New("the transaction is over")

func (t *tx) exec(query string, args ...any) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	n, err := t.conn.exec(t.ctx, query, args...)
	return n, t.keep(err)
}

func (t *tx) insert(query string, args ...any) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	n, err := t.conn.insert(t.ctx, query, args...)
	return n, t.keep(err)
}

func (t *tx) query(query string, args ...any) ([]row, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	rows, err := t.conn.query(t.ctx, query, args...)
	return rows, t.keep(err)
}

func (t *tx) number(query string, args ...any) (int64, error) {
	if err := t.usable(); err != nil {
		return 0, err
	}
	n, err := t.conn.number(t.ctx, query, args...)
	return n, t.keep(err)
}

func (t *tx) usable() error {
	if t.conn == nil {
		return errTxDone
	}
	return t.err
}

func (t *tx) keep(err error) error {
	if err != nil && t.err == nil {
		t.err = err
	}
	return err
}
