package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"cargogate/internal/durable"
	"cargogate/internal/gateway"
)

// Locks that processes beside one another share.
const (
	movingLock = "moving" // while rows move from one file to the other, and while a snapshot is made
	holdsLock  = "holds"  // while holds change, and while a receipt is purged
)

// alonePoll is how often the lock is asked for while another process has it.
const alonePoll = 10 * time.Millisecond

// standStill keeps what moves rows from one file to the other, in this process and in one beside it, from running until
// the function that it gives is called.
func (s *Store) standStill(ctx context.Context) (free func(), err error) {
	return s.only(ctx, s.alone, movingLock)
}

// only takes a token of this process and then a lock of the folder.
func (s *Store) only(ctx context.Context, c chan struct{}, name string) (free func(), err error) {
	release, err := hold(ctx, c)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(s.dir, name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		release()
		return nil, fmt.Errorf("sqlite: lock %s: %w: %w", name, gateway.ErrUnavailable, err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() {
				_ = f.Close() // which ends the lock
				release()
			}, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			err = fmt.Errorf("sqlite: lock %s: %w", name, err)
		} else if err = sleep(ctx, alonePoll); err == nil {
			continue
		}
		_ = f.Close()
		release()
		return nil, err
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Prepare makes the folder of a store, into which the files of a snapshot can be copied. When it
// returns the folder and those above it are on disk: SQLite forces its files there, and not the folder that they are in.
func Prepare(dir string) error {
	if err := durable.MkdirAll(durable.OS{}, dir, 0o700); err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}
