//go:build unix

package probe

import (
	"errors"
	"syscall"
)

// broken reports whether the reader of a pipe has gone.
func broken(err error) bool { return errors.Is(err, syscall.EPIPE) }
