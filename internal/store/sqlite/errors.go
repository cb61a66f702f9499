package sqlite

import (
	"context"
	"errors"
	"fmt"

	msqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"cargogate/internal/gateway"
	"cargogate/internal/partner"
)

// failed says what failed. Errors that pass by themselves wrap gateway.ErrUnavailable; those that the store itself gave,
// and those of a caller's context, are left as they are.
func failed(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case told(err), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case passing(err):
		return fmt.Errorf("sqlite: %s: %w: %w", what, gateway.ErrUnavailable, err)
	}
	if _, ok := errors.AsType[*msqlite.Error](err); ok {
		return fmt.Errorf("sqlite: %s: %w", what, err)
	}
	return err
}

// told reports whether the error is one of those that the ports name.
func told(err error) bool {
	for _, e := range []error{
		gateway.ErrNotFound, gateway.ErrFenced, gateway.ErrUnavailable, gateway.ErrHeld, gateway.ErrInput, partner.ErrNotFound,
		partner.ErrExists, partner.ErrInvalid, partner.ErrMoved,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// primary gives the primary result code of an error of SQLite.
func primary(err error) (int, bool) {
	e, ok := errors.AsType[*msqlite.Error](err)
	if !ok {
		return 0, false
	}
	return e.Code() & 0xff, true
}

// passing reports whether an error goes away without anyone changing data or code: room is made, a disk comes back.
func passing(err error) bool {
	if errors.Is(err, errClosed) {
		return true
	}
	rc, ok := primary(err)
	if !ok {
		return false
	}
	switch rc {
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN,
		lib.SQLITE_PROTOCOL, lib.SQLITE_NOMEM, lib.SQLITE_INTERRUPT:
		return true
	}
	return false
}

// damaging reports whether a connection should not be used again after an error.
func damaging(err error) bool {
	rc, ok := primary(err)
	if !ok {
		return false
	}
	switch rc {
	case lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_READONLY, lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB, lib.SQLITE_PROTOCOL:
		return true
	}
	return false
}
