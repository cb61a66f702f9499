package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"cargogate/internal/gateway"
)

// ErrDSN says that a connection string cannot be read.
var ErrDSN = errors.New("the connection string is not valid")

// Codes of PostgreSQL that a transaction is tried again for.
const (
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
)

// retryable reports whether the whole transaction may go well when it is tried again at once.
func retryable(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code == codeSerialization || pg.Code == codeDeadlock)
}

// mapError wraps an error that passes by itself with ErrUnavailable, and one of a value that the database does not take
// with ErrInput. An error because ctx is done stays what it is.
func mapError(ctx context.Context, err error) error {
	switch {
	case err == nil, errors.Is(err, gateway.ErrUnavailable), errors.Is(err, gateway.ErrInput):
		return err
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || unavailable(err)):
		return fmt.Errorf("postgres: %w", ctx.Err())
	case unavailable(err):
		return fmt.Errorf("%w: %w", gateway.ErrUnavailable, err)
	case notTaken(err):
		return fmt.Errorf("%w: %w", gateway.ErrInput, err)
	}
	return err
}

// unavailable knows errors that say nothing of what was asked, only that the database cannot do it now.
func unavailable(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code[:2] {
		case "08", // connection exceptions
			"53", // disk full, out of memory, too many connections
			"57", // shut down, crashed, cancelled by an operator or a timeout
			"58": // an error of the system below: I/O
			return true
		}
		switch pg.Code {
		case codeSerialization, codeDeadlock,
			"25006", // read only: a standby
			"25P03", // idle in a transaction for too long
			"55P03", // a lock was not to be had in time
			"3D000": // the database is not there, as while it is being restored
			return true
		}
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	for _, e := range []error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, os.ErrDeadlineExceeded, pgx.ErrTxCommitRollback,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return pgconn.SafeToRetry(err) || connClosed(err)
}

// connClosed knows pgx's texts for a connection that was lost in the middle of something, and for a pool that was closed:
// they have no value that we could compare with.
func connClosed(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if text := err.Error(); text == "conn closed" || text == "closed pool" {
			return true
		}
	}
	return false
}

// notTaken knows errors of a value: text that is not UTF-8 or holds a NUL, numbers that are too large, twice the same id.
func notTaken(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pg.Code[:2] == "22" || pg.Code[:2] == "23" || pg.Code == "54000")
}

// notFound says what is not there.
func notFound(what string, key any) error {
	return fmt.Errorf("%w: %s %v", gateway.ErrNotFound, what, key)
}

// inputError says what cannot be.
func inputError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", gateway.ErrInput, fmt.Sprintf(format, args...))
}
