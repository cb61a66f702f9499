//go:build !linux

package durable

import (
	"errors"
	"io/fs"
)

// SetAttr implements FS: attributes are kept on Linux only.
func (OS) SetAttr(name, _ string, _ []byte) error {
	return &fs.PathError{Op: "setxattr", Path: name, Err: ErrNoAttr}
}

// Attr implements FS.
func (OS) Attr(name, _ string) ([]byte, error) {
	return nil, &fs.PathError{Op: "getxattr", Path: name, Err: ErrNoAttr}
}

// Free implements FS: it is known on Linux only.
func (OS) Free(name string) (int64, error) {
	return 0, &fs.PathError{Op: "statfs", Path: name, Err: errors.ErrUnsupported}
}
