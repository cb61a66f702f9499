package sqlite

import (
	"context"
	"errors"
	"sync"
)

// A pool is a few connections of a file that only read. Nobody may wait for a writer, or for another reader of the same
// file, while holding one.
type pool struct {
	name   string
	dsn    string
	slots  chan struct{}
	closed chan struct{}

	mu   sync.Mutex
	idle []*conn
}

func newPool(name, dsn string, size int) *pool {
	return &pool{name: name, dsn: dsn, slots: make(chan struct{}, size), closed: make(chan struct{})}
}

// read hands a connection to f. Statements in f see one state of the database only where snapshot is used.
func (p *pool) read(ctx context.Context, what string, f func(*reader) error) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.slots }()
	select {
	case <-p.closed:
		return failed(what, errClosed)
	default:
	}
	c, err := p.take(ctx)
	if err != nil {
		return failed(what, err)
	}
	r := &reader{conn: c, ctx: ctx}
	done := false
	defer func() {
		if !done {
			_ = c.close() // f panicked
		}
	}()
	err = f(r)
	done, r.conn = true, nil
	if damaging(r.err) {
		_ = c.close() // its state is what is in doubt
		return failed(what, err)
	}
	p.mu.Lock()
	p.idle = append(p.idle, c)
	p.mu.Unlock()
	return failed(what, err)
}

// snapshot is read with all statements of f on one state of the database.
func (p *pool) snapshot(ctx context.Context, what string, f func(*reader) error) error {
	return p.read(ctx, what, func(r *reader) (err error) {
		quiet := context.WithoutCancel(ctx)
		if _, err := r.conn.exec(quiet, "BEGIN"); err != nil {
			return err
		}
		c := r.conn
		defer func() {
			if _, e := c.exec(quiet, "ROLLBACK"); e != nil && err == nil {
				err = e
			}
		}()
		return f(r)
	})
}

func (p *pool) take(ctx context.Context) (*conn, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	return connect(ctx, p.dsn)
}

// close waits for readers to come back.
func (p *pool) close() error {
	close(p.closed)
	for range cap(p.slots) {
		p.slots <- struct{}{}
	}
	var errs []error
	for _, c := range p.idle {
		errs = append(errs, c.close())
	}
	p.idle = nil
	for range cap(p.slots) { // whoever comes later is told that the store is closed
		<-p.slots
	}
	return errors.Join(errs...)
}

// A reader is a connection that only reads, lent to a function.
type reader struct {
	conn *conn
	ctx  context.Context
	err  error
}

func (r *reader) query(query string, args ...any) ([]row, error) {
	if r.conn == nil {
		return nil, errTxDone
	}
	rows, err := r.conn.query(r.ctx, query, args...)
	if err != nil {
		r.err = err
	}
	return rows, err
}

func (r *reader) number(query string, args ...any) (int64, error) {
	rows, err := r.query(query, args...)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].int(), nil
}

// An asker runs queries: a transaction or a reader.
type asker interface {
	query(query string, args ...any) ([]row, error)
	number(query string, args ...any) (int64, error)
}

// query runs one query on a connection of the pool.
func (p *pool) query(ctx context.Context, what, query string, args ...any) (rows []row, err error) {
	err = p.read(ctx, what, func(r *reader) (err error) {
		rows, err = r.query(query, args...)
		return err
	})
	return rows, err
}

// number runs a query of one number.
func (p *pool) number(ctx context.Context, what, query string, args ...any) (n int64, err error) {
	err = p.read(ctx, what, func(r *reader) (err error) {
		n, err = r.number(query, args...)
		return err
	})
	return n, err
}
