// Package blob keeps originals: bytes that are written once under the key of their receipt, never changed, and
// verified by SHA-256.
//
// blob/fs keeps them in a folder, blob/s3 in an S3-compatible store; blob/blobtest is the suite that both pass.
package blob

import (
	"context"
	"errors"
	"io"
	"time"
)

// Errors that every Store gives, wrapped with the key.
var (
	ErrNotFound = errors.New("blob: no such object")
	ErrExists   = errors.New("blob: the key is taken by other bytes")
	ErrTooLarge = errors.New("blob: larger than the store takes")
	ErrKey      = errors.New("blob: not a key") // see ValidKey
	ErrDigest   = errors.New("blob: the bytes do not have the digest that they should have")
)

// An Object describes what is stored under a key.
type Object struct {
	Key      string
	Size     int64     // bytes
	SHA256   [32]byte  // of the bytes; all zero in a List of a store that does not keep it beside the object
	Modified time.Time // UTC, by the store's clock
}

// A Reader is an opened object. It reads at any place, by several goroutines at once.
type Reader interface {
	io.ReaderAt
	io.Closer
	Size() int64 // bytes
}

// A Store keeps objects. Its methods may be called by several goroutines at once.
type Store interface {
	// Put writes the bytes of r under key and returns when they are durable: after a power loss they are there in
	// whole. It reads r once, in constant memory. Where key is taken, Put reads r to its end and succeeds if the bytes
	// are equal, so that a repeat after a lost answer is harmless, else it is ErrExists and nothing is changed. If r
	// fails, or ctx is done, nothing is stored and the error is returned. maxSize bounds the bytes taken: ErrTooLarge.
	Put(ctx context.Context, key string, r io.Reader, maxSize int64) (Object, error)
	// Open opens an object, ErrNotFound where there is none.
	Open(ctx context.Context, key string) (Reader, error)
	// Head describes an object, with its digest, without reading it to its end where the store can tell.
	Head(ctx context.Context, key string) (Object, error)
	// Delete removes an object durably. It is no error if there is none.
	Delete(ctx context.Context, key string) error
	// List gives at most limit objects with keys greater than after, in the order of their keys (bytewise).
	List(ctx context.Context, after string, limit int) ([]Object, error)
	// Check reports whether the store can be written to now, for readiness.
	Check(ctx context.Context) error
	// Free gives the bytes that can still be stored; ok is false where the store cannot tell.
	Free(ctx context.Context) (bytes int64, ok bool, err error)
}

// MaxKey is the most bytes of a key.
const MaxKey = 200

// ValidKey reports whether key is one: 1 to MaxKey bytes of a-z, A-Z, 0-9, '-', '_', '.', and '/' between parts that
// are not empty and do not begin with a dot.
func ValidKey(key string) bool {
	if key == "" || len(key) > MaxKey {
		return false
	}
	start := true
	for i := 0; i < len(key); i++ {
		c := key[i]
		switch {
		case c == '/':
			if start {
				return false
			}
			start = true
			continue
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		case c == '.':
			if start {
				return false
			}
		default:
			return false
		}
		start = false
	}
	return !start
}
