package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"syscall"
)

// attrPrefix is the only name space of extended attributes that an ordinary user may write.
const attrPrefix = "user.cargogate."

// maxAttr bounds the value of an attribute.
const maxAttr = 256

// noAttr reports whether an error says that there is no attribute, or that the file system keeps none.
func noAttr(err error) bool {
	return errors.Is(err, syscall.ENODATA) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS)
}

// SetAttr implements FS with an extended attribute.
func (OS) SetAttr(name, attr string, value []byte) error {
	if len(value) > maxAttr {
		return &fs.PathError{Op: "setxattr", Path: name, Err: fmt.Errorf("%d bytes, more than %d", len(value), maxAttr)}
	}
	err := syscall.Setxattr(name, attrPrefix+attr, value, 0)
	if noAttr(err) {
		err = fmt.Errorf("%w: %w", ErrNoAttr, err)
	}
	if err != nil {
		return &fs.PathError{Op: "setxattr", Path: name, Err: err}
	}
	return nil
}

// Attr implements FS.
func (OS) Attr(name, attr string) ([]byte, error) {
	buf := make([]byte, maxAttr)
	n, err := syscall.Getxattr(name, attrPrefix+attr, buf)
	if noAttr(err) {
		err = fmt.Errorf("%w: %w", ErrNoAttr, err)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "getxattr", Path: name, Err: err}
	}
	return buf[:n], nil
}

// Free implements FS.
func (OS) Free(name string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(name, &st); err != nil {
		return 0, &fs.PathError{Op: "statfs", Path: name, Err: err}
	}
	free, size := st.Bavail, uint64(st.Bsize)
	if size != 0 && free > math.MaxInt64/size {
		return math.MaxInt64, nil
	}
	return int64(free * size), nil
}
